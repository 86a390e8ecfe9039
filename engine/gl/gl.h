// The GL declarations of this platform. Every use of GL includes this file; it is the only place that tells platforms apart.
#pragma once
#if defined(__EMSCRIPTEN__)
#include <GLES3/gl3.h>
extern "C" void glGetBufferSubData(GLenum target, long offset, long size, void* data);
#else
#include <glad/gl.h>

#include <cstring>
#endif

namespace texflow {

/// Copies the first `bytes` of the bound pixel-pack buffer. False when the driver cannot give them.
inline bool copyBoundPackBuffer(void* to, GLsizeiptr bytes) {
#if defined(__EMSCRIPTEN__)
  glGetBufferSubData(GL_PIXEL_PACK_BUFFER, 0, bytes, to);  // WebGL cannot map buffers.
  return true;
#else
  const void* from = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, bytes, GL_MAP_READ_BIT);
  if (!from) return false;
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
  return glUnmapBuffer(GL_PIXEL_PACK_BUFFER) == GL_TRUE;
#endif
}

}  // namespace texflow
