// Weights in fewer bits, byte for byte as tensorflowjs_converter stores them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/converter.h"

namespace texflow {

/// "uint8", "uint16" or "float16", as the manifest has it.
std::string_view quantizationName(Quantization to);
/// Shell patterns as Python's fnmatch reads them: * ? [abc] [!a-c].
bool matchesPattern(std::string_view name, std::string_view pattern);
/// What each name becomes. A name that two patterns take for different types is an error, and so are two "*".
Result<std::vector<std::optional<Quantization>>> chooseQuantization(const std::vector<std::string>& names,
                                                                    const ConvertOptions& options);

/// value = stored * scale + min; float16 has neither.
struct Quantized {
  std::string bytes;
  double scale = 1, min = 0;
  WeightError error;
};
/// Of a float32 tensor. Arithmetic is double, as in NumPy 2.
Quantized quantize(const Tensor& tensor, Quantization to);
/// Nearest half, ties to even; beyond the largest half it is infinite.
std::uint16_t floatToHalf(float value);

}  // namespace texflow
