// Two draws as one: an elementwise one and what makes one of its operands. Private to plan/.
#pragma once
#include <optional>

#include "plan/plan.h"

namespace texflow {

bool isElementwise(const DrawStep& draw);
/// Whether elementwise work may follow in the same draw: it is such work itself, or its kernel hands its
/// results to RESULT of shaders/tensor.glsl.
bool takesElementwise(const DrawStep& draw);
/// Whether the operands of an elementwise expression may change places.
bool isCommutative(std::string_view expression);
/// Changes the places of the first two operands of an elementwise draw.
void swapOperands(DrawStep& draw);

/// The draw that computes what `consumer`, which is elementwise, makes of `producer`'s output, its operand number `operand`;
/// takesElementwise(producer). Nothing where one of its other operands cannot be read there, or there are too many.
std::optional<DrawStep> mergedDraw(const Plan& plan, const DrawStep& producer, DrawStep consumer, std::size_t operand);

}  // namespace texflow
