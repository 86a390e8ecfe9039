#include "conformance/compare.h"

#include <cmath>
#include <sstream>

namespace texflow::conformance {
namespace {

constexpr double kAbsolute = 1e-3;
// A float32 beyond 1e4 is coarser than the absolute tolerance.
constexpr double kRelative = 1e-6;

std::string floatDifference(const float* got, const float* want, std::int64_t count) {
  double worst = 0;
  std::int64_t at = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    if (std::isnan(got[i]) && std::isnan(want[i])) continue;
    if (got[i] == want[i]) continue;
    double error = std::abs(double(got[i]) - want[i]);
    if (error <= kAbsolute + kRelative * std::abs(want[i])) continue;
    if (std::isnan(error)) error = INFINITY;
    if (at < 0 || error > worst) {
      worst = error;
      at = i;
    }
  }
  if (at < 0) return {};
  std::ostringstream text;
  text << "largest error " << worst << " at " << at << " (" << got[at] << ", expected " << want[at] << ")";
  return text.str();
}

template <class T>
std::string exactDifference(const Tensor& got, const Tensor& want) {
  std::int64_t worst = 0, at = -1;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const std::int64_t error = std::abs(std::int64_t(got.data<T>()[i]) - want.data<T>()[i]);
    if (error <= worst) continue;
    worst = error;
    at = i;
  }
  if (at < 0) return {};
  std::ostringstream text;
  text << "largest error " << worst << " at " << at << " (" << +got.data<T>()[at] << ", expected " << +want.data<T>()[at]
       << ")";
  return text.str();
}

std::string tensorDifference(const Tensor& got, const Tensor& want) {
  if (got.dtype() != want.dtype()) {
    return "dtype " + std::string(dtypeName(got.dtype())) + ", expected " + std::string(dtypeName(want.dtype()));
  }
  if (got.shape() != want.shape()) return "shape " + shapeText(got.shape()) + ", expected " + shapeText(want.shape());
  switch (got.dtype()) {
    case DType::kFloat32: return floatDifference(got.data<float>(), want.data<float>(), got.size());
    case DType::kComplex64: return floatDifference(got.data<float>(), want.data<float>(), 2 * got.size());
    case DType::kInt32: return exactDifference<std::int32_t>(got, want);
    case DType::kBool: return exactDifference<std::uint8_t>(got, want);
    case DType::kString: break;
  }
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const auto &a = got.data<std::string>()[i], &b = want.data<std::string>()[i];
    if (a != b) return "element " + std::to_string(i) + " is '" + a + "', expected '" + b + "'";
  }
  return {};
}

}  // namespace

std::string difference(std::span<const Tensor> got, std::span<const Tensor> want) {
  if (got.size() < want.size()) {
    return std::to_string(got.size()) + " outputs, expected " + std::to_string(want.size());
  }
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::string text = tensorDifference(got[i], want[i]);
    if (!text.empty()) return "output " + std::to_string(i) + ": " + text;
  }
  return {};
}

}  // namespace texflow::conformance
