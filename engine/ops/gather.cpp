// Elements by index: Gather, GatherNd, the scatters, SparseToDense, InvertPermutation.
#include <algorithm>

#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t count = 1;
  for (std::size_t d = begin; d < end; ++d) count *= shape[d];
  return count;
}

Status expectIndices(const TensorInfo& indices) {
  if (indices.dtype == DType::kInt32) return {};
  return Status::invalid("The indices must be int32, not " + std::string(dtypeName(indices.dtype)) + ".");
}

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

Status outside(std::int64_t index, std::int64_t size) {
  return Status::invalid("The index " + std::to_string(index) + " is outside [0, " + std::to_string(size) + ").");
}

/// Indices [.., depth] into the first `depth` dimensions of `shape`; `rest` elements lie behind each.
struct NdPlan {
  std::int64_t depth = 0, picks = 1, rest = 1;
};

Result<NdPlan> ndPlan(const TensorInfo& indices, const Shape& shape) {
  TEXFLOW_TRY(expectIndices(indices));
  if (indices.shape.empty() || indices.shape.back() > static_cast<std::int64_t>(shape.size()))
    return Status::invalid("Indices of shape " + shapeText(indices.shape) + " do not fit a tensor of shape " +
                           shapeText(shape) + ".");
  NdPlan plan;
  plan.depth = indices.shape.back();
  plan.picks = product(indices.shape, 0, indices.shape.size() - 1);
  plan.rest = product(shape, static_cast<std::size_t>(plan.depth), shape.size());
  return plan;
}

/// Flat offset of the element or slice that every index names.
Result<Ints> ndOffsets(const NdPlan& plan, const Tensor& indices, const Shape& shape) {
  Ints offsets;
  for (std::int64_t i = 0; i < plan.picks; ++i) {
    std::int64_t at = 0;
    for (std::int64_t d = 0; d < plan.depth; ++d) {
      const std::int64_t size = shape[static_cast<std::size_t>(d)];
      const std::int64_t index = indices.data<std::int32_t>()[i * plan.depth + d];
      if (index < 0 || index >= size) return outside(index, size);
      at = at * size + index;
    }
    offsets.push_back(at * plan.rest);
  }
  return offsets;
}

/// Bad indices that are known beforehand are the host kernel's to report.
Status unsupportedIf(const Result<Ints>& offsets) {
  return offsets.ok() ? Status() : Status::unsupported(offsets.status().message());
}

/// A vector of indices of a scatter is a column of them.
Shape scatterIndices(const Shape& indices) { return indices.size() == 1 ? Shape{indices[0], 1} : indices; }

Result<Shape> scatterShapeOf(const TensorInfo& vector, const TensorInfo& updates, const Shape& shape) {
  const TensorInfo indices{vector.dtype, scatterIndices(vector.shape), nullptr};
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan(indices, shape));
  Shape wanted(indices.shape.begin(), indices.shape.end() - 1);
  wanted.insert(wanted.end(), shape.begin() + plan.depth, shape.end());
  if (updates.shape != wanted)
    return Status::invalid("Updates of shape " + shapeText(updates.shape) + " for indices of shape " +
                           shapeText(indices.shape) + " into " + shapeText(shape) + " must have the shape " +
                           shapeText(wanted) + ".");
  return shape;
}

Result<std::vector<Tensor>> scatter(Tensor output, const Tensor& indices, const Tensor& updates, bool add) {
  const Shape shape = output.shape();
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan({indices.dtype(), scatterIndices(indices.shape()), nullptr}, shape));
  TEXFLOW_ASSIGN(const Ints offsets, ndOffsets(plan, indices, shape));
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    const T* from = updates.data<T>();
    for (std::size_t i = 0; i < offsets.size(); ++i)
      for (std::int64_t k = 0; k < plan.rest; ++k) {
        T& element = to[offsets[i] + k];
        const T& value = from[static_cast<std::int64_t>(i) * plan.rest + k];
        if constexpr (std::is_same_v<T, std::int32_t>)
          element = static_cast<T>(static_cast<std::uint32_t>(value) + (add ? static_cast<std::uint32_t>(element) : 0U));
        else if constexpr (std::is_same_v<T, std::uint8_t>) element = add ? element | value : value;
        else if constexpr (std::is_same_v<T, std::string>) element = value;
        else element = add ? element + value : value;
      }
  });
  return std::vector<Tensor>{std::move(output)};
}

Tensor copyOf(const Tensor& tensor) { return applyMove(tensor, reshapeMove(tensor.shape(), tensor.shape())); }

}  // namespace

Result<std::vector<TensorInfo>> gatherShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(GatherPlan plan, gatherPlan(node, inputs));
  return oneOutput(inputs[0].dtype, std::move(plan.shape));
}

Result<std::vector<Tensor>> gatherHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const GatherPlan plan, gatherPlan(node, infosOf(inputs)));
  const auto* indices = inputs[1].data<std::int32_t>();
  for (std::int64_t i = 0; i < inputs[1].size(); ++i)
    if (indices[i] < 0 || indices[i] >= plan.size) return outside(indices[i], plan.size);
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

Result<std::vector<TensorInfo>> scatterNdShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  if (inputs[1].dtype == DType::kString) return Status::unsupported("ScatterNd cannot add strings.");
  TEXFLOW_ASSIGN(Shape shape, knownInts(inputs[2], "shape"));
  TEXFLOW_TRY(checkedElementCount(shape).status());
  TEXFLOW_ASSIGN(shape, scatterShapeOf(inputs[0], inputs[1], shape));
  return oneOutput(inputs[1].dtype, std::move(shape));
}

Result<std::vector<Tensor>> scatterNdHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto outputs, scatterNdShape(node, infosOf(inputs)));
  return scatter(Tensor(outputs[0].dtype, outputs[0].shape), inputs[0], inputs[1], true);
}

Result<std::vector<TensorInfo>> scatterUpdateShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  if (inputs[0].dtype != inputs[2].dtype)
    return Status::invalid("Updates of dtype " + std::string(dtypeName(inputs[2].dtype)) + " cannot go into a tensor of " +
                           std::string(dtypeName(inputs[0].dtype)) + ".");
  TEXFLOW_ASSIGN(Shape shape, scatterShapeOf(inputs[1], inputs[2], inputs[0].shape));
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> scatterUpdateHost(const Node&, std::span<const Tensor> inputs) {
  return scatter(copyOf(inputs[0]), inputs[1], inputs[2], false);
}

Result<std::vector<TensorInfo>> sparseToDenseShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 4));
  TEXFLOW_TRY(expectIndices(inputs[0]));
  TEXFLOW_ASSIGN(Shape shape, knownInts(inputs[1], "output_shape"));
  const Shape& indices = inputs[0].shape;
  const std::int64_t rank = indices.size() < 2 ? 1 : indices[1];
  const std::int64_t count = indices.empty() ? 1 : indices[0];
  const std::int64_t values = elementCount(inputs[2].shape);
  if (indices.size() > 2 || rank != static_cast<std::int64_t>(shape.size()))
    return Status::invalid("The sparse_indices of shape " + shapeText(indices) + " do not fit the output_shape " +
                           shapeText(shape) + ".");
  if (inputs[2].shape.size() > 1 || (values != count && !inputs[2].shape.empty()))
    return Status::invalid("The sparse_values of shape " + shapeText(inputs[2].shape) + " must be a scalar or have " +
                           std::to_string(count) + " elements.");
  if (elementCount(inputs[3].shape) != 1 || inputs[3].dtype != inputs[2].dtype)
    return Status::invalid("The default_value must be a scalar of the dtype of sparse_values.");
  return oneOutput(inputs[2].dtype, std::move(shape));
}

Result<std::vector<Tensor>> sparseToDenseHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, sparseToDenseShape(node, infosOf(inputs)));
  const Shape& shape = infos[0].shape;
  NdPlan plan;
  plan.depth = static_cast<std::int64_t>(shape.size());
  plan.picks = inputs[0].shape().empty() ? 1 : inputs[0].shape()[0];
  TEXFLOW_ASSIGN(const Ints offsets, ndOffsets(plan, inputs[0], shape));
  if (node.attrs.get<bool>("validate_indices", true))
    for (std::size_t i = 1; i < offsets.size(); ++i)
      if (offsets[i] <= offsets[i - 1])
        return Status::invalid("The sparse_indices are repeated or not in order at row " + std::to_string(i) + ".");
  Tensor output(infos[0].dtype, shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    std::fill_n(to, output.size(), *inputs[3].data<T>());
    for (std::size_t i = 0; i < offsets.size(); ++i) to[offsets[i]] = inputs[2].data<T>()[inputs[2].shape().empty() ? 0 : i];
  });
  return std::vector<Tensor>{std::move(output)};
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
    if (to < 0 || to >= count) return outside(to, count);
    if (inverse[static_cast<std::size_t>(to)] >= 0)
      return Status::invalid("The permutation has " + std::to_string(to) + " twice.");
    inverse[static_cast<std::size_t>(to)] = i;
  }
  return std::vector<Tensor>{Tensor::ints(inverse)};
}

}  // namespace texflow
