// Buffer objects: the parameter blocks of a plan (uniform buffer) and readback memory (pixel-pack buffer).
#pragma once
#include <cstddef>

namespace texflow {

/// An immutable uniform buffer; draws bind ranges of it.
class UniformBuffer {
 public:
  UniformBuffer() = default;
  UniformBuffer(const void* data, std::size_t bytes);
  ~UniformBuffer();
  UniformBuffer(UniformBuffer&& other) noexcept;
  UniformBuffer& operator=(UniformBuffer&& other) noexcept;

  unsigned id() const { return id_; }
  /// Binds a range to block binding 0. `offset` must be a multiple of Caps::uniformOffsetAlignment.
  void bindRange(std::size_t offset, std::size_t bytes) const;

 private:
  unsigned id_ = 0;
};

/// Memory the GPU writes pixels to without the caller waiting.
class PixelPackBuffer {
 public:
  PixelPackBuffer() = default;
  explicit PixelPackBuffer(std::size_t bytes);
  ~PixelPackBuffer();
  PixelPackBuffer(PixelPackBuffer&& other) noexcept;
  PixelPackBuffer& operator=(PixelPackBuffer&& other) noexcept;

  unsigned id() const { return id_; }
  std::size_t bytes() const { return bytes_; }
  /// Copies the first `bytes` to `to`; waits for the GPU if it has not written them. False when the driver cannot map.
  bool copyTo(void* to, std::size_t bytes) const;

 private:
  unsigned id_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace texflow
