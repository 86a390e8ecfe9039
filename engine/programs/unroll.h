// Loops over the layers of a texel group, written out.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace texflow {

/// Writes out every "for (int i = 0; i < BOUND; ++i)" whose bound is made of numbers, names of `constants` and names that a
/// "#define" of the source makes of such. Loops that hold `break` or `continue` stay, and EACH_RESULT (shaders/tensor.glsl).
/// Drivers that do not unroll loops themselves (SwiftShader) otherwise keep the arrays that such loops index in memory: its
/// kernels took 3 to 5 times as long.
std::string unrollLoops(std::string_view source, std::map<std::string, int, std::less<>> constants);

}  // namespace texflow
