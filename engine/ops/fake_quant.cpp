// FakeQuantWithMinMaxArgs, -Vars and -VarsPerChannel: values rounded to the steps of a quantized range.
#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "ops/operands.h"

namespace texflow {
namespace {

/// A range moved so that zero is one of its steps.
struct Steps {
  float min = 0, max = 0, scale = 0, inverse = 0, zero = 0;
};

bool hasVars(const Node& node) { return node.op != "FakeQuantWithMinMaxArgs"; }
bool perChannel(const Node& node) { return node.op == "FakeQuantWithMinMaxVarsPerChannel"; }

Status expectSteps(const Node& node) {
  const auto bits = node.attrs.get<std::int64_t>("num_bits", 8);
  if (bits >= 2 && bits <= 16) return {};
  return Status::invalid("The num_bits " + std::to_string(bits) + " is not between 2 and 16.");
}

Steps stepsOf(const Node& node, float min, float max) {
  if (min == 0 && max == 0) return {};
  const float low = node.attrs.get<bool>("narrow_range", false) ? 1 : 0;
  const auto high = static_cast<float>((std::int64_t{1} << node.attrs.get<std::int64_t>("num_bits", 8)) - 1);
  Steps steps;
  steps.scale = (max - min) / (high - low);
  const float zero = std::clamp(std::round(low - min / steps.scale), low, high);
  steps.min = (low - zero) * steps.scale;
  steps.max = (high - zero) * steps.scale;
  steps.inverse = 1.0F / steps.scale;
  steps.zero = std::floor(-steps.min * steps.inverse + 0.5F);
  return steps;
}

float quantized(const Steps& s, float value) {
  const float shifted = std::max(std::min(value, s.max), s.min) - s.min;
  return std::floor(shifted * s.inverse - s.zero + 0.5F) * s.scale;
}

}  // namespace

Result<std::vector<TensorInfo>> fakeQuantShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, hasVars(node) ? 3 : 1));
  for (const TensorInfo& input : inputs) TEXFLOW_TRY(expectOperandDType(input, "operand", {DType::kFloat32}));
  TEXFLOW_TRY(expectSteps(node));
  const Shape& shape = inputs[0].shape;
  if (perChannel(node) && shape.empty()) return Status::invalid("A scalar has no channels.");
  const Shape wanted = perChannel(node) ? Shape{shape.back()} : Shape{};
  for (std::size_t i = 1; i < inputs.size(); ++i)
    if (inputs[i].shape != wanted)
      return Status::invalid("The limits have shape " + shapeText(inputs[i].shape) + "; they must have " +
                             shapeText(wanted) + ".");
  return oneOutput(DType::kFloat32, shape);
}

Result<std::vector<Tensor>> fakeQuantHost(const Node& node, std::span<const Tensor> inputs) {
  std::vector<Steps> steps;
  if (hasVars(node)) {
    for (std::int64_t i = 0; i < inputs[1].size(); ++i)
      steps.push_back(stepsOf(node, inputs[1].data<float>()[i], inputs[2].data<float>()[i]));
  } else {
    steps.push_back(
        stepsOf(node, static_cast<float>(node.attrs.number("min", -6)), static_cast<float>(node.attrs.number("max", 6))));
  }
  Tensor output(DType::kFloat32, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i)
    output.mutableData<float>()[i] =
        quantized(steps[static_cast<std::size_t>(i) % steps.size()], inputs[0].data<float>()[i]);
  return std::vector<Tensor>{std::move(output)};
}

Status fakeQuantLower(Lowering& lowering) {
  const Node& node = lowering.node;
  if (perChannel(node)) return Status::unsupported("Limits for each channel run on the host.");
  if (hasVars(node) && (!lowering.inputs[1].value || !lowering.inputs[2].value))
    return Status::unsupported("Limits that are computed run on the host.");
  const auto limit = [&](std::size_t input, const char* name, double fallback) {
    return hasVars(node) ? *lowering.inputs[input].value->data<float>()
                         : static_cast<float>(node.attrs.number(name, fallback));
  };
  const Steps s = stepsOf(node, limit(1, "min", -6), limit(2, "max", 6));
  return lowerElementwise(lowering, "floor((clamp(a, K.x, K.y) - K.x) / K.z - floor(0.5 - K.x / K.z) + 0.5) * K.z",
                          {s.min, s.max, s.scale == 0 ? 1 : s.scale, 0}, 1);
}

}  // namespace texflow
