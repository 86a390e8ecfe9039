// Float textures: NEAREST, clamped, one level, immutable size.
#pragma once
#include <cstddef>

namespace texflow {

/// A 2D RGBA texture, for weights. Texels can only be uploaded, not rendered.
class Texture2D {
 public:
  Texture2D() = default;
  /// `format` is GL_RGBA32F or GL_RGBA16F.
  Texture2D(unsigned format, int width, int height);
  ~Texture2D();
  Texture2D(Texture2D&& other) noexcept;
  Texture2D& operator=(Texture2D&& other) noexcept;

  unsigned id() const { return id_; }
  int width() const { return width_; }
  int height() const { return height_; }
  /// Bytes of its storage.
  std::size_t bytes() const;
  /// Uploads `rows` whole lines from `firstRow`; `rgba` has width * rows * 4 floats.
  void upload(int firstRow, int rows, const float* rgba);
  void bind(int unit) const;

 private:
  unsigned id_ = 0, format_ = 0;
  int width_ = 0, height_ = 0;
};

/// A 2D-array RGBA texture whose layers are the stripes of a tensor.
class TextureArray {
 public:
  TextureArray() = default;
  TextureArray(unsigned format, int width, int height, int layers);
  ~TextureArray();
  TextureArray(TextureArray&& other) noexcept;
  TextureArray& operator=(TextureArray&& other) noexcept;

  unsigned id() const { return id_; }
  int width() const { return width_; }
  int height() const { return height_; }
  int layers() const { return layers_; }
  std::size_t bytes() const;
  /// Uploads `width` x `height` texels from the left of line `firstLine` of `layers` layers; `rgba` has
  /// layers * width * height * 4 floats, layer by layer.
  void upload(int firstLayer, int layers, int width, int height, const float* rgba, int firstLine = 0);
  void bind(int unit) const;

 private:
  unsigned id_ = 0, format_ = 0;
  int width_ = 0, height_ = 0, layers_ = 0;
};

}  // namespace texflow
