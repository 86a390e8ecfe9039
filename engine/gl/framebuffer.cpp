#include "gl/framebuffer.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"
#include "gl/texture.h"

namespace texflow {

Framebuffer::Framebuffer(const TextureArray& texture) : Framebuffer(texture, 0, texture.layers()) {}

Framebuffer::Framebuffer(const TextureArray& texture, int firstLayer, int layers) {
  glGenFramebuffers(1, &id_);
  glBindFramebuffer(GL_FRAMEBUFFER, id_);
  GLenum buffers[16];
  for (int i = 0; i < layers && i < 16; ++i) {
    buffers[i] = GL_COLOR_ATTACHMENT0 + static_cast<GLenum>(i);
    glFramebufferTextureLayer(GL_FRAMEBUFFER, buffers[i], texture.id(), 0, firstLayer + i);
  }
  glDrawBuffers(layers, buffers);
}

Framebuffer::~Framebuffer() {
  if (id_ && !ForgetObjects::active()) glDeleteFramebuffers(1, &id_);
}

Framebuffer::Framebuffer(Framebuffer&& other) noexcept : id_(std::exchange(other.id_, 0)) {}

Framebuffer& Framebuffer::operator=(Framebuffer&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

bool Framebuffer::complete() const {
  glBindFramebuffer(GL_FRAMEBUFFER, id_);
  return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

void Framebuffer::bind() const { glBindFramebuffer(GL_FRAMEBUFFER, id_); }

void Framebuffer::setArea(int width, int height, int firstLine) { glViewport(0, firstLine, width, height); }

void Framebuffer::read(int layer, int width, int height, float* rgba, int firstLine) const {
  glBindFramebuffer(GL_FRAMEBUFFER, id_);
  glReadBuffer(GL_COLOR_ATTACHMENT0 + static_cast<GLenum>(layer));
  glReadPixels(0, firstLine, width, height, GL_RGBA, GL_FLOAT, rgba);
}

}  // namespace texflow
