#include "ops/conv_lowering.h"

namespace texflow {
namespace {

constexpr std::int64_t kExactFloat = std::int64_t{1} << 22;  ///< Shaders count positions in floats.

Result<GpuWeights> convWeights(Lowering& lowering, const FilterView& filter, const FoldedEpilogue& epilogue,
                               const WeightFold& fold) {
  const std::int64_t height = (filter.outChannels + 3) / 4 * filter.taps * fold.segments;
  if (height > lowering.maxTextureSize()) {
    return Status::unsupported("the filter needs a weight texture of " + std::to_string(height) +
                               " lines; this device's limit is " + std::to_string(lowering.maxTextureSize()) + ".");
  }
  const auto pack = [filter, epilogue, fold](WeightTexels& into) { packConvWeights(filter, epilogue, fold, into); };
  TEXFLOW_ASSIGN(GpuWeights weights, lowering.weights("conv", pack));
  // Packed later: the size is ours to know.
  weights.width = textureExtent(static_cast<int>(kWeightHeader + 4 * fold.blocks));
  weights.height = textureExtent(static_cast<int>(height));
  return weights;
}

Kernel kernelOf(const char* name, const FoldedEpilogue& epilogue) { return {name, {{"ACT", std::to_string(epilogue.act)}}}; }

/// All parameters of convolutions that slide a window: clamp and weight texel behind windowParams().
std::vector<float> convParams(const Window& window, std::int64_t outHeight, std::int64_t inHeight,
                              const FoldedEpilogue& epilogue, const GpuWeights& weights) {
  std::vector<float> params = windowParams(window, outHeight, inHeight);
  params.insert(params.end(), {1.0F / static_cast<float>(weights.width), 1.0F / static_cast<float>(weights.height),
                               epilogue.low, epilogue.high, 0, 0});
  return params;
}

// Kernels ending in _k fetch the columns of a line once for all taps; each width and stride is a program.
bool sharesColumns(const Window& window, const TextureLayout& input) {
  return (window.kernelWidth == 3 || window.kernelWidth == 5) && window.strideX <= 2 && window.dilationX == 1 &&
         !input.stripesBlocks;
}

Kernel sharedColumns(const char* name, const Window& window, const FoldedEpilogue& epilogue) {
  Kernel kernel = kernelOf(name, epilogue);
  kernel.defines.emplace_back("KW", std::to_string(window.kernelWidth));
  kernel.defines.emplace_back("SX", std::to_string(window.strideX));
  return kernel;
}

Status drawConvolution(Lowering& lowering, int image, const Window& window, const FilterView& filter,
                       const FoldedEpilogue& epilogue, bool transposed) {
  const WeightFold fold = foldWeights(filter.inChannels, lowering.maxTextureSize());
  if (fold.segments > 1) return Status::unsupported("a filter line exceeds the device's texture size.");
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(image));
  if (!linesAreWhole(input.layout)) return Status::unsupported("the input's lines are split between bands.");
  TEXFLOW_ASSIGN(const GpuWeights weights, convWeights(lowering, filter, epilogue, fold));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0, Striping::kPixels));
  if (output.layout.stripesBlocks) return Status::unsupported("the output has too many channels for this kernel.");
  Kernel kernel = kernelOf("conv", epilogue);
  if (!transposed && sharesColumns(window, input.layout)) kernel = sharedColumns("conv_k", window, epilogue);
  if (transposed) kernel.defines.emplace_back("TRANSPOSED", "1");
  lowering.draw(kernel, output, {input},
                convParams(window, transposed ? window.height : window.outHeight,
                           transposed ? window.outHeight : window.height, epilogue, weights),
                &weights);
  return {};
}

/// The kernels "dense", whose pixels may be windows of the input, and "conv1x1".
Status drawProduct(Lowering& lowering, const char* kernel, const GpuTensor& input, const FilterView& filter,
                   const FoldedEpilogue& epilogue, const WeightFold& fold, std::int64_t windowHeight,
                   std::int64_t windowWidth) {
  TEXFLOW_ASSIGN(const GpuWeights weights, convWeights(lowering, filter, epilogue, fold));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  const float params[] = {1.0F / static_cast<float>(weights.width),
                          1.0F / static_cast<float>(weights.height),
                          epilogue.low,
                          epilogue.high,
                          static_cast<float>(fold.blocks),
                          static_cast<float>(fold.segments),
                          static_cast<float>(windowHeight),
                          static_cast<float>(windowWidth)};
  lowering.draw(kernelOf(kernel, epilogue), output, {input}, params, &weights);
  return {};
}

}  // namespace

std::vector<float> windowParams(const Window& w, std::int64_t outHeight, std::int64_t inHeight) {
  const auto f = [](auto value) { return static_cast<float>(value); };
  return {f(w.kernelHeight), f(w.kernelWidth), f(outHeight), f(inHeight),    f(w.strideY),
          f(w.strideX),      f(w.padTop),      f(w.padLeft), f(w.dilationY), f(w.dilationX)};
}

bool linesAreWhole(const TextureLayout& layout) {
  return layout.textureWidth % layout.groups == 0 && (!layout.stripesBlocks || layout.width == 1);
}

Status checkGeometry(const Lowering& lowering, const Window& window) {
  if (window.channelsFirst) return Status::unsupported("data_format NCHW runs on the host.");
  for (const TensorInfo& output : lowering.outputs) {
    if (output.dtype != DType::kFloat32) return Status::unsupported("only float32 runs on the GPU.");
    if (elementCount(output.shape) == 0) return Status::unsupported("the output has no elements.");
  }
  if (window.channels == 0 || window.height == 0 || window.width == 0) return Status::unsupported("the input is empty.");
  for (const std::int64_t value :
       {window.height, window.width, window.kernelHeight, window.kernelWidth, window.strideY, window.strideX, window.padTop,
        window.padLeft, window.dilationY * window.kernelHeight, window.dilationX * window.kernelWidth,
        window.outHeight * window.strideY, window.outWidth * window.strideX}) {
    if (value > kExactFloat) return Status::unsupported("the window's geometry exceeds 2^22.");
  }
  return {};
}

Status checkLowerable(const Lowering& lowering, const Window& window, std::size_t filter) {
  TEXFLOW_TRY(checkGeometry(lowering, window));
  if (elementCount(lowering.inputs[filter].shape) == 0) return Status::unsupported("the filter is empty.");
  if (!lowering.inputs[filter].value) return Status::unsupported("the filter is not constant.");
  return {};
}

Status lowerConvolution(Lowering& lowering, int image, const Window& window, const FilterView& filter,
                        const FoldedEpilogue& epilogue) {
  const bool point = filter.taps == 1 && window.strideY == 1 && window.strideX == 1 && window.outHeight == window.height &&
                     window.outWidth == window.width;
  if (point) {
    const Status done = lowerDense(lowering, image, filter, epilogue);
    if (done.ok() || done.code() != StatusCode::kUnsupported) return done;
  }
  // An output of one pixel fills one layer in P; as a product over the whole image its channel blocks lie across them.
  const bool whole = window.outHeight == 1 && window.outWidth == 1 && window.kernelHeight == window.height &&
                     window.kernelWidth == window.width && window.dilationY == 1 && window.dilationX == 1 &&
                     window.padTop == 0 && window.padLeft == 0;
  if (whole) {
    TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(image));
    return drawProduct(lowering, "dense", input, filter, epilogue, foldWeights(filter.inChannels, lowering.maxTextureSize()),
                       window.height, window.width);
  }
  return drawConvolution(lowering, image, window, filter, epilogue, false);
}

Status lowerTransposedConvolution(Lowering& lowering, int gradient, const Window& window, const FilterView& filter,
                                  const FoldedEpilogue& epilogue) {
  return drawConvolution(lowering, gradient, window, filter, epilogue, true);
}

Status lowerDense(Lowering& lowering, int rows, const FilterView& filter, const FoldedEpilogue& epilogue) {
  const auto& shape = lowering.inputs[static_cast<std::size_t>(rows)].shape;
  const bool narrow = shape.size() < 2 || shape[shape.size() - 2] == 1;
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(rows));
  const WeightFold fold = foldWeights(filter.inChannels, lowering.maxTextureSize());
  if (!narrow && (input.layout.stripesBlocks || fold.segments > 1)) {
    return Status::unsupported("the input's layout does not suit a matrix product.");
  }
  const std::int64_t width = narrow ? 1 : shape[shape.size() - 2];
  Shape result = lowering.outputs[0].shape;
  TEXFLOW_ASSIGN(const TextureLayout expected, layoutFor(result, lowering.layoutRules()));
  if (!narrow && (expected.stripesBlocks || expected.width != width || expected.rows != input.layout.rows ||
                  expected.textureWidth != input.layout.textureWidth)) {
    return Status::unsupported("input and output lines do not lie in the same columns.");
  }
  return drawProduct(lowering, narrow ? "dense" : "conv1x1", input, filter, epilogue, fold, 1, 1);
}

Status lowerDepthwise(Lowering& lowering, const Window& window, const Tensor& values, const FoldedEpilogue& epilogue) {
  const std::int64_t taps = window.kernelHeight * window.kernelWidth;
  if ((window.channels + 3) / 4 > lowering.maxTextureSize() || taps + kWeightHeader > lowering.maxTextureSize()) {
    return Status::unsupported("the filter exceeds the device's texture size.");
  }
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(0));
  if (!linesAreWhole(input.layout)) return Status::unsupported("the input's lines are split between bands.");
  const auto pack = [values, taps, channels = window.channels, epilogue](WeightTexels& into) {
    packDepthwiseWeights(values, taps, channels, epilogue, into);
  };
  TEXFLOW_ASSIGN(GpuWeights weights, lowering.weights("depthwise", pack));
  weights.width = textureExtent(static_cast<int>((window.channels + 3) / 4));
  weights.height = textureExtent(static_cast<int>(taps + kWeightHeader));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0, Striping::kPixels));
  if (output.layout.stripesBlocks) return Status::unsupported("the output has too many channels for this kernel.");
  Kernel kernel = kernelOf("depthwise", epilogue);
  if (sharesColumns(window, input.layout)) {
    kernel = sharedColumns("depthwise_k", window, epilogue);
    // Written-out lines keep eight sums in llvmpipe's registers. With four stripes they only take longer to compile:
    // SwiftShader prepares in 0.91 to 0.94 of the time with a loop, and runs as fast.
    const bool isWrittenOut = window.kernelWidth == 3 && window.kernelHeight == 3 && lowering.stripes() == 8;
    kernel.defines.emplace_back("KH", isWrittenOut ? "3" : "0");
  }
  lowering.draw(kernel, output, {input}, convParams(window, window.outHeight, window.height, epilogue, weights), &weights);
  return {};
}

}  // namespace texflow
