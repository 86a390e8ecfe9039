// How many stripes the textures of a plan get where the device leaves that to the plan.
#pragma once

namespace texflow {

/// The stripes of runs that are not long, where long ones have `most`.
int shortRunStripes(int most);

/// The stripes for a run that does `work` (drawWork()), which is long from `longRun` on: with more of them it is shorter,
/// with fewer its programs are compiled sooner. docs/decisions/0016-stripes-by-work.md has the figures.
int pickStripes(double work, double longRun, int most);

}  // namespace texflow
