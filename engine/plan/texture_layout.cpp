#include "plan/texture_layout.h"

#include <algorithm>
#include <cstring>

namespace texflow {
namespace {

std::int64_t divideUp(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Calls visit(element index, float index in the texel array, elements) for every texel. Addresses are counted on instead of
// divided out: this is the whole cost of an input or output in browsers.
template <class Visit>
void forEachTexel(const TextureLayout& layout, Visit visit) {
  const std::int64_t textureFloats = std::int64_t{4} * layout.textureWidth * layout.textureHeight;
  const std::int64_t lineFloats = std::int64_t{4} * layout.textureWidth;
  const std::int64_t positions = layout.stripesBlocks ? layout.blocks : layout.width;
  const std::int64_t rows = layout.stripesBlocks ? layout.rows * layout.width : layout.rows;
  const std::int64_t bandLines = layout.stripesBlocks ? 1 : layout.blocks;
  std::int64_t element = 0, column = 0, band = 0;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t first = 0; first < positions; first += layout.stripes) {
      if (column == layout.textureWidth) column = 0, ++band;
      const std::int64_t at = band * bandLines * lineFloats + 4 * column++;
      const std::int64_t stripes = std::min<std::int64_t>(layout.stripes, positions - first);
      for (std::int64_t s = 0; s < stripes; ++s)
        for (std::int64_t line = 0; line < bandLines; ++line) {
          const std::int64_t block = layout.stripesBlocks ? first + s : line;
          const std::int64_t lanes = std::min<std::int64_t>(4, layout.channels - block * 4);
          visit(element, at + s * textureFloats + line * lineFloats, lanes);
          element += lanes;
        }
    }
}

// A copy of 1 to 4 floats, with a length that the compiler knows where there are four.
void copyLanes(float* to, const float* from, std::int64_t lanes) {
  if (lanes == 4) {
    std::memcpy(to, from, 4 * sizeof(float));
    return;
  }
  for (std::int64_t lane = 0; lane < lanes; ++lane) to[lane] = from[lane];
}

// The elements as floats, in `converted` where they are of another type.
const float* floatsOf(const Tensor& tensor, std::vector<float>& converted) {
  if (tensor.dtype() == DType::kFloat32) return tensor.data<float>();
  converted.resize(static_cast<std::size_t>(tensor.size()));
  if (tensor.dtype() == DType::kInt32) {
    const auto* from = tensor.data<std::int32_t>();
    for (std::size_t i = 0; i < converted.size(); ++i) converted[i] = static_cast<float>(from[i]);
  } else {
    for (std::size_t i = 0; i < converted.size(); ++i)
      converted[i] = static_cast<float>(tensor.number(static_cast<std::int64_t>(i)));
  }
  return converted.data();
}

// Rounded away from zero at one half; NaN and out-of-range values become 0.
std::int32_t rounded(float value) {
  return value > -2147483648.0F && value < 2147483648.0F ? static_cast<std::int32_t>(value + (value < 0 ? -0.5F : 0.5F)) : 0;
}

}  // namespace

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
  // One pixel stays on a line for as many channels as with most stripes: as an operand it is found by its column
  // (blockTexel()).
  const bool staysWhole = !layout.stripesBlocks || (lines == 1 && layout.groups * stripes <= lineTexels * kMostStripes);
  const std::int64_t folded = staysWhole ? layout.groups : lineTexels;
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

// One loop for all types: browsers compile it while somebody waits for a run.
void packTexels(const Tensor& tensor, const TextureLayout& layout, float* texels) {
  std::memset(texels, 0, static_cast<std::size_t>(layout.texels()) * 4 * sizeof(float));
  std::vector<float> converted;
  const float* from = floatsOf(tensor, converted);
  forEachTexel(layout,
               [&](std::int64_t i, std::int64_t at, std::int64_t lanes) { copyLanes(texels + at, from + i, lanes); });
}

void unpackTexels(const float* texels, const TextureLayout& layout, Tensor& tensor) {
  std::vector<float> converted;
  const bool isFloat = tensor.dtype() == DType::kFloat32;
  if (!isFloat) converted.resize(static_cast<std::size_t>(tensor.size()));
  float* const to = isFloat ? tensor.mutableData<float>() : converted.data();
  forEachTexel(layout, [&](std::int64_t i, std::int64_t at, std::int64_t lanes) { copyLanes(to + i, texels + at, lanes); });
  if (tensor.dtype() == DType::kInt32)
    std::transform(converted.begin(), converted.end(), tensor.mutableData<std::int32_t>(), rounded);
  else if (tensor.dtype() == DType::kBool)
    std::transform(converted.begin(), converted.end(), tensor.mutableData<std::uint8_t>(), [](float f) { return f != 0; });
}

}  // namespace texflow
