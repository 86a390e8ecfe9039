// Shaders and programs with compile, link and status query as separate steps, so that drivers can work on many at once.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "texflow/status.h"

namespace texflow {

/// A shader object. Errors surface when a program that uses it finishes.
class Shader {
 public:
  Shader() = default;
  /// Starts the compile; `type` is GL_VERTEX_SHADER or GL_FRAGMENT_SHADER.
  Shader(unsigned type, const std::string& source);
  ~Shader();
  Shader(Shader&& other) noexcept;
  Shader& operator=(Shader&& other) noexcept;

  unsigned id() const { return id_; }
  /// Waits for the compile; the driver's log, empty when it succeeded.
  std::string errorLog() const;

 private:
  unsigned id_ = 0;
};

/// A program of the shared vertex shader and one fragment shader.
class Program {
 public:
  Program() = default;
  ~Program();
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;

  /// Starts the compile of the fragment shader. `label` names the program in errors.
  void issueCompile(std::string label, const std::string& fragmentSource);
  /// Starts the link; `vertexShader` must outlive finish(). `retrievable`: binary() will be asked for.
  void issueLink(const Shader& vertexShader, bool retrievable = false);
  /// Takes a linked program instead of compile and link. The driver may refuse it: ask linked() before finish().
  void loadBinary(std::string label, unsigned format, const std::vector<std::byte>& bytes);
  /// Waits for the link; whether it succeeded.
  bool linked() const;
  /// The linked program for loadBinary(); empty when the driver gives none.
  std::vector<std::byte> binary(unsigned& format) const;
  /// Whether finish() would return at once. Asks the driver only with KHR_parallel_shader_compile; true without it.
  bool complete(bool parallelCompile) const;
  /// Waits for compile and link, then binds block Params to 0, samplers in0.. to units 0.., weights to the unit after and
  /// params to kParamsUnit. Leaves the program in use.
  Status finish(const Shader& vertexShader, int inputs);

  unsigned id() const { return id_; }
  void use() const;

 private:
  unsigned id_ = 0;
  Shader fragment_;
  std::string label_;
};

}  // namespace texflow
