// How much of a run a draw is.
#pragma once
#include "plan/plan.h"

namespace texflow {

/// Rough work of a draw in texel accesses; sums over channels and windows count by their length.
double drawWork(const Plan& plan, const DrawStep& draw);

/// That of all draws of a run.
double runWork(const Plan& plan);

}  // namespace texflow
