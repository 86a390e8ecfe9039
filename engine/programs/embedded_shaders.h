// The files of shaders/ as text, embedded at build time.
#pragma once
#include <span>
#include <string_view>

namespace texflow {

struct EmbeddedShader {
  std::string_view name;  ///< File name without ".glsl".
  std::string_view text;
};

/// All embedded shaders, sorted by name.
std::span<const EmbeddedShader> embeddedShaders();

}  // namespace texflow
