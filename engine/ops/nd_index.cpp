#include "ops/nd_index.h"

namespace texflow {

std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t count = 1;
  for (std::size_t d = begin; d < end; ++d) count *= shape[d];
  return count;
}

Status expectIndices(const TensorInfo& indices) {
  if (indices.dtype == DType::kInt32) return {};
  return Status::invalid("The indices must be int32, not " + std::string(dtypeName(indices.dtype)) + ".");
}

Status outsideOf(std::int64_t index, std::int64_t size) {
  return Status::invalid("The index " + std::to_string(index) + " is outside [0, " + std::to_string(size) + ").");
}

Result<NdPlan> ndPlan(const TensorInfo& indices, const Shape& shape) {
  TEXFLOW_TRY(expectIndices(indices));
  if (indices.shape.empty() || indices.shape.back() > static_cast<std::int64_t>(shape.size()))
    return Status::invalid("Indices of shape " + shapeText(indices.shape) + " do not fit a tensor of shape " +
                           shapeText(shape) + ".");
  NdPlan plan;
  plan.depth = indices.shape.back();
  plan.picks = product(indices.shape, 0, indices.shape.size() - 1);
  plan.rest = product(shape, static_cast<std::size_t>(plan.depth), shape.size());
  return plan;
}

Result<std::vector<std::int64_t>> ndOffsets(const NdPlan& plan, const Tensor& indices, const Shape& shape) {
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < plan.picks; ++i) {
    std::int64_t at = 0;
    for (std::int64_t d = 0; d < plan.depth; ++d) {
      const std::int64_t size = shape[static_cast<std::size_t>(d)];
      const std::int64_t index = indices.data<std::int32_t>()[i * plan.depth + d];
      if (index < 0 || index >= size) return outsideOf(index, size);
      at = at * size + index;
    }
    offsets.push_back(at * plan.rest);
  }
  return offsets;
}

}  // namespace texflow
