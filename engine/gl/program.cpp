#include "gl/program.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"
#include "gl/state_guard.h"

namespace texflow {
namespace {

// KHR_parallel_shader_compile; not in the GLES3 headers of browser builds.
constexpr GLenum kCompletionStatus = 0x91B1;

}  // namespace

Shader::Shader(unsigned type, const std::string& source) : id_(glCreateShader(type)) {
  const char* text = source.data();
  const GLint length = static_cast<GLint>(source.size());
  glShaderSource(id_, 1, &text, &length);
  glCompileShader(id_);
}

Shader::~Shader() {
  if (id_ && !ForgetObjects::active()) glDeleteShader(id_);
}

Shader::Shader(Shader&& other) noexcept : id_(std::exchange(other.id_, 0)) {}

Shader& Shader::operator=(Shader&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

std::string Shader::errorLog() const {
  GLint compiled = 0, length = 0;
  glGetShaderiv(id_, GL_COMPILE_STATUS, &compiled);
  if (compiled) return {};
  glGetShaderiv(id_, GL_INFO_LOG_LENGTH, &length);
  std::string log(static_cast<std::size_t>(length > 0 ? length : 1), '\0');
  GLsizei written = 0;
  glGetShaderInfoLog(id_, static_cast<GLsizei>(log.size()), &written, log.data());
  log.resize(static_cast<std::size_t>(written));
  return log.empty() ? "the driver gave no log" : log;
}

Program::~Program() {
  if (id_ && !ForgetObjects::active()) glDeleteProgram(id_);
}

Program::Program(Program&& other) noexcept
    : id_(std::exchange(other.id_, 0)), fragment_(std::move(other.fragment_)), label_(std::move(other.label_)) {}

Program& Program::operator=(Program&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(fragment_, other.fragment_);
  std::swap(label_, other.label_);
  return *this;
}

void Program::issueCompile(std::string label, const std::string& fragmentSource) {
  label_ = std::move(label);
  fragment_ = Shader(GL_FRAGMENT_SHADER, fragmentSource);
}

void Program::issueLink(const Shader& vertexShader, bool retrievable) {
  if (id_) glDeleteProgram(id_);  // A binary that was refused.
  id_ = glCreateProgram();
  if (retrievable) glProgramParameteri(id_, GL_PROGRAM_BINARY_RETRIEVABLE_HINT, GL_TRUE);
  glAttachShader(id_, vertexShader.id());
  glAttachShader(id_, fragment_.id());
  glLinkProgram(id_);
}

void Program::loadBinary(std::string label, unsigned format, const std::vector<std::byte>& bytes) {
  label_ = std::move(label);
  id_ = glCreateProgram();
  glProgramBinary(id_, format, bytes.data(), static_cast<GLsizei>(bytes.size()));
  glGetError();  // An unknown format is an error and a failed link; the link status is enough.
}

bool Program::linked() const {
  GLint linked = GL_FALSE;
  glGetProgramiv(id_, GL_LINK_STATUS, &linked);
  return linked == GL_TRUE;
}

std::vector<std::byte> Program::binary(unsigned& format) const {
  GLint length = 0;
  glGetProgramiv(id_, GL_PROGRAM_BINARY_LENGTH, &length);
  if (length <= 0) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(length));
  GLsizei written = 0;
  glGetProgramBinary(id_, length, &written, &format, bytes.data());
  bytes.resize(static_cast<std::size_t>(written > 0 ? written : 0));
  return bytes;
}

bool Program::complete(bool parallelCompile) const {
  if (!parallelCompile) return true;
  GLint done = GL_FALSE;
  glGetProgramiv(id_, kCompletionStatus, &done);
  return done == GL_TRUE;
}

Status Program::finish(const Shader& vertexShader, int inputs) {
  if (!linked()) {
    std::string log = fragment_.errorLog();
    if (log.empty()) log = vertexShader.errorLog();
    if (log.empty()) {
      GLint length = 0;
      glGetProgramiv(id_, GL_INFO_LOG_LENGTH, &length);
      log.resize(static_cast<std::size_t>(length > 0 ? length : 1));
      GLsizei written = 0;
      glGetProgramInfoLog(id_, static_cast<GLsizei>(log.size()), &written, log.data());
      log.resize(static_cast<std::size_t>(written));
    }
    return Status::unsupported("The driver refused program '" + label_ + "': " + log);
  }
  glUseProgram(id_);
  // The block of parameters is bound to 0 from the start.
  for (int i = 0; i < inputs; ++i) {
    glUniform1i(glGetUniformLocation(id_, ("in" + std::to_string(i)).c_str()), i);
  }
  // Samplers of other types must not share unit 0, so `weights` moves even where it is the only one.
  glUniform1i(glGetUniformLocation(id_, "weights"), inputs);
  glUniform1i(glGetUniformLocation(id_, "params"), kParamsUnit);
  if (fragment_.id()) {  // Not from a binary.
    glDetachShader(id_, vertexShader.id());
    glDetachShader(id_, fragment_.id());
    fragment_ = Shader();
  }
  return {};
}

void Program::use() const { glUseProgram(id_); }

}  // namespace texflow
