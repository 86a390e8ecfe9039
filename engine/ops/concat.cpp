// Concat and Pack.
#include <algorithm>

#include "ops/array.h"
#include "ops/elementwise.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

/// What is joined: operands first .. first + parts.size() - 1 along `axis` of `shape`.
struct Join {
  Shape shape;
  std::size_t axis = 0;
  std::size_t first = 0;
  std::vector<std::int64_t> parts;  ///< Size of each operand along the axis.
  std::int64_t inner = 1;           ///< Elements behind one index of the axis.
};

Result<Join> joinOf(const Node& node, std::span<const TensorInfo> inputs) {
  Join join;
  const bool pack = node.op == "Pack", axisFirst = node.op == "Concat";
  const std::size_t count = pack ? inputs.size() : inputs.size() - 1;
  if (inputs.empty() || count == 0) return Status::invalid("The op needs at least one tensor to join.");
  join.first = axisFirst ? 1 : 0;
  const auto operands = inputs.subspan(join.first, count);
  join.shape = operands[0].shape;
  std::int64_t axis = node.attrs.get<std::int64_t>("axis", 0);
  if (!pack) {
    TEXFLOW_ASSIGN(axis, knownInt(inputs[axisFirst ? 0 : count], "axis"));
  }
  TEXFLOW_ASSIGN(axis, checkedAxis(axis, join.shape.size() + (pack ? 1 : 0), "axis"));
  join.axis = static_cast<std::size_t>(axis);
  std::int64_t total = 0;
  for (const TensorInfo& operand : operands) {
    if (operand.dtype != operands[0].dtype)
      return Status::invalid("Tensors of dtype " + std::string(dtypeName(operands[0].dtype)) + " and " +
                             std::string(dtypeName(operand.dtype)) + " cannot be joined.");
    bool fits = operand.shape.size() == join.shape.size();
    for (std::size_t d = 0; fits && d < join.shape.size(); ++d)
      fits = operand.shape[d] == join.shape[d] || (!pack && d == join.axis);
    if (!fits)
      return Status::invalid("Tensors of shape " + shapeText(operands[0].shape) + " and " + shapeText(operand.shape) +
                             " cannot be joined along axis " + std::to_string(axis) + ".");
    join.parts.push_back(pack ? 1 : operand.shape[join.axis]);
    total += join.parts.back();
  }
  if (pack) join.shape.insert(join.shape.begin() + axis, total);
  else join.shape[join.axis] = total;
  TEXFLOW_TRY(checkedElementCount(join.shape).status());
  for (std::size_t d = join.axis + 1; d < join.shape.size(); ++d) join.inner *= join.shape[d];
  return join;
}

/// Whether every operand's texels are texels of the output: all but the channels are joined, or channels at multiples of 4.
bool joinsTexels(const Join& join, const std::vector<std::int64_t>& parts, bool pack) {
  if (join.inner > 1 || join.axis + 1 < join.shape.size()) return true;
  std::int64_t sum = 0;
  for (std::int64_t part : parts) {
    if (sum % 4 != 0) return false;
    sum += part;
  }
  return !pack;
}

/// Operands that begin within a texel: each is moved to its place among zeros, and the sum of all is the output. No program
/// is needed that the model does not use elsewhere.
Status sumOfMoves(Lowering& lowering, const Join& join, const std::vector<int>& operands,
                  const std::vector<std::int64_t>& parts) {
  const std::int64_t line = join.shape[join.axis] * join.inner, lines = elementCount(join.shape) / line;
  GpuTensor sum;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::int64_t length = parts[i] * join.inner;
    const Move move{join.shape, {{lines, lines, length}, {line, length, 1, -begin}}};
    TEXFLOW_ASSIGN(const GpuTensor operand, lowering.input(operands[i]));
    TEXFLOW_ASSIGN(const GpuTensor placed, lowering.temporary(join.shape));
    TEXFLOW_TRY(drawMove(lowering, operand, lowering.inputs[static_cast<std::size_t>(operands[i])].shape, placed, move));
    begin += length;
    if (i == 0) {
      sum = placed;
      continue;
    }
    const bool last = i + 1 == operands.size();
    TEXFLOW_ASSIGN(const GpuTensor more, last ? lowering.output(0) : lowering.temporary(join.shape));
    const GpuTensor both[] = {sum, placed};
    const Shape shapes[] = {join.shape, join.shape};
    TEXFLOW_TRY(drawElementwise(lowering, "a + b", more, join.shape, both, shapes));
    sum = more;
  }
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> concatShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Join join, joinOf(node, inputs));
  return oneOutput(inputs[join.first].dtype, std::move(join.shape));
}

Result<std::vector<Tensor>> concatHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Join join, joinOf(node, infosOf(inputs)));
  Tensor output(inputs[join.first].dtype(), join.shape);
  if (output.size() == 0) return std::vector<Tensor>{output};
  const std::int64_t line = join.shape[join.axis] * join.inner;
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < join.parts.size(); ++i) {
      const T* from = inputs[join.first + i].data<T>();
      const std::int64_t length = join.parts[i] * join.inner;
      for (std::int64_t o = 0; o < output.size() / line; ++o)
        std::copy(from + o * length, from + (o + 1) * length, to + o * line + begin);
      begin += length;
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Status concatLower(Lowering& lowering) {
  TEXFLOW_ASSIGN(const Join join, joinOf(lowering.node, lowering.inputs));
  if (elementCount(join.shape) == 0) return Status::unsupported("An empty tensor has no texture.");
  std::vector<int> operands;
  std::vector<std::int64_t> parts;
  for (std::size_t i = 0; i < join.parts.size(); ++i) {
    if (join.parts[i] == 0) continue;
    operands.push_back(static_cast<int>(join.first + i));
    parts.push_back(join.parts[i]);
  }
  if (operands.size() == 1) return lowerMove(lowering, operands[0], reshapeMove(join.shape, join.shape));
  if (operands.size() > 64) return Status::unsupported("Joining " + std::to_string(operands.size()) + " tensors.");
  if (!joinsTexels(join, parts, lowering.node.op == "Pack")) return sumOfMoves(lowering, join, operands, parts);
  TEXFLOW_ASSIGN(GpuTensor joined, lowering.input(operands[0]));
  Shape shape = join.shape;
  std::int64_t sum = parts[0];
  // Pairs: what is joined so far and the next operand.
  for (std::size_t i = 1; i < operands.size(); ++i) {
    TEXFLOW_ASSIGN(const GpuTensor next, lowering.input(operands[i]));
    shape[join.axis] = sum + parts[i];
    const bool last = i + 1 == operands.size();
    TEXFLOW_ASSIGN(const GpuTensor output, last ? lowering.output(0) : lowering.temporary(shape));
    TEXFLOW_TRY(drawJoin(lowering, joined, next, output, sum * join.inner, parts[i] * join.inner));
    sum += parts[i];
    joined = output;
  }
  return {};
}

}  // namespace texflow
