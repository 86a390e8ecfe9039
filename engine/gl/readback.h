// Reading texels back without waiting: pixel-pack buffer and fence.
#pragma once
#include <cstddef>

#include "gl/buffer.h"
#include "gl/fence.h"
#include "texflow/status.h"

namespace texflow {

class Framebuffer;

/// One transfer at a time; start() again reuses the memory. The context must be current in every call.
class Readback {
 public:
  /// Queues the copy of `width` x `height` texels from the left of line `firstLine` of the first `layers` layers. Does not
  /// wait.
  void start(const Framebuffer& framebuffer, int layers, int width, int height, int firstLine = 0);
  /// Whether data() would return at once. In browsers it turns true only after control went back to the event loop.
  bool ready() const;
  /// Copies the texels, layer after layer, 4 floats each, to `rgba`; waits when the transfer is not ready.
  Status data(float* rgba) const;
  /// Floats that data() writes.
  std::size_t floats() const { return floats_; }

 private:
  PixelPackBuffer buffer_;
  Fence fence_;
  std::size_t floats_ = 0;
};

}  // namespace texflow
