// The GLSL text of elementwise ops, as far as merging draws must understand it. Private to plan/.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "plan/lowering.h"

namespace texflow {

/// `expression` with every identifier (no swizzle or member) replaced by what `renamed` says.
std::string renameIdentifiers(const std::string& expression, const std::function<std::string(const std::string&)>& renamed);

/// What the kernel defines under that name, as EXPR; empty where it does not.
std::string_view defineOf(const Kernel& kernel, std::string_view name);

/// The elementwise work of a draw, as shaders/tensor.glsl finds it in the kernel's defines.
struct ElementwiseWork {
  std::string shared, lets, expression;  ///< OPERANDS, LETS and EXPR.
};
ElementwiseWork workOf(const Kernel& kernel);
/// Gives the kernel that work in place of its own: always in one order, which is part of a program's key.
void setWork(Kernel& kernel, const ElementwiseWork& work);

/// Operand 0 is called a, 1 is b, ..
std::string operandName(std::size_t operand);

/// Whether the expression reads its op's scalars, K.
bool readsScalars(const std::string& expression);

/// The expression with its scalars one place further from the block's end: K becomes K1, K1 becomes K2, ..
std::string withScalarsShifted(const std::string& expression);

}  // namespace texflow
