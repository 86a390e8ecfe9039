// A framebuffer that draws into layers of an array texture at once.
#pragma once
#include "texflow/status.h"

namespace texflow {

class TextureArray;

class Framebuffer {
 public:
  Framebuffer() = default;
  /// Attaches layer j of `texture` to colour attachment j and enables all of them for drawing. The texture must outlive
  /// this object. Leaves the framebuffer bound.
  explicit Framebuffer(const TextureArray& texture);
  /// The same for `layers` layers from `firstLayer` on.
  Framebuffer(const TextureArray& texture, int firstLayer, int layers);
  ~Framebuffer();
  Framebuffer(Framebuffer&& other) noexcept;
  Framebuffer& operator=(Framebuffer&& other) noexcept;

  unsigned id() const { return id_; }
  /// Whether the driver renders to these attachments. Costs a driver query: not for steady state.
  bool complete() const;
  /// Binds for drawing and reading.
  void bind() const;
  /// Lets draws cover the `width` x `height` texels from the left of line `firstLine`, in whatever is bound.
  static void setArea(int width, int height, int firstLine = 0);
  /// Waits for the GPU and copies those texels of `layer`, 4 floats each, to `rgba`.
  void read(int layer, int width, int height, float* rgba, int firstLine = 0) const;

 private:
  unsigned id_ = 0;
};

}  // namespace texflow
