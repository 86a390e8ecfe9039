#include "gl/fence.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"

namespace texflow {

Fence::~Fence() {
  if (sync_ && !ForgetObjects::active()) glDeleteSync(static_cast<GLsync>(sync_));
}

Fence::Fence(Fence&& other) noexcept : sync_(std::exchange(other.sync_, nullptr)) {}

Fence& Fence::operator=(Fence&& other) noexcept {
  std::swap(sync_, other.sync_);
  return *this;
}

Fence Fence::issue() {
  Fence fence;
  fence.sync_ = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  glFlush();  // A fence that is still in the client's queue never signals.
  return fence;
}

bool Fence::reached() const {
  if (!sync_) return false;
  const GLenum state = glClientWaitSync(static_cast<GLsync>(sync_), 0, 0);
  return state == GL_ALREADY_SIGNALED || state == GL_CONDITION_SATISFIED;
}

}  // namespace texflow
