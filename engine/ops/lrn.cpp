// LRN: every channel divided by a power of the squares around it.
#include <algorithm>
#include <cmath>

#include "ops/array.h"
#include "ops/operands.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

struct Normalization {
  std::int64_t radius;
  float bias, alpha, beta;
};

Normalization normalizationOf(const Node& node) {
  const auto real = [&](const char* name, double fallback) { return static_cast<float>(node.attrs.number(name, fallback)); };
  return {static_cast<std::int64_t>(std::clamp(node.attrs.number("depth_radius", 5), -1.0, 1e6)), real("bias", 1),
          real("alpha", 1), real("beta", 0.5)};
}

}  // namespace

Result<std::vector<TensorInfo>> lrnShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", 4));
  if (normalizationOf(node).radius < 0) return Status::invalid("The depth_radius is negative.");
  return oneOutput(DType::kFloat32, inputs[0].shape);
}

Result<std::vector<Tensor>> lrnHost(const Node& node, std::span<const Tensor> inputs) {
  const Normalization own = normalizationOf(node);
  Tensor output(DType::kFloat32, inputs[0].shape());
  const std::int64_t channels = inputs[0].shape().back();
  for (std::int64_t pixel = 0; channels > 0 && pixel < output.size() / channels; ++pixel) {
    const float* from = inputs[0].data<float>() + pixel * channels;
    float* to = output.mutableData<float>() + pixel * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      float sum = 0;
      const std::int64_t last = std::min(channels - 1, c + own.radius);
      for (std::int64_t i = std::max<std::int64_t>(0, c - own.radius); i <= last; ++i) sum += from[i] * from[i];
      to[c] = from[c] * std::pow(own.bias + own.alpha * sum, -own.beta);
    }
  }
  return std::vector<Tensor>{std::move(output)};
}

Status lrnLower(Lowering& lowering) {
  const Normalization own = normalizationOf(lowering.node);
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  const float params[] = {static_cast<float>(own.radius), own.bias, own.alpha, own.beta};
  lowering.draw({"lrn", {}}, output, {input}, params);
  return {};
}

}  // namespace texflow
