// NonMaxSuppression (all versions): greedy choice of boxes by score, hard or soft, as TensorFlow's CPU kernel does it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

/// What one version of the op reads, with the defaults of those that lack an input.
struct Suppression {
  std::int64_t most = 0;
  float overlap = 0.5F, score = std::numeric_limits<float>::lowest(), softSigma = 0;
  bool padded = false;
};

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

/// Intersection over union of two boxes whose corners come in any order.
float overlapOf(const float* a, const float* b) {
  const auto low = [](const float* box, int axis) { return std::min(box[axis], box[axis + 2]); };
  const auto high = [](const float* box, int axis) { return std::max(box[axis], box[axis + 2]); };
  const float areaA = (high(a, 0) - low(a, 0)) * (high(a, 1) - low(a, 1));
  const float areaB = (high(b, 0) - low(b, 0)) * (high(b, 1) - low(b, 1));
  if (areaA <= 0 || areaB <= 0) return 0;
  const float height = std::max(std::min(high(a, 0), high(b, 0)) - std::max(low(a, 0), low(b, 0)), 0.0F);
  const float width = std::max(std::min(high(a, 1), high(b, 1)) - std::max(low(a, 1), low(b, 1)), 0.0F);
  return height * width / (areaA + areaB - height * width);
}

struct Candidate {
  float score;
  std::int32_t box;
  std::size_t compared;  ///< Chosen boxes that this one has been compared with.
};

/// The best candidate on top: the larger score, of equal ones the lower index.
struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.score == b.score ? a.box > b.box : a.score < b.score;
  }
};

struct Chosen {
  std::vector<std::int32_t> boxes;
  std::vector<float> scores;
};

template <class Overlap>
Chosen choose(const Suppression& options, const float* scores, std::int64_t count, Overlap overlap) {
  std::priority_queue<Candidate, std::vector<Candidate>, Worse> queue;
  for (std::int64_t i = 0; i < count; ++i)
    if (scores[i] > options.score) queue.push({scores[i], static_cast<std::int32_t>(i), 0});
  const bool soft = options.softSigma > 0;
  const float scale = soft ? -0.5F / options.softSigma : 0;
  Chosen chosen;
  while (static_cast<std::int64_t>(chosen.boxes.size()) < options.most && !queue.empty()) {
    Candidate next = queue.top();
    queue.pop();
    const float before = next.score;
    bool dropped = false;
    for (std::size_t j = chosen.boxes.size(); j-- > next.compared;) {
      const float similarity = overlap(next.box, chosen.boxes[j]);
      if (!soft && similarity > options.overlap) {
        dropped = true;
        break;
      }
      if (soft) next.score *= std::exp(scale * similarity * similarity);
      if (next.score <= options.score) break;
    }
    next.compared = chosen.boxes.size();
    if (dropped) continue;
    if (next.score == before) {
      chosen.boxes.push_back(next.box);
      chosen.scores.push_back(next.score);
    } else if (next.score > options.score) {
      queue.push(next);
    }
  }
  return chosen;
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
