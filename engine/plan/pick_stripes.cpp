#include "plan/pick_stripes.h"

#include <algorithm>

namespace texflow {

int shortRunStripes(int most) { return std::max(most / 2, 1); }

int pickStripes(double work, double longRun, int most) { return work >= longRun ? most : shortRunStripes(most); }

}  // namespace texflow
