#include "plan/pick_stripes.h"

#include <algorithm>

namespace texflow {
namespace {

// Texel accesses of a run that takes about a quarter of a second on SwiftShader, 60 ms on llvmpipe.
constexpr double kLongRun = 5e7;

}  // namespace

int pickStripes(double work, int most) { return work >= kLongRun ? most : std::max(most / 2, 1); }

}  // namespace texflow
