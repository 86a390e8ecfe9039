#include "ops/operands.h"

#include <algorithm>

namespace texflow {

Status expectInputCount(std::span<const TensorInfo> inputs, std::size_t least, std::size_t most) {
  if (inputs.size() >= least && inputs.size() <= most) return {};
  const std::string range = least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  return Status::invalid("The node has " + std::to_string(inputs.size()) + " inputs; it needs " + range + ".");
}

Status expectOperandDType(const TensorInfo& input, const std::string& what, std::initializer_list<DType> allowed) {
  if (std::find(allowed.begin(), allowed.end(), input.dtype) != allowed.end()) return {};
  std::string list;
  for (DType dtype : allowed) list += (list.empty() ? "" : " or ") + std::string(dtypeName(dtype));
  return Status::invalid("The " + what + " has dtype " + std::string(dtypeName(input.dtype)) + "; it must be " + list + ".");
}

Status expectOperandRank(const TensorInfo& input, const std::string& what, int least, int most) {
  const int rank = static_cast<int>(input.shape.size());
  if (rank >= least && rank <= most) return {};
  const std::string range = least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  return Status::invalid("The " + what + " has shape " + shapeText(input.shape) + "; it must have " + range +
                         " dimensions.");
}

Status expectValues(std::span<const TensorInfo> inputs) {
  for (const TensorInfo& input : inputs)
    if (!input.value) return Status::dataDependent("The output shape depends on input values that are not known yet.");
  return {};
}

Result<std::vector<std::int64_t>> intsOperand(std::span<const TensorInfo> inputs, std::size_t index,
                                              const std::string& what) {
  if (index >= inputs.size()) return Status::invalid("The input '" + what + "' is missing.");
  TEXFLOW_TRY(expectOperandDType(inputs[index], what, {DType::kInt32}));
  if (!inputs[index].value)
    return Status::dataDependent("The output shape depends on the value of '" + what + "', which is not known yet.");
  return inputs[index].value->toInts();
}

Result<std::int64_t> intOperand(std::span<const TensorInfo> inputs, std::size_t index, const std::string& what) {
  TEXFLOW_ASSIGN(const auto values, intsOperand(inputs, index, what));
  if (values.size() != 1)
    return Status::invalid("The input '" + what + "' has " + std::to_string(values.size()) + " values; it must have one.");
  return values[0];
}

Result<double> numberOperand(std::span<const TensorInfo> inputs, std::size_t index, const std::string& what) {
  if (index >= inputs.size()) return Status::invalid("The input '" + what + "' is missing.");
  TEXFLOW_TRY(expectOperandDType(inputs[index], what, {DType::kFloat32, DType::kInt32}));
  if (!inputs[index].value)
    return Status::dataDependent("The output depends on the value of '" + what + "', which is not known yet.");
  if (inputs[index].value->size() != 1)
    return Status::invalid("The input '" + what + "' has shape " + shapeText(inputs[index].shape) +
                           "; it must be a scalar.");
  return inputs[index].value->number(0);
}

Result<std::vector<TensorInfo>> shapesByRunning(HostFn host, const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectValues(inputs));
  std::vector<Tensor> values;
  for (const TensorInfo& input : inputs) values.push_back(*input.value);
  TEXFLOW_ASSIGN(const std::vector<Tensor> outputs, host(node, values));
  std::vector<TensorInfo> infos;
  for (const Tensor& output : outputs) infos.push_back({output.dtype(), output.shape()});
  return infos;
}

Result<std::int64_t> axisInRange(std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n)
    return Status::invalid("The axis " + std::to_string(axis) + " is out of range for a tensor of rank " +
                           std::to_string(rank) + ".");
  return axis < 0 ? axis + n : axis;
}

}  // namespace texflow
