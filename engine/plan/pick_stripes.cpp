#include "plan/pick_stripes.h"

#include <algorithm>

namespace texflow {
namespace {

// Texel accesses of a run that takes about a quarter of a second on SwiftShader.
constexpr double kLongRun = 5e7;

}  // namespace

int usualStripes(int most) { return std::min(2, most); }

int pickStripes(double work, int most) { return work >= kLongRun ? most : usualStripes(most); }

}  // namespace texflow
