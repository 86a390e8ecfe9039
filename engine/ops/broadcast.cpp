#include "ops/broadcast.h"

#include <algorithm>

namespace texflow {

Result<Shape> broadcastShapes(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= result.size(); ++back) {
    const std::int64_t da = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t db = back <= b.size() ? b[b.size() - back] : 1;
    if (da != db && da != 1 && db != 1)
      return Status::invalid("The shapes " + shapeText(a) + " and " + shapeText(b) + " do not broadcast.");
    result[result.size() - back] = da == 1 ? db : da;
  }
  if (auto count = checkedElementCount(result); !count.ok()) return count.status();
  return result;
}

std::vector<std::int64_t> broadcastStrides(const Shape& operand, const Shape& result) {
  const std::vector<std::int64_t> own = rowMajorStrides(operand);
  std::vector<std::int64_t> strides(result.size(), 0);
  for (std::size_t d = 0; d < operand.size(); ++d)
    if (operand[d] != 1) strides[result.size() - operand.size() + d] = own[d];
  return strides;
}

}  // namespace texflow
