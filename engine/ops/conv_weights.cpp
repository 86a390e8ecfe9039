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

void packConvWeights(const FilterView& filter, const FoldedEpilogue& epilogue, const WeightFold& fold, WeightTexels& into) {
  const std::int64_t outBlocks = (filter.outChannels + 3) / 4;
  into.assign(textureExtent(static_cast<int>(kWeightHeader + 4 * fold.blocks)),
              textureExtent(static_cast<int>(outBlocks * filter.taps * fold.segments)), 0);
  const std::int64_t lineFloats = std::int64_t{4} * into.width;
  for (std::int64_t outBlock = 0; outBlock < outBlocks; ++outBlock) {
    const std::int64_t first = outBlock * 4, lanes = std::min<std::int64_t>(4, filter.outChannels - first);
    float scale[4];
    float* header = into.texels.data() + outBlock * filter.taps * fold.segments * lineFloats;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      scale[lane] = valueOr(epilogue.scale, first + lane, 1);
      header[lane] = valueOr(epilogue.bias, first + lane, 0);
      header[4 + lane] = valueOr(epilogue.alpha, first + lane, 1);
    }
    for (std::int64_t tap = 0; tap < filter.taps; ++tap) {
      const float* source = filter.values.data<float>() + tap * filter.tapStride + first * filter.outStride;
      for (std::int64_t segment = 0; segment < fold.segments; ++segment) {
        float* to = header + (tap * fold.segments + segment) * lineFloats + kWeightHeader * 4;
        const std::int64_t begin = segment * fold.blocks * 4;
        const std::int64_t end = std::min(filter.inChannels, begin + fold.blocks * 4);
        for (std::int64_t c = begin; c < end; ++c, to += 4)
          for (std::int64_t lane = 0; lane < lanes; ++lane)
            to[lane] = source[c * filter.inStride + lane * filter.outStride] * scale[lane];
      }
    }
  }
}

void packDepthwiseWeights(const Tensor& values, std::int64_t taps, std::int64_t channels, const FoldedEpilogue& epilogue,
                          WeightTexels& into) {
  into.assign(textureExtent(static_cast<int>((channels + 3) / 4)), textureExtent(static_cast<int>(taps + kWeightHeader)), 0);
  const std::int64_t lineFloats = std::int64_t{4} * into.width;
  for (std::int64_t c = 0; c < channels; ++c) {
    const float scale = valueOr(epilogue.scale, c, 1);
    float* column = into.texels.data() + c;
    column[0] = valueOr(epilogue.bias, c, 0);
    column[lineFloats] = valueOr(epilogue.alpha, c, 1);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      column[(kWeightHeader + tap) * lineFloats] = values.data<float>()[tap * channels + c] * scale;
    }
  }
}

}  // namespace texflow
