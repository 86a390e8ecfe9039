// Rearrangements along an axis: Roll, ReverseSequence.
#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// Copies every element to the coordinate that `place(coordinates)` turns its own into.
template <class Place>
Tensor moved(const Tensor& input, Place place) {
  Tensor output(input.dtype(), input.shape());
  const Shape& shape = input.shape();
  const std::vector<std::int64_t> strides = rowMajorStrides(shape);
  std::vector<std::int64_t> at(shape.size());
  withElementType(input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < input.size(); ++i) {
      for (std::size_t d = 0; d < shape.size(); ++d) at[d] = i / strides[d] % shape[d];
      place(at);
      std::int64_t to = 0;
      for (std::size_t d = 0; d < shape.size(); ++d) to += at[d] * strides[d];
      output.mutableData<T>()[to] = input.data<T>()[i];
    }
  });
  return output;
}

}  // namespace

Result<std::vector<TensorInfo>> rollShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 3));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", 1, kMaxRank));
  for (std::size_t i : {1U, 2U}) {
    TEXFLOW_TRY(expectOperandDType(inputs[i], "shift or axis", {DType::kInt32}));
    TEXFLOW_TRY(expectOperandRank(inputs[i], "shift or axis", 0, 1));
  }
  if (inputs[1].shape != inputs[2].shape) return Status::invalid("There must be a shift for every axis.");
  return oneOutput(inputs[0].dtype, inputs[0].shape);
}

Result<std::vector<Tensor>> rollHost(const Node&, std::span<const Tensor> inputs) {
  const Shape& shape = inputs[0].shape();
  Ints shifts(shape.size(), 0);
  const Ints by = inputs[1].toInts(), axes = inputs[2].toInts();
  for (std::size_t i = 0; i < axes.size(); ++i) {
    TEXFLOW_ASSIGN(const std::int64_t axis, axisInRange(axes[i], shape.size()));
    shifts[static_cast<std::size_t>(axis)] += by[i];
  }
  return std::vector<Tensor>{moved(inputs[0], [&](std::vector<std::int64_t>& at) {
    for (std::size_t d = 0; d < shape.size(); ++d) at[d] = ((at[d] + shifts[d]) % shape[d] + shape[d]) % shape[d];
  })};
}

Result<std::vector<TensorInfo>> reverseSequenceShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  const Shape& shape = inputs[0].shape;
  TEXFLOW_ASSIGN(const std::int64_t sequence, axisInRange(node.attrs.get<std::int64_t>("seq_dim", 0), shape.size()));
  TEXFLOW_ASSIGN(const std::int64_t batch, axisInRange(node.attrs.get<std::int64_t>("batch_dim", 0), shape.size()));
  TEXFLOW_TRY(expectOperandDType(inputs[1], "seq_lengths", {DType::kInt32}));
  if (sequence == batch || inputs[1].shape != Shape{shape[static_cast<std::size_t>(batch)]})
    return Status::invalid("The seq_lengths of shape " + shapeText(inputs[1].shape) + " do not fit the input " +
                           shapeText(shape) + " with seq_dim " + std::to_string(sequence) + " and batch_dim " +
                           std::to_string(batch) + ".");
  return oneOutput(inputs[0].dtype, shape);
}

Result<std::vector<Tensor>> reverseSequenceHost(const Node& node, std::span<const Tensor> inputs) {
  const Shape& shape = inputs[0].shape();
  TEXFLOW_ASSIGN(const std::int64_t sequence, axisInRange(node.attrs.get<std::int64_t>("seq_dim", 0), shape.size()));
  TEXFLOW_ASSIGN(const std::int64_t batch, axisInRange(node.attrs.get<std::int64_t>("batch_dim", 0), shape.size()));
  const Ints lengths = inputs[1].toInts();
  for (const std::int64_t length : lengths)
    if (length < 0 || length > shape[static_cast<std::size_t>(sequence)])
      return Status::invalid("The length " + std::to_string(length) + " is not within a dimension of " +
                             std::to_string(shape[static_cast<std::size_t>(sequence)]) + ".");
  return std::vector<Tensor>{moved(inputs[0], [&](std::vector<std::int64_t>& at) {
    const std::int64_t length = lengths[static_cast<std::size_t>(at[static_cast<std::size_t>(batch)])];
    std::int64_t& place = at[static_cast<std::size_t>(sequence)];
    if (place < length) place = length - 1 - place;
  })};
}

}  // namespace texflow
