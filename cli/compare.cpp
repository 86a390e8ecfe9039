#include "compare.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace texflow::cli {
namespace {

/// Consecutive floats map to consecutive integers, both zeros to 0.
std::int64_t ordered(float value) {
  const auto bits = static_cast<std::int64_t>(std::bit_cast<std::int32_t>(value));
  return bits >= 0 ? bits : -(bits & 0x7FFFFFFF);
}

}  // namespace

Difference compare(const Tensor& value, const Tensor& reference) {
  Difference difference;
  if (value.dtype() != reference.dtype() || value.shape() != reference.shape()) {
    difference.mismatch = std::string(dtypeName(value.dtype())) + shapeText(value.shape()) + " instead of " +
                          std::string(dtypeName(reference.dtype())) + shapeText(reference.shape());
    return difference;
  }
  if (value.dtype() == DType::kString) {
    for (std::int64_t i = 0; i < value.size() && difference.mismatch.empty(); ++i)
      if (value.data<std::string>()[i] != reference.data<std::string>()[i]) difference.mismatch = "other strings";
    return difference;
  }
  const bool complex = value.dtype() == DType::kComplex64, isFloat = value.dtype() == DType::kFloat32 || complex;
  const std::int64_t count = value.size() * (complex ? 2 : 1);
  // Integers and bools must be equal.
  if (!isFloat) difference.scale = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double a = complex ? static_cast<double>(value.data<float>()[i]) : value.number(i);
    const double b = complex ? static_cast<double>(reference.data<float>()[i]) : reference.number(i);
    if (isFloat && std::isfinite(b)) difference.scale = std::max(difference.scale, std::abs(b));
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    double error = std::abs(a - b);
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    if (error > difference.absolute) {
      difference.absolute = error;
      difference.worst = complex ? i / 2 : i;
    }
    difference.relative = std::max(difference.relative, error / std::max(std::abs(b), 1e-6));
    if (isFloat)
      difference.ulps = std::max(difference.ulps, std::abs(ordered(static_cast<float>(a)) - ordered(static_cast<float>(b))));
  }
  return difference;
}

}  // namespace texflow::cli
