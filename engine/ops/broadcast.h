// NumPy broadcasting: the shape of the result, and walking operands in step with it on the host.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "texflow/status.h"
#include "texflow/tensor.h"

namespace texflow {

/// The shape both broadcast to; an error naming both when a dimension differs and neither is 1.
Result<Shape> broadcastShapes(const Shape& a, const Shape& b);

/// Element strides of a row-major operand over the dimensions of `result`, 0 where the operand is repeated. `operand` must
/// broadcast to `result`.
std::vector<std::int64_t> broadcastStrides(const Shape& operand, const Shape& result);

/// Calls visit(i, offsets) for every element i of `result` in row-major order; offsets[k] is the element of operand k.
template <std::size_t N, class Visit>
void forEachBroadcast(const Shape& result, const std::array<Shape, N>& operands, Visit visit) {
  const std::int64_t count = elementCount(result);
  if (count == 0) return;
  std::array<std::int64_t, N> at{};
  std::array<std::vector<std::int64_t>, N> strides;
  for (std::size_t k = 0; k < N; ++k) strides[k] = broadcastStrides(operands[k], result);
  std::vector<std::int64_t> index(result.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    visit(i, at);
    for (std::size_t d = result.size(); d-- > 0;) {
      for (std::size_t k = 0; k < N; ++k) at[k] += strides[k][d];
      if (++index[d] < result[d]) break;
      for (std::size_t k = 0; k < N; ++k) at[k] -= strides[k][d] * result[d];
      index[d] = 0;
    }
  }
}

}  // namespace texflow
