// Diagonals and bands: MatrixBandPart, Diag, DiagPart.
#include <algorithm>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {

Result<std::vector<TensorInfo>> bandPartShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 3));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", 2, kMaxRank));
  for (std::size_t i : {1U, 2U}) {
    TEXFLOW_TRY(expectOperandDType(inputs[i], "number of diagonals", {DType::kInt32}));
    if (elementCount(inputs[i].shape) != 1) return Status::invalid("The numbers of diagonals must be scalars.");
  }
  return oneOutput(inputs[0].dtype, inputs[0].shape);
}

Result<std::vector<Tensor>> bandPartHost(const Node&, std::span<const Tensor> inputs) {
  const Shape& shape = inputs[0].shape();
  const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
  const std::int64_t lower = *inputs[1].data<std::int32_t>(), upper = *inputs[2].data<std::int32_t>();
  if (lower > rows || upper > columns)
    return Status::invalid("There are no " + std::to_string(lower) + " lower and " + std::to_string(upper) +
                           " upper diagonals in a tensor of shape " + shapeText(shape) + ".");
  Tensor output(inputs[0].dtype(), shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < output.size(); ++i) {
      const std::int64_t below = i / columns % rows - i % columns;
      if ((lower < 0 || below <= lower) && (upper < 0 || -below <= upper))
        output.mutableData<T>()[i] = inputs[0].data<T>()[i];
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> diagShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  Shape shape = inputs[0].shape;
  if (shape.empty()) return Status::invalid("A scalar has no diagonal.");
  shape.insert(shape.end(), inputs[0].shape.begin(), inputs[0].shape.end());
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> diagHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, diagShape(node, infosOf(inputs)));
  Tensor output(infos[0].dtype, infos[0].shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < inputs[0].size(); ++i)
      output.mutableData<T>()[i * (inputs[0].size() + 1)] = inputs[0].data<T>()[i];
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> diagPartShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  const Shape& shape = inputs[0].shape;
  const auto half = static_cast<std::ptrdiff_t>(shape.size() / 2);
  if (shape.empty() || shape.size() % 2 != 0 || !std::equal(shape.begin(), shape.begin() + half, shape.begin() + half))
    return Status::invalid("The shape " + shapeText(shape) + " is not twice the same.");
  return oneOutput(inputs[0].dtype, Shape(shape.begin(), shape.begin() + half));
}

Result<std::vector<Tensor>> diagPartHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, diagPartShape(node, infosOf(inputs)));
  Tensor output(infos[0].dtype, infos[0].shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < output.size(); ++i)
      output.mutableData<T>()[i] = inputs[0].data<T>()[i * (output.size() + 1)];
  });
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
