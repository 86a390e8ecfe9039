// Words of shader text. Private to programs/.
#pragma once
#include <cctype>

namespace texflow {

/// Whether names and numbers of GLSL may hold the character.
inline bool isWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace texflow
