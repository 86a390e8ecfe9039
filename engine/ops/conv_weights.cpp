#include "ops/conv_weights.h"

#include <algorithm>

namespace texflow {
namespace {

float valueOr(const std::vector<float>& values, std::int64_t i, float fallback) {
  return i < static_cast<std::int64_t>(values.size()) ? values[static_cast<std::size_t>(i)] : fallback;
}

}  // namespace

WeightFold foldWeights(std::int64_t inChannels, int maxTextureSize) {
  const std::int64_t blocks = (inChannels + 3) / 4, fit = std::max(1, (maxTextureSize - kWeightHeader) / 4);
  const std::int64_t segments = (blocks + fit - 1) / fit;
  return {(blocks + segments - 1) / segments, segments};
}

WeightTexels packConvWeights(const FilterView& filter, const FoldedEpilogue& epilogue, const WeightFold& fold) {
  const std::int64_t outBlocks = (filter.outChannels + 3) / 4;
  WeightTexels packed;
  packed.width = textureExtent(static_cast<int>(kWeightHeader + 4 * fold.blocks));
  packed.height = textureExtent(static_cast<int>(outBlocks * filter.taps * fold.segments));
  packed.texels.assign(static_cast<std::size_t>(packed.width) * static_cast<std::size_t>(packed.height) * 4, 0.0F);
  const std::int64_t lineFloats = std::int64_t{4} * packed.width;
  for (std::int64_t o = 0; o < filter.outChannels; ++o) {
    const std::int64_t blockLine = o / 4 * filter.taps * fold.segments;
    const float scale = valueOr(epilogue.scale, o, 1);
    float* header = packed.texels.data() + blockLine * lineFloats + o % 4;
    header[0] = valueOr(epilogue.bias, o, 0);
    header[4] = valueOr(epilogue.alpha, o, 1);
    for (std::int64_t tap = 0; tap < filter.taps; ++tap) {
      const float* source = filter.values.data<float>() + tap * filter.tapStride + o * filter.outStride;
      for (std::int64_t c = 0; c < filter.inChannels; ++c) {
        const std::int64_t block = c / 4, line = blockLine + tap * fold.segments + block / fold.blocks;
        const std::int64_t column = kWeightHeader + 4 * (block % fold.blocks) + c % 4;
        packed.texels[static_cast<std::size_t>(line * lineFloats + column * 4 + o % 4)] =
            source[c * filter.inStride] * scale;
      }
    }
  }
  return packed;
}

WeightTexels packDepthwiseWeights(const Tensor& values, std::int64_t taps, std::int64_t channels,
                                  const FoldedEpilogue& epilogue) {
  WeightTexels packed;
  packed.width = textureExtent(static_cast<int>((channels + 3) / 4));
  packed.height = textureExtent(static_cast<int>(taps + kWeightHeader));
  const std::int64_t lineFloats = std::int64_t{4} * packed.width;
  packed.texels.assign(static_cast<std::size_t>(lineFloats * packed.height), 0.0F);
  for (std::int64_t c = 0; c < channels; ++c) {
    const float scale = valueOr(epilogue.scale, c, 1);
    float* column = packed.texels.data() + c;
    column[0] = valueOr(epilogue.bias, c, 0);
    column[lineFloats] = valueOr(epilogue.alpha, c, 1);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      column[(kWeightHeader + tap) * lineFloats] = values.data<float>()[tap * channels + c] * scale;
    }
  }
  return packed;
}

}  // namespace texflow
