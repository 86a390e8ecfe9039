// Elements put by index: ScatterNd, TensorScatter*, SparseToDense.
#include <algorithm>

#include "ops/nd_index.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

enum class Update { kSet, kAdd, kSubtract, kMax, kMin };

Update updateOf(const Node& node) {
  if (node.op == "TensorScatterAdd") return Update::kAdd;
  if (node.op == "TensorScatterSub") return Update::kSubtract;
  if (node.op == "TensorScatterMax") return Update::kMax;
  if (node.op == "TensorScatterMin") return Update::kMin;
  return Update::kSet;
}

template <class T>
constexpr bool isOrdered = std::is_same_v<T, float> || std::is_same_v<T, std::int32_t>;

template <class T>
bool supports(Update update) {
  if (update == Update::kSet) return true;
  if (update == Update::kMax || update == Update::kMin) return isOrdered<T>;
  return !std::is_same_v<T, std::string> && (update == Update::kAdd || !std::is_same_v<T, std::uint8_t>);
}

/// The element after an update that `supports` allows; integers wrap, a sum of booleans is their or.
template <class T>
T updated(Update update, const T& element, const T& value) {
  if constexpr (isOrdered<T>) {
    if (update == Update::kMax) return value > element ? value : element;
    if (update == Update::kMin) return value < element ? value : element;
  }
  if (update == Update::kSet) return value;
  const bool add = update == Update::kAdd;
  if constexpr (std::is_same_v<T, std::int32_t>) {
    const auto a = static_cast<std::uint32_t>(element), b = static_cast<std::uint32_t>(value);
    return static_cast<T>(add ? a + b : a - b);
  } else if constexpr (std::is_same_v<T, std::uint8_t>) {
    return element | value;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else {
    return add ? element + value : element - value;
  }
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

Result<std::vector<Tensor>> scatter(Tensor output, const Tensor& indices, const Tensor& updates, Update update) {
  const Shape shape = output.shape();
  TEXFLOW_ASSIGN(const NdPlan plan, ndPlan({indices.dtype(), scatterIndices(indices.shape()), nullptr}, shape));
  TEXFLOW_ASSIGN(const Ints offsets, ndOffsets(plan, indices, shape));
  Status refused;
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!supports<T>(update)) {
      refused =
          Status::unsupported("Elements of dtype " + std::string(dtypeName(output.dtype())) + " cannot be combined so.");
      return;
    }
    T* to = output.mutableData<T>();
    const T* from = updates.data<T>();
    for (std::size_t i = 0; i < offsets.size(); ++i)
      for (std::int64_t k = 0; k < plan.rest; ++k) {
        T& element = to[offsets[i] + k];
        element = updated(update, element, from[static_cast<std::int64_t>(i) * plan.rest + k]);
      }
  });
  if (!refused.ok()) return refused;
  return std::vector<Tensor>{std::move(output)};
}

Tensor copyOf(const Tensor& tensor) { return applyMove(tensor, reshapeMove(tensor.shape(), tensor.shape())); }

}  // namespace

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
  return scatter(Tensor(outputs[0].dtype, outputs[0].shape), inputs[0], inputs[1], Update::kAdd);
}

Result<std::vector<TensorInfo>> scatterUpdateShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  if (inputs[0].dtype != inputs[2].dtype)
    return Status::invalid("Updates of dtype " + std::string(dtypeName(inputs[2].dtype)) + " cannot go into a tensor of " +
                           std::string(dtypeName(inputs[0].dtype)) + ".");
  TEXFLOW_ASSIGN(Shape shape, scatterShapeOf(inputs[1], inputs[2], inputs[0].shape));
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> scatterUpdateHost(const Node& node, std::span<const Tensor> inputs) {
  return scatter(copyOf(inputs[0]), inputs[1], inputs[2], updateOf(node));
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

}  // namespace texflow
