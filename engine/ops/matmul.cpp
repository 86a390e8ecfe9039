// MatMul, _FusedMatMul and the batched products.
#include <complex>

#include "ops/conv_lowering.h"
#include "ops/epilogue.h"
#include "ops/window.h"

namespace texflow {
namespace {

/// A product of two stacks of matrices, the batch dimensions broadcast.
struct Product {
  bool transposeA = false, transposeB = false;
  std::int64_t m = 0, k = 0, n = 0;
  Shape batchA, batchB, batch;  ///< batchA and batchB are padded with ones to the rank of `batch`.
  Shape shape() const {
    Shape out = batch;
    out.insert(out.end(), {m, n});
    return out;
  }
};

Result<Product> productOf(const Node& node, const Shape& a, const Shape& b) {
  const bool plain = node.op == "MatMul" || node.op == "_FusedMatMul";
  if (a.size() < 2 || b.size() < 2 || (plain && (a.size() != 2 || b.size() != 2))) {
    return Status::invalid("operands of shapes " + shapeText(a) + " and " + shapeText(b) + " are not matrices.");
  }
  Product product;
  product.transposeA = node.attrs.get<bool>(plain ? "transpose_a" : "adj_x", false);
  product.transposeB = node.attrs.get<bool>(plain ? "transpose_b" : "adj_y", false);
  const std::int64_t aRows = a[a.size() - 2], aColumns = a.back(), bRows = b[b.size() - 2], bColumns = b.back();
  product.m = product.transposeA ? aColumns : aRows;
  product.k = product.transposeA ? aRows : aColumns;
  product.n = product.transposeB ? bRows : bColumns;
  if (product.k != (product.transposeB ? bColumns : bRows)) {
    return Status::invalid("matrices of shapes " + shapeText(a) + " and " + shapeText(b) + " do not multiply" +
                           (product.transposeA ? ", the first transposed" : "") +
                           (product.transposeB ? ", the second transposed" : "") + ".");
  }
  const std::size_t rank = std::max(a.size(), b.size()) - 2;
  product.batchA.assign(rank - (a.size() - 2), 1);
  product.batchA.insert(product.batchA.end(), a.begin(), a.end() - 2);
  product.batchB.assign(rank - (b.size() - 2), 1);
  product.batchB.insert(product.batchB.end(), b.begin(), b.end() - 2);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = product.batchA[i], y = product.batchB[i];
    if (x != y && x != 1 && y != 1) {
      return Status::invalid("the batch dimensions of " + shapeText(a) + " and " + shapeText(b) + " do not broadcast.");
    }
    product.batch.push_back(x == 1 ? y : x);
  }
  return product;
}

/// Index of the matrix in a stack of shape `from` that broadcasts to matrix `index` of `to`.
std::int64_t broadcastIndex(std::int64_t index, const Shape& to, const Shape& from) {
  std::int64_t result = 0, stride = 1;
  for (std::size_t i = to.size(); i-- > 0;) {
    const std::int64_t at = index % to[i];
    index /= to[i];
    if (from[i] != 1) result += at * stride;
    stride *= from[i];
  }
  return result;
}

template <class T>
T conjugate(T value) {
  if constexpr (std::is_same_v<T, std::complex<float>>) {
    return std::conj(value);
  } else {
    return value;
  }
}

template <class T>
void multiply(const Product& p, const T* a, const T* b, T* out) {
  std::vector<T> row(static_cast<std::size_t>(p.k));
  std::vector<T> transposed(p.transposeB ? static_cast<std::size_t>(p.k * p.n) : 0);
  const std::int64_t count = elementCount(p.batch);
  for (std::int64_t i = 0; i < count; ++i) {
    const T* left = a + broadcastIndex(i, p.batch, p.batchA) * p.m * p.k;
    const T* right = b + broadcastIndex(i, p.batch, p.batchB) * p.k * p.n;
    if (p.transposeB) {
      for (std::int64_t n = 0; n < p.n; ++n) {
        for (std::int64_t k = 0; k < p.k; ++k) {
          transposed[static_cast<std::size_t>(k * p.n + n)] = conjugate(right[n * p.k + k]);
        }
      }
      right = transposed.data();
    }
    for (std::int64_t m = 0; m < p.m; ++m) {
      T* target = out + (i * p.m + m) * p.n;
      for (std::int64_t k = 0; k < p.k; ++k) {
        const T value = p.transposeA ? conjugate(left[k * p.m + m]) : left[m * p.k + k];
        const T* line = right + k * p.n;
        for (std::int64_t n = 0; n < p.n; ++n) target[n] += value * line[n];
      }
    }
  }
}

Status lowerDynamicProduct(Lowering& lowering, const Product& product) {
  if (product.transposeA) return Status::unsupported("a transposed first operand runs on the host.");
  const std::int64_t batch = elementCount(product.batch), batchA = elementCount(product.batchA),
                     batchB = elementCount(product.batchB);
  if ((batchA != 1 && batchA != batch) || (batchB != 1 && batchB != batch)) {
    return Status::unsupported("partly broadcast batch dimensions run on the host.");
  }
  TEXFLOW_ASSIGN(const GpuTensor left, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor right, lowering.input(1));
  if (!linesAreWhole(left.layout) || !linesAreWhole(right.layout)) {
    return Status::unsupported("an operand's lines are split between bands.");
  }
  TEXFLOW_ASSIGN(const TextureLayout target,
                 layoutFor(lowering.outputs[0].shape, lowering.layoutRules(), Striping::kPixels));
  if (target.stripesBlocks) return Status::unsupported("the output has too many channels for this kernel.");
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0, Striping::kPixels));
  const float params[] = {static_cast<float>(product.k), batchA == 1 ? 0.0F : 1.0F, batchB == 1 ? 0.0F : 1.0F, 0.0F};
  Kernel kernel{"matmul", {}};
  if (product.transposeB) kernel.defines.emplace_back("TRANSPOSE_B", "1");
  lowering.draw(kernel, output, {left, right}, params);
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> shapeMatMul(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(needInputs(inputs, 2));
  const DType dtype = inputs[0].dtype;
  if (dtype != inputs[1].dtype || (dtype != DType::kFloat32 && dtype != DType::kInt32 && dtype != DType::kComplex64)) {
    return Status::invalid("operands of types " + std::string(dtypeName(dtype)) + " and " +
                           std::string(dtypeName(inputs[1].dtype)) + " do not multiply.");
  }
  TEXFLOW_ASSIGN(const Product product, productOf(node, inputs[0].shape, inputs[1].shape));
  if (node.op == "_FusedMatMul") {
    if (dtype != DType::kFloat32) return Status::unsupported("_FusedMatMul needs float32 operands.");
    TEXFLOW_ASSIGN([[maybe_unused]] const Epilogue epilogue, epilogueOf(node, inputs, 2, product.shape()));
  }
  return oneOutput(dtype, product.shape());
}

Result<std::vector<Tensor>> hostMatMul(const Node& node, std::span<const Tensor> inputs) {
  const Tensor &a = inputs[0], &b = inputs[1];
  TEXFLOW_ASSIGN(const Product product, productOf(node, a.shape(), b.shape()));
  Tensor out(a.dtype(), product.shape());
  if (out.size() > 0 && product.k > 0) {
    if (a.dtype() == DType::kFloat32) {
      multiply(product, a.data<float>(), b.data<float>(), out.mutableData<float>());
    } else if (a.dtype() == DType::kInt32) {
      multiply(product, a.data<std::uint32_t>(), b.data<std::uint32_t>(), out.mutableData<std::uint32_t>());
    } else {
      using Complex = std::complex<float>;
      multiply(product, a.data<Complex>(), b.data<Complex>(), out.mutableData<Complex>());
    }
  }
  if (node.op == "_FusedMatMul") TEXFLOW_TRY(applyFusedOps(node, inputs, 2, out));
  return std::vector<Tensor>{out};
}

Status lowerMatMul(Lowering& lowering) {
  const auto inputs = lowering.inputs;
  TEXFLOW_ASSIGN(const Product product, productOf(lowering.node, inputs[0].shape, inputs[1].shape));
  if (lowering.outputs[0].dtype != DType::kFloat32) return Status::unsupported("only float32 runs on the GPU.");
  if (elementCount(lowering.outputs[0].shape) == 0 || product.k == 0) {
    return Status::unsupported("an operand has no elements.");
  }
  TEXFLOW_ASSIGN(const Epilogue epilogue, epilogueOf(lowering.node, inputs, 2, lowering.outputs[0].shape));
  const bool fixed = inputs[1].value && !product.transposeA && elementCount(product.batchB) == 1;
  if (fixed) {
    TEXFLOW_ASSIGN(const FoldedEpilogue folded, foldEpilogue(epilogue, inputs, product.n));
    const std::int64_t k = product.transposeB ? 1 : product.n, n = product.transposeB ? product.k : 1;
    const FilterView view{*inputs[1].value, 1, product.k, product.n, 0, k, n};
    const Status done = lowerDense(lowering, 0, view, folded);
    if (done.ok() || done.code() != StatusCode::kUnsupported) return done;
  }
  if (epilogue.bias >= 0 || epilogue.activation != Activation::kNone || epilogue.batchNorm >= 0) {
    return Status::unsupported("a fused product of two computed operands runs on the host.");
  }
  return lowerDynamicProduct(lowering, product);
}

}  // namespace texflow
