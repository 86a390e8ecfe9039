// Indices into several dimensions at once, as gathers and scatters take them.
#pragma once
#include "ops/array.h"

namespace texflow {

/// Indices [.., depth] into the first `depth` dimensions of a shape; `rest` elements lie behind each.
struct NdPlan {
  std::int64_t depth = 0, picks = 1, rest = 1;
};
Result<NdPlan> ndPlan(const TensorInfo& indices, const Shape& shape);
/// Flat offset of the element or slice that every index names.
Result<std::vector<std::int64_t>> ndOffsets(const NdPlan& plan, const Tensor& indices, const Shape& shape);

/// Product of the dimensions begin .. end - 1.
std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end);
/// An error unless the indices are int32.
Status expectIndices(const TensorInfo& indices);
/// The error for an index outside [0, size).
Status outsideOf(std::int64_t index, std::int64_t size);

}  // namespace texflow
