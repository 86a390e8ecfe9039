// Shader sources without what they do not call.
#pragma once
#include <string>
#include <string_view>

namespace texflow {

/// `source` without the functions that neither main() nor a macro, nor a function that stays, names. Browsers and drivers
/// parse, check and translate every function that they are given. The source must have no comments, and braces of a function
/// must match whatever its #if lines choose.
std::string withUsedFunctions(std::string_view source);

}  // namespace texflow
