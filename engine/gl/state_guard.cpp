#include "gl/state_guard.h"

#include <cstddef>

#include "gl/gl.h"

namespace texflow {
namespace {

constexpr std::array<GLenum, 7> kCapabilities = {GL_BLEND,
                                                 GL_DEPTH_TEST,
                                                 GL_SCISSOR_TEST,
                                                 GL_STENCIL_TEST,
                                                 GL_CULL_FACE,
                                                 GL_RASTERIZER_DISCARD,
                                                 GL_SAMPLE_ALPHA_TO_COVERAGE};

struct PixelStore {
  GLenum name;
  GLint value;  // The engine's.
};
constexpr std::array<PixelStore, 10> kPixelStore = {{{GL_UNPACK_ALIGNMENT, 4},
                                                     {GL_UNPACK_ROW_LENGTH, 0},
                                                     {GL_UNPACK_IMAGE_HEIGHT, 0},
                                                     {GL_UNPACK_SKIP_PIXELS, 0},
                                                     {GL_UNPACK_SKIP_ROWS, 0},
                                                     {GL_UNPACK_SKIP_IMAGES, 0},
                                                     {GL_PACK_ALIGNMENT, 4},
                                                     {GL_PACK_ROW_LENGTH, 0},
                                                     {GL_PACK_SKIP_PIXELS, 0},
                                                     {GL_PACK_SKIP_ROWS, 0}}};

int driverInt(GLenum name) {
  GLint value = 0;
  glGetIntegerv(name, &value);
  return value;
}

GLuint name(int value) { return static_cast<GLuint>(value); }

}  // namespace

void applyEngineState(int units) {
  for (const GLenum capability : kCapabilities) glDisable(capability);
  glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
  for (const PixelStore& store : kPixelStore) glPixelStorei(store.name, store.value);
  glActiveTexture(GL_TEXTURE0);  // Textures are made on the active unit, which must be one that a guard saves.
  for (int unit = 0; unit < units; ++unit) glBindSampler(name(unit), 0);
}

StateGuard::StateGuard(int units) : units_(static_cast<std::size_t>(units)) {
  glGetIntegerv(GL_VIEWPORT, viewport_.data());
  for (std::size_t i = 0; i < kCapabilities.size(); ++i) enabled_[i] = glIsEnabled(kCapabilities[i]);
  glGetBooleanv(GL_COLOR_WRITEMASK, colorMask_.data());
  for (std::size_t i = 0; i < kPixelStore.size(); ++i) pixelStore_[i] = driverInt(kPixelStore[i].name);
  program_ = driverInt(GL_CURRENT_PROGRAM);
  vertexArray_ = driverInt(GL_VERTEX_ARRAY_BINDING);
  drawFramebuffer_ = driverInt(GL_DRAW_FRAMEBUFFER_BINDING);
  readFramebuffer_ = driverInt(GL_READ_FRAMEBUFFER_BINDING);
  uniformBuffer_ = driverInt(GL_UNIFORM_BUFFER_BINDING);
  packBuffer_ = driverInt(GL_PIXEL_PACK_BUFFER_BINDING);
  unpackBuffer_ = driverInt(GL_PIXEL_UNPACK_BUFFER_BINDING);
  glGetIntegeri_v(GL_UNIFORM_BUFFER_BINDING, 0, &uniformBuffer0_);
  GLint64 value = 0;
  glGetInteger64i_v(GL_UNIFORM_BUFFER_START, 0, &value);
  uniformOffset0_ = value;
  glGetInteger64i_v(GL_UNIFORM_BUFFER_SIZE, 0, &value);
  uniformSize0_ = value;
  activeTexture_ = driverInt(GL_ACTIVE_TEXTURE);
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
    units_[unit] = {driverInt(GL_TEXTURE_BINDING_2D), driverInt(GL_TEXTURE_BINDING_2D_ARRAY), driverInt(GL_SAMPLER_BINDING)};
  }
  glActiveTexture(name(activeTexture_));
}

StateGuard::~StateGuard() {
  glViewport(viewport_[0], viewport_[1], viewport_[2], viewport_[3]);
  for (std::size_t i = 0; i < kCapabilities.size(); ++i) {
    if (enabled_[i]) glEnable(kCapabilities[i]);
    else glDisable(kCapabilities[i]);
  }
  glColorMask(colorMask_[0], colorMask_[1], colorMask_[2], colorMask_[3]);
  for (std::size_t i = 0; i < kPixelStore.size(); ++i) glPixelStorei(kPixelStore[i].name, pixelStore_[i]);
  glUseProgram(name(program_));
  glBindVertexArray(name(vertexArray_));
  glBindFramebuffer(GL_DRAW_FRAMEBUFFER, name(drawFramebuffer_));
  glBindFramebuffer(GL_READ_FRAMEBUFFER, name(readFramebuffer_));
  if (uniformBuffer0_ != 0 && uniformSize0_ > 0) {
    glBindBufferRange(GL_UNIFORM_BUFFER, 0, name(uniformBuffer0_), static_cast<GLintptr>(uniformOffset0_),
                      static_cast<GLsizeiptr>(uniformSize0_));
  } else {
    glBindBufferBase(GL_UNIFORM_BUFFER, 0, name(uniformBuffer0_));
  }
  glBindBuffer(GL_UNIFORM_BUFFER, name(uniformBuffer_));
  glBindBuffer(GL_PIXEL_PACK_BUFFER, name(packBuffer_));
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, name(unpackBuffer_));
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
    glBindTexture(GL_TEXTURE_2D, name(units_[unit].texture2D));
    glBindTexture(GL_TEXTURE_2D_ARRAY, name(units_[unit].textureArray));
    glBindSampler(static_cast<GLuint>(unit), name(units_[unit].sampler));
  }
  glActiveTexture(name(activeTexture_));
}

}  // namespace texflow
