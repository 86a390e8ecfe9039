#include "plan/texture_layout.h"

#include <algorithm>

namespace texflow {
namespace {

std::int64_t divideUp(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Calls visit(element index, float index in the texel array) for every element.
template <class Visit>
void forEachElement(const TextureLayout& layout, Visit visit) {
  // Blocks of a pixel lie one line apart where pixels are striped; then one address serves them all.
  const std::int64_t blockStep = layout.stripesBlocks ? 0 : std::int64_t{4} * layout.textureWidth;
  std::int64_t element = 0;
  for (std::int64_t row = 0; row < layout.rows; ++row)
    for (std::int64_t x = 0; x < layout.width; ++x) {
      const std::int64_t first = layout.texel(row, x, 0) * 4;
      for (std::int64_t block = 0; block < layout.blocks; ++block) {
        const std::int64_t at = layout.stripesBlocks ? layout.texel(row, x, block) * 4 : first + block * blockStep;
        const std::int64_t lanes = std::min<std::int64_t>(4, layout.channels - block * 4);
        for (std::int64_t lane = 0; lane < lanes; ++lane) visit(element++, at + lane);
      }
    }
}

}  // namespace

std::int64_t TextureLayout::texel(std::int64_t row, std::int64_t x, std::int64_t block) const {
  const std::int64_t s = stripesBlocks ? block : x;
  const std::int64_t q = stripesBlocks ? row * width + x : row;
  const std::int64_t g = q * groups + s / stripes;
  const std::int64_t band = g / textureWidth;
  const std::int64_t line = stripesBlocks ? band : band * blocks + block;
  return ((s % stripes) * textureHeight + line) * textureWidth + g % textureWidth;
}

TextureLayout::Params TextureLayout::params(int physicalWidth, int physicalHeight, int firstLine) const {
  const auto f = [](auto value) { return static_cast<float>(value); };
  const float pixels = stripesBlocks ? 0 : 1, blocksStriped = stripesBlocks ? 1 : 0;
  return {f(stripesBlocks ? width * groups : groups),
          f(stripesBlocks ? groups : 0),
          pixels,
          blocksStriped,
          f(textureWidth),
          f(stripesBlocks ? 1 : blocks),
          f(firstLine),
          f(groups),
          1 / f(physicalWidth),
          1 / f(physicalHeight),
          1 / f(textureWidth),
          f(stripesBlocks ? width : 1),
          f(rows),
          f(width),
          f(blocks),
          f(channels)};
}

Result<TextureLayout> layoutFor(const Shape& shape, const LayoutRules& rules, Striping striping) {
  const int stripes = rules.stripes, maxTextureSize = rules.maxTextureSize;
  const std::int64_t lineTexels = rules.lineTexels;
  TextureLayout layout;
  const std::size_t rank = shape.size();
  if (rank >= 1) layout.channels = shape[rank - 1];
  if (rank >= 2) layout.width = shape[rank - 2];
  for (std::size_t i = 0; i + 2 < rank; ++i) layout.rows *= shape[i];
  layout.blocks = std::max<std::int64_t>(1, divideUp(layout.channels, 4));
  layout.stripes = stripes;
  layout.stripesBlocks = (layout.width == 1 && striping == Striping::kAuto) || layout.blocks > maxTextureSize;
  layout.groups = std::max<std::int64_t>(1, divideUp(layout.stripesBlocks ? layout.blocks : layout.width, stripes));
  const std::int64_t lines = std::max<std::int64_t>(1, layout.stripesBlocks ? layout.rows * layout.width : layout.rows);
  const std::int64_t bandHeight = layout.stripesBlocks ? 1 : layout.blocks;
  const std::int64_t positions = lines * layout.groups;
  // Whole lines per band wherever a line fits: kernels then step along a line without asking where it continues.
  const auto wholeLines = [&](std::int64_t width) { return width / layout.groups * layout.groups; };
  const std::int64_t folded = layout.stripesBlocks ? lineTexels : layout.groups;
  std::int64_t width = std::min(positions, std::max(wholeLines(lineTexels), folded));
  while (width < maxTextureSize && divideUp(positions, width) * bandHeight > maxTextureSize) width *= 2;
  if (width > maxTextureSize) width = wholeLines(maxTextureSize);
  if (width == 0) width = maxTextureSize;
  const std::int64_t height = divideUp(positions, width) * bandHeight;
  if (height > maxTextureSize)
    return Status::unsupported("A tensor of shape " + shapeText(shape) + " needs a texture of " + std::to_string(width) +
                               "x" + std::to_string(height) + " texels; this device's limit is " +
                               std::to_string(maxTextureSize) + ".");
  layout.textureWidth = static_cast<int>(width);
  layout.textureHeight = static_cast<int>(height);
  return layout;
}

void packTexels(const Tensor& tensor, const TextureLayout& layout, float* texels) {
  std::fill(texels, texels + layout.texels() * 4, 0.0f);
  if (tensor.dtype() == DType::kFloat32) {
    const float* from = tensor.data<float>();
    forEachElement(layout, [&](std::int64_t i, std::int64_t at) { texels[at] = from[i]; });
  } else {
    forEachElement(layout, [&](std::int64_t i, std::int64_t at) { texels[at] = static_cast<float>(tensor.number(i)); });
  }
}

void unpackTexels(const float* texels, const TextureLayout& layout, Tensor& tensor) {
  const DType dtype = tensor.dtype();
  if (dtype == DType::kFloat32) {
    float* to = tensor.mutableData<float>();
    forEachElement(layout, [&](std::int64_t i, std::int64_t at) { to[i] = texels[at]; });
  } else if (dtype == DType::kInt32) {
    auto* to = tensor.mutableData<std::int32_t>();
    forEachElement(layout, [&](std::int64_t i, std::int64_t at) {
      const float value = texels[at];  // Rounded away from zero at one half; NaN and out-of-range values become 0.
      to[i] = value > -2147483648.0f && value < 2147483648.0f ? static_cast<std::int32_t>(value + (value < 0 ? -0.5f : 0.5f))
                                                              : 0;
    });
  } else if (dtype == DType::kBool) {
    auto* to = tensor.mutableData<std::uint8_t>();
    forEachElement(layout, [&](std::int64_t i, std::int64_t at) { to[i] = texels[at] != 0; });
  }
}

Tensor unpackTexels(const float* texels, const TextureLayout& layout, DType dtype, const Shape& shape) {
  Tensor tensor(dtype, shape);
  unpackTexels(texels, layout, tensor);
  return tensor;
}

}  // namespace texflow
