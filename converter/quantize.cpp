#include "quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "weights.h"

namespace texflow {
namespace {

template <class Stored>
void quantizeAffine(const Tensor& tensor, Quantized& result) {
  const float* values = tensor.data<float>();
  const auto count = static_cast<std::size_t>(tensor.size());
  result.bytes.assign(count * sizeof(Stored), '\0');
  if (count == 0) return;
  double low = values[0], high = values[0];
  for (std::size_t i = 1; i < count; ++i) {
    low = std::min(low, static_cast<double>(values[i]));
    high = std::max(high, static_cast<double>(values[i]));
  }
  result.min = low;
  if (low == high) return;
  constexpr double kSteps = sizeof(Stored) == 1 ? 255 : 65535;
  result.scale = (high - low) / kSteps;
  double most = high;
  if (low <= 0 && high >= 0) {  // Zero must be exact.
    const double zero = std::nearbyint((0.0 - low) / result.scale);
    result.min = -zero * result.scale;
    most = kSteps * result.scale + result.min;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double value = std::clamp(static_cast<double>(values[i]), result.min, most);
    const auto stored = static_cast<Stored>(std::nearbyint((value - result.min) / result.scale));
    std::memcpy(result.bytes.data() + i * sizeof(Stored), &stored, sizeof(Stored));
  }
}

/// The character class that begins behind '[' at `at`; sets `at` behind its ']'. Nothing when it has no end.
std::optional<bool> matchesClass(std::string_view pattern, std::size_t& at, char c) {
  std::size_t i = at;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  const auto end = pattern.find(']', i < pattern.size() && pattern[i] == ']' ? i + 1 : i);
  if (end == std::string_view::npos) return std::nullopt;
  bool found = false;
  while (i < end) {
    const bool range = i + 2 < end && pattern[i + 1] == '-';
    found = found || (range ? pattern[i] <= c && c <= pattern[i + 2] : pattern[i] == c);
    i += range ? 3 : 1;
  }
  at = end + 1;
  return found != negated;
}

}  // namespace

std::string_view quantizationName(Quantization to) {
  return to == Quantization::kUint8 ? "uint8" : to == Quantization::kUint16 ? "uint16" : "float16";
}

bool matchesPattern(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, starName = 0, starPattern = std::string_view::npos;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      starPattern = ++p;
      starName = n;
      continue;
    }
    bool matches = p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]);
    std::size_t next = p + 1;
    if (p < pattern.size() && pattern[p] == '[') {
      std::size_t behind = p + 1;
      const auto inClass = matchesClass(pattern, behind, name[n]);
      if (inClass) {
        matches = *inClass;
        next = behind;
      }
    }
    if (matches) {
      ++n;
      p = next;
    } else if (starPattern != std::string_view::npos) {
      p = starPattern;
      n = ++starName;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<std::vector<std::optional<Quantization>>> chooseQuantization(const std::vector<std::string>& names,
                                                                    const ConvertOptions& options) {
  std::vector<std::optional<Quantization>> chosen(names.size());
  std::optional<Quantization> rest;
  for (const auto& [to, patterns] : options.quantization) {
    for (const std::string& pattern : patterns) {
      if (pattern == "*") {
        if (rest && *rest != to)
          return Status::invalid("The weights that no pattern names are to become both " +
                                 std::string(quantizationName(*rest)) + " and " + std::string(quantizationName(to)) +
                                 "; only one of the quantization flags may be without patterns.");
        rest = to;
        continue;
      }
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!matchesPattern(names[i], pattern)) continue;
        if (chosen[i] && *chosen[i] != to)
          return Status::invalid("The weight '" + names[i] + "' is to become both " +
                                 std::string(quantizationName(*chosen[i])) + " and " + std::string(quantizationName(to)) +
                                 ": patterns of two quantization flags match it.");
        chosen[i] = to;
      }
    }
  }
  for (auto& entry : chosen)
    if (!entry) entry = rest;
  return chosen;
}

std::uint16_t floatToHalf(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000)  // A NaN stays one; its high mantissa bits are kept.
    return static_cast<std::uint16_t>(sign | 0x7C00 | std::max<std::uint32_t>(magnitude >> 13 & 0x3FF, 1));
  if (magnitude >= 0x47800000) return sign | 0x7C00;  // 65536 and more.
  if (magnitude < 0x38800000) {                       // Subnormal: units of 2^-24.
    const float scaled = std::bit_cast<float>(magnitude) * 0x1p24f;
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(scaled)));
  }
  const std::uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
  return static_cast<std::uint16_t>(sign | (rounded - 0x38000000) >> 13);
}

Quantized quantize(const Tensor& tensor, Quantization to) {
  Quantized result;
  result.error.to = to;
  const float* values = tensor.data<float>();
  const auto count = static_cast<std::size_t>(tensor.size());
  if (to == Quantization::kUint8) quantizeAffine<std::uint8_t>(tensor, result);
  else if (to == Quantization::kUint16) quantizeAffine<std::uint16_t>(tensor, result);
  else result.bytes.assign(count * 2, '\0');
  double squaredError = 0, squared = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double back = 0;
    if (to == Quantization::kUint8) {
      back = static_cast<unsigned char>(result.bytes[i]) * result.scale + result.min;
    } else {
      std::uint16_t stored = floatToHalf(values[i]);
      if (to == Quantization::kFloat16) std::memcpy(result.bytes.data() + 2 * i, &stored, 2);
      else std::memcpy(&stored, result.bytes.data() + 2 * i, 2);
      back = to == Quantization::kFloat16 ? static_cast<double>(halfToFloat(stored)) : stored * result.scale + result.min;
    }
    const double error = std::abs(back - static_cast<double>(values[i]));
    result.error.largest = std::max(result.error.largest, error);
    squaredError += error * error;
    squared += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  result.error.relative = squared > 0 ? std::sqrt(squaredError / squared) : 0;
  return result;
}

}  // namespace texflow
