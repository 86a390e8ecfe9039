// What an equation asks for, as both backends of Einsum do it.
#pragma once
#include "ops/array.h"

namespace texflow {

/// What both backends do, in order.
struct EinsumPlan {
  std::vector<Move>
      gathers;  ///< Operand → [batch, free, contracted, summed] ([.., contracted, free, summed] for the second).
  std::vector<std::int64_t> summed;  ///< Elements of the last dimension of each, which is summed away.
  std::int64_t batch = 1, m = 1, k = 1, n = 1;
  std::int64_t lastFree = 1;  ///< Innermost of the dimensions that m stands for.
  Move result;                ///< [batch, m, n] → output.
};

/// Reads the attribute "equation" for operands of these shapes; one or two of them.
Result<EinsumPlan> einsumPlanOf(const Node& node, std::span<const TensorInfo> inputs);

}  // namespace texflow
