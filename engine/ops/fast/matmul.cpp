// MatMul, _FusedMatMul and the batched products of float matrices.
#include "ops/fast/fast_kernel.h"
#include "ops/fast/product.h"

namespace texflow {
namespace {

/// Two stacks of matrices of which the second may be one for all.
struct Stacks {
  std::int64_t count = 1, m = 0, k = 0, n = 0;
  bool transposed = false;  ///< The second operand's matrices.
  bool shared = false;      ///< One second matrix for the whole stack.
};

std::optional<Stacks> stacksOf(const FastNode& node) {
  const bool plain = node.node.op == "MatMul" || node.node.op == "_FusedMatMul";
  if (node.node.attrs.get<bool>(plain ? "transpose_a" : "adj_x", false)) return {};
  const Shape &a = node.inputs[0].shape, &b = node.inputs[1].shape;
  Stacks stacks;
  stacks.transposed = node.node.attrs.get<bool>(plain ? "transpose_b" : "adj_y", false);
  stacks.m = a[a.size() - 2];
  stacks.k = a.back();
  stacks.n = node.output.shape.back();
  const Shape batchA(a.begin(), a.end() - 2), batchB(b.begin(), b.end() - 2);
  stacks.count = elementCount(batchA);
  stacks.shared = elementCount(batchB) == 1;
  if (stacks.shared) {
    // All matrices of the first stack lie below each other.
    stacks.m *= stacks.count;
    stacks.count = 1;
  } else if (batchA != batchB) {
    return {};
  }
  if (stacks.m * stacks.k * stacks.n * stacks.count == 0) return {};
  return stacks;
}

void multiplyRows(const PackedProduct& product, const float* a, std::int64_t m, float* out, std::byte* scratch,
                  const float* weights = nullptr) {
  auto** table = reinterpret_cast<const float**>(scratch);
  const std::int64_t rows = product.blockRows();
  for (std::int64_t first = 0; first < m; first += rows) {
    const std::int64_t count = std::min(rows, m - first);
    for (std::int64_t row = 0; row < count; ++row)
      table[PackedProduct::tableIndex(row, 0, 1)] = a + (first + row) * product.depth;
    product.run(table, count, out + first * product.columns, weights);
  }
}

}  // namespace

std::optional<FastKernel> fastMatMul(const FastNode& node) {
  if (node.inputs[0].dtype != DType::kFloat32) return {};
  const std::optional<Stacks> found = stacksOf(node);
  if (!found) return {};
  const Stacks s = *found;
  const auto epilogue = epilogueOf(node.node, node.inputs, 2, node.output.shape);
  if (!epilogue.ok()) return {};
  const auto folded = foldEpilogue(*epilogue, node.inputs, s.n);
  if (!folded.ok()) return {};
  const std::int64_t strideDepth = s.transposed ? 1 : s.n, strideColumn = s.transposed ? s.k : 1;
  FastKernel kernel;
  if (!node.inputs[1].value || !s.shared) {
    if (epilogue->batchNorm >= 0) return {};
    // Computed weights are packed in every run.
    const auto product = std::make_shared<PackedProduct>(nullptr, 0, 0, 1, s.k, s.n, *folded);
    kernel.scratchBytes = product->tableBytes() + product->weightBytes();
    kernel.run = [=](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
      auto* weights = reinterpret_cast<float*>(scratch + product->tableBytes());
      for (std::int64_t i = 0; i < s.count; ++i) {
        product->pack(static_cast<const float*>(inputs[1]) + i * s.k * s.n, strideDepth, strideColumn, weights);
        multiplyRows(*product, static_cast<const float*>(inputs[0]) + i * s.m * s.k, s.m,
                     static_cast<float*>(output) + i * s.m * s.n, scratch, weights);
      }
    };
    return kernel;
  }
  const auto product =
      std::make_shared<PackedProduct>(node.inputs[1].value->data<float>(), strideDepth, strideColumn, 1, s.k, s.n, *folded);
  kernel.scratchBytes = product->tableBytes();
  kernel.run = [=](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    multiplyRows(*product, static_cast<const float*>(inputs[0]), s.m, static_cast<float*>(output), scratch);
  };
  return kernel;
}

}  // namespace texflow
