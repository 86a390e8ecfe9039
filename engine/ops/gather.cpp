// Elements by index: Gather, GatherNd, InvertPermutation.
#include <algorithm>

#include "ops/nd_index.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

struct GatherPlan {
  Shape shape;
  std::int64_t batch = 1, outer = 1, size = 1, inner = 1, picks = 1;
};

Result<GatherPlan> gatherPlan(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, node.op == "Gather" ? 2 : 3));
  TEXFLOW_TRY(expectIndices(inputs[1]));
  const Shape &from = inputs[0].shape, &indices = inputs[1].shape;
  std::int64_t axis = 0;
  if (inputs.size() == 3) {
    TEXFLOW_ASSIGN(axis, knownInt(inputs[2], "axis"));
  }
  TEXFLOW_ASSIGN(axis, checkedAxis(axis, from.size(), "axis"));
  std::int64_t batchDims = node.attrs.get<std::int64_t>("batch_dims", 0);
  if (batchDims < 0) batchDims += static_cast<std::int64_t>(indices.size());
  if (batchDims < 0 || batchDims > static_cast<std::int64_t>(indices.size()) || batchDims > axis)
    return Status::invalid("The batch_dims " + std::to_string(node.attrs.get<std::int64_t>("batch_dims", 0)) +
                           " do not fit the axis " + std::to_string(axis) + " and indices of shape " + shapeText(indices) +
                           ".");
  const auto a = static_cast<std::size_t>(axis), b = static_cast<std::size_t>(batchDims);
  for (std::size_t d = 0; d < b; ++d)
    if (from[d] != indices[d])
      return Status::invalid("The params of shape " + shapeText(from) + " and indices of shape " + shapeText(indices) +
                             " differ in their first " + std::to_string(batchDims) + " dimensions.");
  GatherPlan plan;
  plan.shape.assign(from.begin(), from.begin() + axis);
  plan.shape.insert(plan.shape.end(), indices.begin() + batchDims, indices.end());
  plan.shape.insert(plan.shape.end(), from.begin() + axis + 1, from.end());
  plan.batch = product(from, 0, b);
  plan.outer = product(from, b, a);
  plan.size = from[a];
  plan.inner = product(from, a + 1, from.size());
  plan.picks = product(indices, b, indices.size());
  return plan;
}

/// Bad indices that are known beforehand are the host kernel's to report.
Status unsupportedIf(const Result<Ints>& offsets) {
  return offsets.ok() ? Status() : Status::unsupported(offsets.status().message());
}

}  // namespace

Result<std::vector<TensorInfo>> gatherShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(GatherPlan plan, gatherPlan(node, inputs));
  return oneOutput(inputs[0].dtype, std::move(plan.shape));
}

Result<std::vector<Tensor>> gatherHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const GatherPlan plan, gatherPlan(node, infosOf(inputs)));
  const auto* indices = inputs[1].data<std::int32_t>();
  for (std::int64_t i = 0; i < inputs[1].size(); ++i)
    if (indices[i] < 0 || indices[i] >= plan.size) return outsideOf(indices[i], plan.size);
  Tensor output(inputs[0].dtype(), plan.shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = inputs[0].data<T>();
    T* to = output.mutableData<T>();
    for (std::int64_t b = 0; b < plan.batch; ++b)
      for (std::int64_t o = 0; o < plan.outer; ++o)
        for (std::int64_t i = 0; i < plan.picks; ++i) {
          const T* slice = from + ((b * plan.outer + o) * plan.size + indices[b * plan.picks + i]) * plan.inner;
          to = std::copy(slice, slice + plan.inner, to);
        }
  });
  return std::vector<Tensor>{std::move(output)};
}

Status gatherLower(Lowering& lowering) {
  // Looking up rows of a constant table on the host spares uploading the table.
  if (lowering.inputs[0].value) return Status::unsupported("The params are constant.");
  TEXFLOW_ASSIGN(const GatherPlan plan, gatherPlan(lowering.node, lowering.inputs));
  constexpr std::int64_t kMostElements = std::int64_t{1} << 24;  // Indices travel through float32.
  const std::int64_t count = elementCount(plan.shape), source = elementCount(lowering.inputs[0].shape);
  if (count == 0 || source == 0 || count > kMostElements || source > kMostElements)
    return Status::unsupported("A gather of " + std::to_string(count) + " elements is done on the host.");
  if (const Tensor* indices = lowering.inputs[1].value)  // The host kernel reports a bad index.
    for (std::int64_t index : indices->toInts())
      if (index < 0 || index >= plan.size) return Status::unsupported("An index is out of range.");
  TEXFLOW_ASSIGN(const GpuTensor params, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor indices, lowering.input(1));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  const float values[] = {static_cast<float>(plan.inner), static_cast<float>(plan.picks), static_cast<float>(plan.outer),
                          static_cast<float>(plan.size)};
  lowering.draw({"move", {{"ELEMENTS", "1"}, {"GATHER", "1"}}}, output, {params, indices}, values);
  return {};
}

Result<std::vector<TensorInfo>> gatherNdShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan(inputs[1], inputs[0].shape));
  Shape shape(inputs[1].shape.begin(), inputs[1].shape.end() - 1);
  shape.insert(shape.end(), inputs[0].shape.begin() + plan.depth, inputs[0].shape.end());
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> gatherNdHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_ASSIGN(const auto outputs, gatherNdShape(node, infos));
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan(infos[1], inputs[0].shape()));
  TEXFLOW_ASSIGN(const Ints offsets, ndOffsets(plan, inputs[1], inputs[0].shape()));
  Tensor output(inputs[0].dtype(), outputs[0].shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    for (std::int64_t offset : offsets) {
      const T* slice = inputs[0].data<T>() + offset;
      to = std::copy(slice, slice + plan.rest, to);
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Status gatherNdLower(Lowering& lowering) {
  if (lowering.inputs[0].value) return Status::unsupported("The params are constant.");
  const Shape& from = lowering.inputs[0].shape;
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan(lowering.inputs[1], from));
  constexpr std::int64_t kMostElements = std::int64_t{1} << 24;  // Indices travel through float32.
  constexpr std::size_t kMostCoordinates = 6;                    // One size of the parameter block, so one program.
  const std::int64_t count = elementCount(lowering.outputs[0].shape), source = elementCount(from);
  if (count == 0 || source == 0 || plan.depth == 0 || count > kMostElements || source > kMostElements ||
      plan.depth > static_cast<std::int64_t>(kMostCoordinates))
    return Status::unsupported("A gather of " + std::to_string(count) + " elements is done on the host.");
  if (const Tensor* indices = lowering.inputs[1].value) TEXFLOW_TRY(unsupportedIf(ndOffsets(plan, *indices, from)));
  TEXFLOW_ASSIGN(const GpuTensor params, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor indices, lowering.input(1));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  std::vector<float> values(4 * (1 + kMostCoordinates), 0);
  values[0] = static_cast<float>(plan.rest);
  values[1] = static_cast<float>(plan.depth);
  const std::vector<std::int64_t> strides = rowMajorStrides(from);
  for (std::size_t d = 0; d < static_cast<std::size_t>(plan.depth); ++d) {
    values[4 * (d + 1)] = static_cast<float>(from[d]);
    values[4 * (d + 1) + 1] = static_cast<float>(strides[d] / 4096);
    values[4 * (d + 1) + 2] = static_cast<float>(strides[d] % 4096);
  }
  lowering.draw({"move", {{"ELEMENTS", "1"}, {"GATHER_ND", "1"}}}, output, {params, indices}, values);
  return {};
}

Result<std::vector<TensorInfo>> invertPermutationShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  if (inputs[0].dtype != DType::kInt32 || inputs[0].shape.size() != 1)
    return Status::invalid("A permutation must be an int32 vector, but its shape is " + shapeText(inputs[0].shape) + ".");
  return oneOutput(DType::kInt32, inputs[0].shape);
}

Result<std::vector<Tensor>> invertPermutationHost(const Node&, std::span<const Tensor> inputs) {
  const std::int64_t count = inputs[0].size();
  Ints inverse(static_cast<std::size_t>(count), -1);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t to = inputs[0].data<std::int32_t>()[i];
    if (to < 0 || to >= count) return outsideOf(to, count);
    if (inverse[static_cast<std::size_t>(to)] >= 0)
      return Status::invalid("The permutation has " + std::to_string(to) + " twice.");
    inverse[static_cast<std::size_t>(to)] = i;
  }
  return std::vector<Tensor>{Tensor::ints(inverse)};
}

}  // namespace texflow
