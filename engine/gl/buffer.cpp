#include "gl/buffer.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"

namespace texflow {
UniformBuffer::UniformBuffer(const void* data, std::size_t bytes) {
  glGenBuffers(1, &id_);
  glBindBuffer(GL_UNIFORM_BUFFER, id_);
  glBufferData(GL_UNIFORM_BUFFER, static_cast<GLsizeiptr>(bytes), data, GL_STATIC_DRAW);
}

UniformBuffer::~UniformBuffer() {
  if (id_ && !ForgetObjects::active()) glDeleteBuffers(1, &id_);
}

UniformBuffer::UniformBuffer(UniformBuffer&& other) noexcept : id_(std::exchange(other.id_, 0)) {}

UniformBuffer& UniformBuffer::operator=(UniformBuffer&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

void UniformBuffer::bindRange(std::size_t offset, std::size_t bytes) const {
  glBindBufferRange(GL_UNIFORM_BUFFER, 0, id_, static_cast<GLintptr>(offset), static_cast<GLsizeiptr>(bytes));
}

PixelPackBuffer::PixelPackBuffer(std::size_t bytes) : bytes_(bytes) {
  glGenBuffers(1, &id_);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, id_);
  glBufferData(GL_PIXEL_PACK_BUFFER, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_READ);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
}

PixelPackBuffer::~PixelPackBuffer() {
  if (id_ && !ForgetObjects::active()) glDeleteBuffers(1, &id_);
}

PixelPackBuffer::PixelPackBuffer(PixelPackBuffer&& other) noexcept
    : id_(std::exchange(other.id_, 0)), bytes_(std::exchange(other.bytes_, 0)) {}

PixelPackBuffer& PixelPackBuffer::operator=(PixelPackBuffer&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

bool PixelPackBuffer::copyTo(void* to, std::size_t bytes) const {
  glBindBuffer(GL_PIXEL_PACK_BUFFER, id_);
  const bool copied = copyBoundPackBuffer(to, static_cast<GLsizeiptr>(bytes));
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  return copied;
}

}  // namespace texflow
