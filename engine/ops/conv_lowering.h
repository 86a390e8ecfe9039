// Draws of convolutions and constant matrix products; ops/conv_lowering.cpp picks the kernel.
#pragma once
#include "ops/conv_weights.h"
#include "ops/window.h"

namespace texflow {

/// kUnsupported unless the node is float32, NHWC, not empty, and its numbers are exact in a shader's floats.
Status checkGeometry(const Lowering& lowering, const Window& window);
/// The same, and input `filter` is constant.
Status checkLowerable(const Lowering& lowering, const Window& window, std::size_t filter);

/// A convolution of input `image` into output 0.
Status lowerConvolution(Lowering& lowering, int image, const Window& window, const FilterView& filter,
                        const FoldedEpilogue& epilogue);
/// The gradient of that convolution by its image; input `gradient` has the window's output shape.
Status lowerTransposedConvolution(Lowering& lowering, int gradient, const Window& window, const FilterView& filter,
                                  const FoldedEpilogue& epilogue);
/// A depthwise convolution without multiplier; `values` is [kh, kw, channels].
Status lowerDepthwise(Lowering& lowering, const Window& window, const Tensor& values, const FoldedEpilogue& epilogue);
/// The last dimension of input `rows` times a matrix: a 1x1 convolution of whatever leads it.
Status lowerDense(Lowering& lowering, int rows, const FilterView& filter, const FoldedEpilogue& epilogue);

/// The parameters that all kernels begin with that slide a window: see shaders/conv.glsl.
std::vector<float> windowParams(const Window& window, std::int64_t outHeight, std::int64_t inHeight);

/// Whether the groups of a line share a band, which texelOffset() of shaders/tensor.glsl relies on.
bool linesAreWhole(const TextureLayout& layout);

}  // namespace texflow
