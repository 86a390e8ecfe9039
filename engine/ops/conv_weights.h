// Arrangement of convolution and matrix weights in textures. All fragment kernels of the family read it.
#pragma once
#include "ops/epilogue.h"
#include "plan/lowering.h"

namespace texflow {

/// Filter values with the strides of their three axes, so that transposed filters need no copy. It shares the tensor:
/// weights are packed when they are uploaded, after the lowering has returned.
struct FilterView {
  Tensor values;
  std::int64_t taps, inChannels, outChannels;
  std::int64_t tapStride, inStride, outStride;
};

/// Columns in front of the weights: bias, then alpha (filled on the first line of an output block).
inline constexpr int kWeightHeader = 2;

/// Number of input channel blocks one line holds and number of lines ("segments") that a tap of an output block takes.
struct WeightFold {
  std::int64_t blocks, segments;
};
WeightFold foldWeights(std::int64_t inChannels, int maxTextureSize);

/// Line (output block * taps + tap) * segments + segment; column header + 4 * (input block within the segment) + i holds the
/// weights of input channel i of that block for four output channels. Channels beyond the last are zero.
void packConvWeights(const FilterView& filter, const FoldedEpilogue& epilogue, const WeightFold& fold, WeightTexels& into);

/// Line 0 bias, line 1 alpha, line 2 + tap the weights; column = channel block. `values` is [taps, channels].
void packDepthwiseWeights(const Tensor& values, std::int64_t taps, std::int64_t channels, const FoldedEpilogue& epilogue,
                          WeightTexels& into);

}  // namespace texflow
