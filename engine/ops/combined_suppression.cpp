// CombinedNonMaxSuppression: a choice for every class of every image, then the best of all classes.
#include "ops/array.h"
#include "ops/operands.h"
#include "ops/suppression.h"

namespace texflow {
namespace {

struct Combined {
  Suppression options;
  std::int64_t total = 0;                                    ///< Boxes of an image in the output.
  std::int64_t batch = 0, boxes = 0, sets = 0, classes = 0;  ///< boxes [batch, boxes, sets, 4]; sets: 1 or one a class.
};

Result<Combined> combinedOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 6));
  for (std::size_t i : {0U, 1U}) {
    TEXFLOW_TRY(expectOperandDType(inputs[i], i == 0 ? "boxes" : "scores", {DType::kFloat32}));
    TEXFLOW_TRY(expectOperandRank(inputs[i], i == 0 ? "boxes" : "scores", i == 0 ? 4 : 3));
  }
  const Shape &boxes = inputs[0].shape, &scores = inputs[1].shape;
  if (boxes[0] != scores[0] || boxes[1] != scores[1] || (boxes[2] != 1 && boxes[2] != scores[2]) || boxes[3] != 4)
    return Status::invalid("Boxes of shape " + shapeText(boxes) + " and scores of shape " + shapeText(scores) +
                           " do not belong together.");
  Combined c{{}, 0, boxes[0], boxes[1], boxes[2], scores[2]};
  TEXFLOW_ASSIGN(c.options.most, intOperand(inputs, 2, "max_output_size_per_class"));
  TEXFLOW_ASSIGN(c.total, intOperand(inputs, 3, "max_total_size"));
  if (c.options.most <= 0 || c.total <= 0)
    return Status::invalid("The output sizes " + std::to_string(c.options.most) + " and " + std::to_string(c.total) +
                           " must be positive.");
  for (std::size_t i : {4U, 5U}) {
    TEXFLOW_TRY(expectOperandDType(inputs[i], "threshold", {DType::kFloat32}));
    if (elementCount(inputs[i].shape) != 1) return Status::invalid("The thresholds must be scalars.");
  }
  if (node.attrs.get<bool>("pad_per_class", false) && c.classes > 0)
    c.total = std::min(c.total, c.options.most > kMaxElements / c.classes ? kMaxElements : c.options.most * c.classes);
  TEXFLOW_TRY(checkedElementCount({c.batch, c.total, 4}).status());
  return c;
}

}  // namespace

Result<std::vector<TensorInfo>> combinedSuppressionShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Combined c, combinedOf(node, inputs));
  return std::vector<TensorInfo>{{DType::kFloat32, {c.batch, c.total, 4}},
                                 {DType::kFloat32, {c.batch, c.total}},
                                 {DType::kFloat32, {c.batch, c.total}},
                                 {DType::kInt32, {c.batch}}};
}

Result<std::vector<Tensor>> combinedSuppressionHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(Combined c, combinedOf(node, infosOf(inputs)));
  c.options.overlap = *inputs[4].data<float>();
  c.options.score = *inputs[5].data<float>();
  if (!(c.options.overlap >= 0 && c.options.overlap <= 1))
    return Status::invalid("The iou_threshold " + std::to_string(c.options.overlap) + " is not between 0 and 1.");
  const bool clip = node.attrs.get<bool>("clip_boxes", true);
  Tensor boxes(DType::kFloat32, {c.batch, c.total, 4}), scores(DType::kFloat32, {c.batch, c.total});
  Tensor classes(DType::kFloat32, {c.batch, c.total}), valid(DType::kInt32, {c.batch});
  struct Found {
    float score;
    std::int64_t type, box;
  };
  for (std::int64_t n = 0; n < c.batch; ++n) {
    std::vector<Found> found;
    for (std::int64_t type = 0; type < c.classes; ++type) {
      std::vector<float> own(static_cast<std::size_t>(c.boxes));
      const auto boxAt = [&](std::int64_t i) {
        return inputs[0].data<float>() + ((n * c.boxes + i) * c.sets + (c.sets == 1 ? 0 : type)) * 4;
      };
      for (std::int64_t i = 0; i < c.boxes; ++i)
        own[static_cast<std::size_t>(i)] = inputs[1].data<float>()[(n * c.boxes + i) * c.classes + type];
      const Chosen chosen = choose(c.options, own.data(), c.boxes,
                                   [&](std::int64_t i, std::int64_t j) { return overlapOf(boxAt(i), boxAt(j)); });
      for (std::size_t i = 0; i < chosen.boxes.size(); ++i) found.push_back({chosen.scores[i], type, chosen.boxes[i]});
    }
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.score > b.score; });
    const auto count = std::min(c.total, static_cast<std::int64_t>(found.size()));
    valid.mutableData<std::int32_t>()[n] = static_cast<std::int32_t>(count);
    for (std::int64_t i = 0; i < count; ++i) {
      const Found& one = found[static_cast<std::size_t>(i)];
      const float* box = inputs[0].data<float>() + ((n * c.boxes + one.box) * c.sets + (c.sets == 1 ? 0 : one.type)) * 4;
      for (std::int64_t k = 0; k < 4; ++k)
        boxes.mutableData<float>()[(n * c.total + i) * 4 + k] = clip ? std::clamp(box[k], 0.0F, 1.0F) : box[k];
      scores.mutableData<float>()[n * c.total + i] = one.score;
      classes.mutableData<float>()[n * c.total + i] = static_cast<float>(one.type);
    }
  }
  return std::vector<Tensor>{boxes, scores, classes, valid};
}

}  // namespace texflow
