#include "ops/fast/simd.h"

#include <algorithm>
#include <vector>

namespace texflow {

extern const Simd kSimdBase;
#ifdef TEXFLOW_SIMD_X86
extern const Simd kSimdAvx2, kSimdAvx512;
#endif

std::span<const Simd* const> allSimd() {
  static const std::vector<const Simd*> sets = [] {
    std::vector<const Simd*> found{&kSimdBase};
#ifdef TEXFLOW_SIMD_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&kSimdAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
      found.push_back(&kSimdAvx512);
#endif
    return found;
  }();
  return sets;
}

namespace {
const Simd*& chosen() {
  static const Simd* set = allSimd().back();
  return set;
}
}  // namespace

const Simd& simd() { return *chosen(); }

void useSimd(const Simd* set) { chosen() = set ? set : allSimd().back(); }

void packWeights(const Simd& set, const float* from, std::int64_t strideDepth, std::int64_t strideColumn, std::int64_t depth,
                 std::int64_t columns, const float* scale, float* to) {
  for (std::int64_t first = 0; first < columns; first += 2 * set.lanes) {
    const std::int64_t rest = columns - first, width = rest > set.lanes ? 2 * set.lanes : set.lanes;
    const std::int64_t real = std::min(rest, width);
    for (std::int64_t d = 0; d < depth; ++d, to += width) {
      const float* line = from + d * strideDepth + first * strideColumn;
      for (std::int64_t n = 0; n < real; ++n) to[n] = line[n * strideColumn] * (scale ? scale[first + n] : 1.0F);
      std::fill(to + real, to + width, 0.0F);
    }
  }
}

}  // namespace texflow
