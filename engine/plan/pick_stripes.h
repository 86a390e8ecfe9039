// How many stripes the textures of a plan get where the device leaves that to the plan.
#pragma once

namespace texflow {

/// The stripes, all or half of `most`, for a run that does `work` (drawWork()): with more of them it is shorter, with fewer
/// its programs are compiled sooner. docs/decisions/0016-stripes-by-work.md has the figures.
int pickStripes(double work, int most);

}  // namespace texflow
