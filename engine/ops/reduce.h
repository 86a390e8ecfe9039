// The axes of a reduction.
#pragma once
#include <span>
#include <vector>

#include "ops/op.h"

namespace texflow {

/// Iterations of all loops of one fragment together that every driver runs: Mesa's llvmpipe leaves a fragment's loops after
/// 65535 (LP_MAX_TGSI_LOOP_ITERATIONS).
inline constexpr std::int64_t kMaxLoop = 60000;

/// Which axes of an operand are summed away.
struct ReducedAxes {
  std::vector<bool> reduced;  ///< One flag per dimension of the operand.
  Shape kept;                 ///< The operand's shape with 1 for every reduced dimension.
  Shape shape;                ///< The output's shape.
  std::int64_t count = 1;     ///< Elements behind one output element.
};

/// Reads the axes of `shape` from an int32 tensor: in range, each at most once.
Result<ReducedAxes> reducedAxes(const Shape& shape, const Tensor& axes, bool keepDims);

}  // namespace texflow
