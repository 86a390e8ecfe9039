#include "gl/readback.h"

#include "gl/framebuffer.h"
#include "gl/gl.h"

namespace texflow {

void Readback::start(const Framebuffer& framebuffer, int layers, int width, int height, int firstLine) {
  fence_ = Fence();
  const std::size_t layerFloats = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
  floats_ = layerFloats * static_cast<std::size_t>(layers);
  if (buffer_.bytes() < floats_ * sizeof(float)) buffer_ = PixelPackBuffer(floats_ * sizeof(float));
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer.id());
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_.id());
  for (int layer = 0; layer < layers; ++layer) {
    glReadBuffer(GL_COLOR_ATTACHMENT0 + static_cast<GLenum>(layer));
    const std::size_t offset = layerFloats * static_cast<std::size_t>(layer) * sizeof(float);
    glReadPixels(0, firstLine, width, height, GL_RGBA, GL_FLOAT, reinterpret_cast<void*>(offset));
  }
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  fence_ = Fence::issue();
}

bool Readback::ready() const { return fence_.reached(); }

Status Readback::data(float* rgba) const {
  if (!fence_) return Status::invalid("The readback was not started.");
  if (!buffer_.copyTo(rgba, floats_ * sizeof(float))) {
    return Status::unsupported("The driver cannot give the pixels of a readback to the host; the context may be lost.");
  }
  return {};
}

}  // namespace texflow
