// Assembles the GLSL of a program from its key and the embedded shaders.
#pragma once
#include <string>

#include "programs/program_key.h"
#include "texflow/status.h"

namespace texflow {

/// The vertex shader of every program: one triangle that covers the viewport, from gl_VertexID alone.
std::string vertexSource(bool es);
/// `#version`, precision, the defines P, INPUTS, PARAMS and the kernel's, samplers, outputs, WRITE, tensor.glsl, the kernel.
/// A line `#include "name.glsl"` of a kernel is replaced by that file, once per program.
Result<std::string> fragmentSource(const ProgramKey& key);

}  // namespace texflow
