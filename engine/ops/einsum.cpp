// Einsum of one or two operands. Both backends do the same: labels that only one operand has are summed away, what is left
// becomes a batch of matrix products, and its result is put in the order of the output.
#include <algorithm>

#include "ops/conv_lowering.h"
#include "ops/einsum_plan.h"
#include "ops/epilogue.h"
#include "ops/operands.h"

namespace texflow {
namespace {

template <class T>
std::vector<T> gathered(const Move& move, const Tensor& tensor) {
  const Tensor moved = applyMove(tensor, move);
  const std::int64_t depth = move.shape.back(), count = elementCount(move.shape) / std::max<std::int64_t>(depth, 1);
  std::vector<T> sums(static_cast<std::size_t>(elementCount({move.shape[0], move.shape[1], move.shape[2]})), T{});
  const T* from = moved.data<T>();
  for (std::int64_t i = 0; depth > 0 && i < count; ++i)
    for (std::int64_t s = 0; s < depth; ++s) sums[static_cast<std::size_t>(i)] += *from++;
  return sums;
}

template <class T>
Tensor product(const EinsumPlan& plan, std::span<const Tensor> inputs) {
  Tensor out(inputs[0].dtype(), {plan.batch, plan.m, plan.n});
  T* to = out.mutableData<T>();
  const std::vector<T> left = gathered<T>(plan.gathers[0], inputs[0]);
  if (inputs.size() == 1) {
    std::copy(left.begin(), left.end(), to);
    return out;
  }
  const std::vector<T> right = gathered<T>(plan.gathers[1], inputs[1]);
  for (std::int64_t row = 0; row < plan.batch * plan.m; ++row)
    for (std::int64_t k = 0; k < plan.k; ++k) {
      const T value = left[static_cast<std::size_t>(row * plan.k + k)];
      const T* line = right.data() + (row / plan.m * plan.k + k) * plan.n;
      for (std::int64_t n = 0; n < plan.n; ++n) to[row * plan.n + n] += value * line[n];
    }
  return out;
}

}  // namespace

Result<std::vector<TensorInfo>> einsumShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "operand", {DType::kFloat32, DType::kInt32, DType::kComplex64}));
  TEXFLOW_ASSIGN(const EinsumPlan plan, einsumPlanOf(node, inputs));
  for (const Move& move : plan.gathers) TEXFLOW_TRY(checkedElementCount(move.shape).status());
  return oneOutput(inputs[0].dtype, plan.result.shape);
}

Result<std::vector<Tensor>> einsumHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_ASSIGN(const EinsumPlan plan, einsumPlanOf(node, infos));
  const DType dtype = inputs[0].dtype();
  const Tensor out = dtype == DType::kFloat32 ? product<float>(plan, inputs)
                     : dtype == DType::kInt32 ? product<std::uint32_t>(plan, inputs)
                                              : product<std::complex<float>>(plan, inputs);
  return applyMoveHost(plan.result, out);
}

namespace {

/// Whether a move reads the elements one after another.
bool inOrder(const Move& move) {
  std::int64_t stride = 1;
  bool ordered = true;
  for (std::size_t d = move.dims.size(); d-- > 0; stride *= move.dims[d].size)
    ordered = ordered && (move.dims[d].size == 1 || move.dims[d].stride == stride);
  return ordered;
}

/// Operand `index` in the order of its move under that shape; operands that lie so already need no draw.
Result<GpuTensor> prepared(Lowering& lowering, int index, Move move, const Shape& shape) {
  move.shape = shape;
  TEXFLOW_ASSIGN(const GpuTensor operand, lowering.input(index));
  TEXFLOW_ASSIGN(const TextureLayout wanted, layoutFor(shape, lowering.layoutRules()));
  if (inOrder(move) && operand.layout == wanted) return operand;
  TEXFLOW_ASSIGN(const GpuTensor moved, lowering.temporary(shape));
  TEXFLOW_TRY(drawMove(lowering, operand, lowering.inputs[static_cast<std::size_t>(index)].shape, moved, move));
  return moved;
}

/// A constant second operand is a layer's weights: one draw, when nothing is to be permuted.
Status lowerConstantProduct(Lowering& lowering, const EinsumPlan& plan, const TextureLayout& left, const Shape& output) {
  const Shape &from = lowering.inputs[0].shape, &to = lowering.outputs[0].shape;
  const bool natural = !from.empty() && from.back() == plan.k && !to.empty() && to.back() == plan.n &&
                       std::equal(from.begin(), from.end() - 1, to.begin(), to.end() - 1);
  TEXFLOW_ASSIGN(const TextureLayout target, layoutFor(output, lowering.layoutRules()));
  if (!natural || !lowering.inputs[1].value || !inOrder(plan.gathers[0]) || !inOrder(plan.result) || left.stripesBlocks ||
      target.stripesBlocks)
    return Status::unsupported("The product is not a dense layer.");
  TEXFLOW_ASSIGN(const FoldedEpilogue nothing, foldEpilogue({}, {}, plan.n));
  const FilterView view{applyMove(*lowering.inputs[1].value, plan.gathers[1]), 1, plan.k, plan.n, 0, plan.n, 1};
  return lowerDense(lowering, 0, view, nothing);
}

}  // namespace

Status einsumLower(Lowering& lowering) {
  if (lowering.outputs[0].dtype != DType::kFloat32) return Status::unsupported("Only float32 runs on the GPU.");
  TEXFLOW_ASSIGN(const EinsumPlan plan, einsumPlanOf(lowering.node, lowering.inputs));
  if (lowering.inputs.size() == 1 || plan.summed[0] != 1 || plan.summed[1] != 1)
    return Status::unsupported("Sums over one operand alone run on the host.");
  if (plan.k == 0) return Status::unsupported("There is nothing to sum.");
  // One matrix for all lines: the first operand keeps its innermost dimension as lines, since one line of all would be long.
  const bool shared = plan.batch == 1;
  const std::int64_t lines = shared ? plan.m / plan.lastFree : plan.batch, width = shared ? plan.lastFree : plan.m;
  const Shape shape{lines, width, plan.n};
  TEXFLOW_ASSIGN(const GpuTensor left, prepared(lowering, 0, plan.gathers[0], {lines, width, plan.k}));
  if (shared) {
    const Status done = lowerConstantProduct(lowering, plan, left.layout, shape);
    if (done.ok() || done.code() != StatusCode::kUnsupported) return done;
  }
  TEXFLOW_ASSIGN(const GpuTensor right, prepared(lowering, 1, plan.gathers[1], {plan.batch, plan.k, plan.n}));
  if (!linesAreWhole(left.layout) || !linesAreWhole(right.layout))
    return Status::unsupported("An operand's lines are split between bands.");
  TEXFLOW_ASSIGN(const TextureLayout natural, layoutFor(shape, lowering.layoutRules()));
  TEXFLOW_ASSIGN(const TextureLayout wanted, layoutFor(lowering.outputs[0].shape, lowering.layoutRules()));
  const float params[] = {static_cast<float>(plan.k), 1, shared ? 0.0F : 1.0F, 0};
  const bool direct = inOrder(plan.result) && wanted == natural && !natural.stripesBlocks;
  TEXFLOW_ASSIGN(const GpuTensor product,
                 direct ? lowering.output(0, Striping::kPixels) : lowering.temporary(shape, Striping::kPixels));
  if (product.layout.stripesBlocks) return Status::unsupported("The product has too many channels for this kernel.");
  lowering.draw({"matmul", {}}, product, {left, right}, params);
  if (direct) return {};
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawMove(lowering, product, shape, output, plan.result);
}

}  // namespace texflow
