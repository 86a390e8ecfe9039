// NonMaxSuppression (all versions): greedy choice of boxes by score, hard or soft, as TensorFlow's CPU kernel does it.
#include <algorithm>

#include "ops/array.h"
#include "ops/operands.h"
#include "ops/suppression.h"

namespace texflow {
namespace {

bool hasVersion(const Node& node, char least) { return node.op.back() >= least && node.op.back() <= '5'; }

Status expectBoxes(const Node& node, std::span<const TensorInfo> inputs) {
  const bool overlaps = node.op == "NonMaxSuppressionWithOverlaps";
  const std::size_t count = overlaps || hasVersion(node, '3') ? 5 : hasVersion(node, '2') ? 4 : 3;
  TEXFLOW_TRY(expectInputCount(inputs, hasVersion(node, '5') ? 6 : count));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'boxes'", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'boxes'", 2));
  TEXFLOW_TRY(expectOperandDType(inputs[1], "input 'scores'", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[1], "input 'scores'", 1));
  const std::int64_t columns = overlaps ? inputs[0].shape[0] : 4;
  if (inputs[0].shape[1] != columns || inputs[0].shape[0] != inputs[1].shape[0])
    return Status::invalid("Boxes of shape " + shapeText(inputs[0].shape) + " and scores of shape " +
                           shapeText(inputs[1].shape) + " do not belong together.");
  return {};
}

Result<Suppression> suppressionOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectBoxes(node, inputs));
  Suppression options;
  TEXFLOW_ASSIGN(options.most, intOperand(inputs, 2, "max_output_size"));
  if (options.most < 0) return Status::invalid("The max_output_size " + std::to_string(options.most) + " is negative.");
  double value = node.attrs.number("iou_threshold", 0.5);
  if (inputs.size() > 3) {
    TEXFLOW_ASSIGN(value, numberOperand(inputs, 3, "iou_threshold"));
  }
  options.overlap = static_cast<float>(value);
  if (node.op != "NonMaxSuppressionWithOverlaps" && !(options.overlap >= 0 && options.overlap <= 1))
    return Status::invalid("The iou_threshold " + std::to_string(value) + " is not between 0 and 1.");
  if (inputs.size() > 4) {
    TEXFLOW_ASSIGN(value, numberOperand(inputs, 4, "score_threshold"));
    options.score = static_cast<float>(value);
  }
  if (inputs.size() > 5) {
    TEXFLOW_ASSIGN(value, numberOperand(inputs, 5, "soft_nms_sigma"));
    options.softSigma = static_cast<float>(value);
    if (!(options.softSigma >= 0)) return Status::invalid("The soft_nms_sigma " + std::to_string(value) + " is negative.");
  }
  options.padded = hasVersion(node, '4') && node.attrs.get<bool>("pad_to_max_output_size", false);
  if (options.padded && options.most > kMaxElements)
    return Status::invalid("The max_output_size " + std::to_string(options.most) + " is too large to pad to.");
  return options;
}

}  // namespace

Result<std::vector<Tensor>> nonMaxSuppressionHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Suppression options, suppressionOf(node, infosOf(inputs)));
  const float *boxes = inputs[0].data<float>(), *scores = inputs[1].data<float>();
  const std::int64_t count = inputs[1].size();
  Chosen chosen = node.op == "NonMaxSuppressionWithOverlaps"
                      ? choose(options, scores, count, [&](auto i, auto j) { return boxes[i * count + j]; })
                      : choose(options, scores, count,
                               [&](std::int64_t i, std::int64_t j) { return overlapOf(boxes + 4 * i, boxes + 4 * j); });
  const auto valid = static_cast<std::int32_t>(chosen.boxes.size());
  if (options.padded) {
    chosen.boxes.resize(static_cast<std::size_t>(options.most), 0);
    chosen.scores.resize(static_cast<std::size_t>(options.most), 0);
  }
  const Shape shape{static_cast<std::int64_t>(chosen.boxes.size())};
  std::vector<Tensor> outputs{Tensor(DType::kInt32, shape, chosen.boxes)};
  if (hasVersion(node, '5')) outputs.emplace_back(DType::kFloat32, shape, chosen.scores);
  if (hasVersion(node, '4')) outputs.push_back(Tensor::scalar(valid));
  return outputs;
}

Result<std::vector<TensorInfo>> nonMaxSuppressionShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectBoxes(node, inputs));
  if (!hasVersion(node, '4') || !node.attrs.get<bool>("pad_to_max_output_size", false))
    return shapesByRunning(nonMaxSuppressionHost, node, inputs);
  TEXFLOW_ASSIGN(const Suppression options, suppressionOf(node, inputs));
  std::vector<TensorInfo> infos{{DType::kInt32, {options.most}}};
  if (hasVersion(node, '5')) infos.push_back({DType::kFloat32, {options.most}});
  infos.push_back({DType::kInt32, {}});
  return infos;
}

}  // namespace texflow
