#include <algorithm>
#include <cmath>

#include "ops/operands.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

Result<std::vector<Tensor>> softmax(const Tensor& logits, bool logarithm) {
  Tensor output(DType::kFloat32, logits.shape());
  const std::int64_t depth = logits.shape().back();
  const float* from = logits.data<float>();
  float* to = output.mutableData<float>();
  for (std::int64_t at = 0; at < logits.size(); at += depth) {
    const double highest = static_cast<double>(*std::max_element(from + at, from + at + depth));
    double sum = 0;
    for (std::int64_t i = at; i < at + depth; ++i) sum += std::exp(static_cast<double>(from[i]) - highest);
    for (std::int64_t i = at; i < at + depth; ++i) {
      const double shifted = static_cast<double>(from[i]) - highest;
      to[i] = static_cast<float>(logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum);
    }
  }
  return std::vector<Tensor>{output};
}

Status lower(Lowering& l, const char* logarithm) {
  if (elementCount(l.inputs[0].shape) == 0) return Status::unsupported("There is nothing to draw.");
  TEXFLOW_ASSIGN(const GpuTensor from, l.input(0));
  TEXFLOW_ASSIGN(const GpuTensor to, l.output(0));
  l.draw({"softmax", {{"LOG", logarithm}}}, to, {from}, {});
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> shapeSoftmax(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'logits'", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'logits'", 1, kMaxRank));
  return std::vector<TensorInfo>{{DType::kFloat32, inputs[0].shape}};
}

Result<std::vector<Tensor>> hostSoftmax(const Node&, std::span<const Tensor> inputs) { return softmax(inputs[0], false); }
Result<std::vector<Tensor>> hostLogSoftmax(const Node&, std::span<const Tensor> inputs) { return softmax(inputs[0], true); }
Status lowerSoftmax(Lowering& l) { return lower(l, "0"); }
Status lowerLogSoftmax(Lowering& l) { return lower(l, "1"); }

}  // namespace texflow
