// The vectors' own rule: absolute 1e-3 for float32 and complex64, NaN matches NaN; everything else exact.
#pragma once
#include <span>
#include <string>

#include "texflow/tensor.h"

namespace texflow::conformance {

/// What differs ("output 0: shape [2], expected [3]", "output 1: largest error 0.25 at 7"), empty when nothing does.
std::string difference(std::span<const Tensor> got, std::span<const Tensor> want);

}  // namespace texflow::conformance
