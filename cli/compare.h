// How far a computed tensor is from its reference.
#pragma once
#include <cstdint>
#include <string>

#include "texflow/tensor.h"

namespace texflow::cli {

/// The largest errors over all elements. NaN equals NaN and an infinity equals itself.
struct Difference {
  double absolute = 0;
  double relative = 0;     ///< Absolute error over max(|reference|, 1e-6).
  std::int64_t ulps = 0;   ///< Float32 only.
  std::int64_t worst = 0;  ///< Element with the largest absolute error.
  std::string mismatch;    ///< Why the tensors cannot be compared at all, else empty.

  /// Float tensors: every absolute error within tolerance * max(1, largest |reference|). Others: equal.
  bool within(double tolerance) const { return mismatch.empty() && absolute <= tolerance * scale; }
  double scale = 1;
};

Difference compare(const Tensor& value, const Tensor& reference);

}  // namespace texflow::cli
