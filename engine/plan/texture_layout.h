// Where the elements of a tensor live in its texture. The only place, with shaders/tensor.glsl, that knows the striping.
#pragma once
#include <array>

#include "texflow/tensor.h"

namespace texflow {

inline constexpr int kMostStripes = 8;

/// A tensor [.., W, C] is `rows` image lines of W pixels with C channels; four channels share a texel, and P consecutive
/// pixels of a line (or, when W is 1, P consecutive channel blocks) lie in the P layers of a 2D-array texture.
///
///   s = x (pixels striped) or block (blocks striped);   layer = s mod P
///   g = q * groups + s div P        q = row (pixels striped) or row * W + x (blocks striped)
///   column = g mod textureWidth     line = (g div textureWidth) * bandHeight + (block, when pixels are striped)
///
/// Arrangement B of docs/decisions/0001-texture-layout.md.
struct TextureLayout {
  std::int64_t rows = 1, width = 1, channels = 1;  ///< The canonical view of the shape.
  std::int64_t blocks = 1;                         ///< ceil(channels / 4)
  int stripes = 1;                                 ///< P: layers of the texture.
  bool stripesBlocks = false;                      ///< Channel blocks instead of pixels lie across the layers.
  std::int64_t groups = 1;                         ///< Striped positions per line, ceil(W / P) or ceil(blocks / P).
  int textureWidth = 1, textureHeight = 1;         ///< Texels used of each layer.

  /// Floats of one tensor in a draw's parameter block; shaders/tensor.glsl reads them in this order (4 vec4).
  using Params = std::array<float, 16>;
  /// `physicalWidth/Height`: size of the texture that holds the tensor, at least textureWidth x textureHeight.
  /// `firstLine`: where it begins in that texture.
  Params params(int physicalWidth, int physicalHeight, int firstLine = 0) const;

  std::int64_t texels() const { return std::int64_t{textureWidth} * textureHeight * stripes; }
  friend bool operator==(const TextureLayout&, const TextureLayout&) = default;
};

/// Width or height of a texture that shall hold `size` texels: the next number that is no power of two. Mesa's llvmpipe
/// compiles a program again for every combination of its samplers' sizes being powers of two or not
/// (lp_static_texture_state); a program that has drawn once must never be compiled in a run.
constexpr int textureExtent(int size) {
  while ((size & (size - 1)) == 0) ++size;
  return size;
}

enum class Striping { kAuto, kPixels };  ///< kPixels: stripe pixels even when W is 1 (convolutions that write narrow lines).

/// What layouts are made by, besides shapes.
struct LayoutRules {
  int stripes = 8;
  int maxTextureSize = 4096;
  /// Texels of a line in most textures: wide enough for any rasterizer, narrow enough that tensors of all sizes share them.
  int lineTexels = 160;
};

/// Layout of `shape`; kUnsupported when it exceeds the largest texture.
Result<TextureLayout> layoutFor(const Shape& shape, const LayoutRules& rules, Striping striping = Striping::kAuto);

/// Packs row-major host values (any numeric dtype, as float) into RGBA texels and back. `texels` has 4 * layout.texels()
/// floats.
void packTexels(const Tensor& tensor, const TextureLayout& layout, float* texels);
void unpackTexels(const float* texels, const TextureLayout& layout, Tensor& into);

}  // namespace texflow
