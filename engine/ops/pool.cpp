// MaxPool and AvgPool.
#include <cmath>
#include <limits>

#include "ops/conv_lowering.h"
#include "ops/window.h"

namespace texflow {
namespace {

// Windows of more pixels are pooled along columns, then along lines: fewer pixels a fragment, more fragments at work.
constexpr std::int64_t kLargeWindow = 64;

Result<Window> poolWindow(const Node& node, DType dtype, const Shape& image) {
  const bool average = node.op == "AvgPool";
  if (dtype != DType::kFloat32 && (average || dtype != DType::kInt32)) {
    return Status::invalid("the input must be float32" + std::string(average ? "" : " or int32") + " but is " +
                           std::string(dtypeName(dtype)) + ".");
  }
  const auto* sizes = node.attrs.find<std::vector<std::int64_t>>("ksize");
  if (!sizes || sizes->size() != 4) return Status::invalid("ksize must have four entries.");
  const bool channelsFirst = node.attrs.get<std::string>("data_format", "NHWC") == "NCHW";
  const std::size_t heightAxis = channelsFirst ? 2 : 1;
  if ((*sizes)[0] != 1 || (*sizes)[channelsFirst ? 1 : 3] != 1) {
    return Status::unsupported("ksize " + shapeText(*sizes) + " is not supported; the batch and channel entries must be 1.");
  }
  TEXFLOW_ASSIGN(const Window window, windowOf(node, image, (*sizes)[heightAxis], (*sizes)[heightAxis + 1]));
  if (window.dilationY != 1 || window.dilationX != 1) return Status::unsupported("pools with dilations are not supported.");
  return window;
}

Result<std::int64_t> outputChannels(const Node& node, const Window& window) {
  const auto added = node.attrs.get<std::int64_t>(kAddedChannels, 0);
  if (added == 0) return window.channels;
  if (added < 0 || added > kMaxElements || window.channelsFirst)
    return Status::invalid(std::string(kAddedChannels) + " " + std::to_string(added) + " must be positive, in NHWC.");
  return window.channels + added;
}

/// Calls visit(sum so far, value) for every real pixel of every window, then finish(sum, count). `out` has `channels`.
template <class T, class Visit, class Finish>
void poolLoop(const Window& w, const T* image, T* out, std::int64_t channels, T start, Visit visit, Finish finish) {
  for (std::int64_t pixel = 0; pixel < w.batch * w.outHeight * w.outWidth; ++pixel) {
    const std::int64_t ox = pixel % w.outWidth, oy = pixel / w.outWidth % w.outHeight;
    const std::int64_t n = pixel / w.outWidth / w.outHeight;
    const std::int64_t y0 = oy * w.strideY - w.padTop, x0 = ox * w.strideX - w.padLeft;
    const TapRange rows(y0, w.height, w.kernelHeight, 1), columns(x0, w.width, w.kernelWidth, 1);
    T* target = out + pixel * channels;
    std::fill(target, target + w.channels, start);
    std::fill(target + w.channels, target + channels, T{0});
    for (std::int64_t ky = rows.first; ky < rows.last; ++ky) {
      for (std::int64_t kx = columns.first; kx < columns.last; ++kx) {
        const T* source = image + ((n * w.height + y0 + ky) * w.width + x0 + kx) * w.channels;
        for (std::int64_t c = 0; c < w.channels; ++c) target[c] = visit(target[c], source[c]);
      }
    }
    const std::int64_t count =
        std::max<std::int64_t>(0, rows.last - rows.first) * std::max<std::int64_t>(0, columns.last - columns.first);
    for (std::int64_t c = 0; c < w.channels; ++c) target[c] = finish(target[c], count);
  }
}

Status drawPool(Lowering& lowering, const Window& w, const GpuTensor& input, const GpuTensor& output) {
  if (!linesAreWhole(input.layout)) return Status::unsupported("the input's lines are split between bands.");
  const float kind = lowering.node.op == "AvgPool" ? 1 : 2;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> params = windowParams(w, w.outHeight, w.height);
  // Where weights of ones take part, all columns are the first of their texture, and lines from the third on the third.
  params.insert(params.end(), {0, 1.0F / 3, -kInfinity, kInfinity, kind, static_cast<float>(w.channels)});
  lowering.draw({"pool", {}}, output, {input}, params);
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> shapePool(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(needInputs(inputs, 1));
  TEXFLOW_ASSIGN(const Window window, poolWindow(node, inputs[0].dtype, inputs[0].shape));
  TEXFLOW_ASSIGN(const std::int64_t channels, outputChannels(node, window));
  return oneOutput(inputs[0].dtype, window.outputShape(channels));
}

Result<std::vector<Tensor>> hostPool(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window w, poolWindow(node, inputs[0].dtype(), inputs[0].shape()));
  const Tensor image = w.channelsFirst ? toChannelsLast(inputs[0]) : inputs[0];
  TEXFLOW_ASSIGN(const std::int64_t channels, outputChannels(node, w));
  Tensor out(image.dtype(), {w.batch, w.outHeight, w.outWidth, channels});
  if (out.size() > 0) {
    const auto larger = [](auto a, auto b) { return b > a ? b : a; };
    const auto keep = [](auto a, std::int64_t) { return a; };
    if (image.dtype() == DType::kInt32) {
      poolLoop(w, image.data<std::int32_t>(), out.mutableData<std::int32_t>(), channels,
               std::numeric_limits<std::int32_t>::min(), larger, keep);
    } else if (node.op == "AvgPool") {
      poolLoop(
          w, image.data<float>(), out.mutableData<float>(), channels, 0.0F, [](float a, float b) { return a + b; },
          [](float a, std::int64_t count) { return a / static_cast<float>(count); });
    } else {
      poolLoop(w, image.data<float>(), out.mutableData<float>(), channels, -std::numeric_limits<float>::infinity(), larger,
               keep);
    }
  }
  return std::vector<Tensor>{w.channelsFirst ? toChannelsFirst(out) : out};
}

Status lowerPool(Lowering& lowering) {
  TEXFLOW_ASSIGN(const Window w, poolWindow(lowering.node, lowering.inputs[0].dtype, lowering.inputs[0].shape));
  TEXFLOW_TRY(checkGeometry(lowering, w));
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(0));
  if (w.kernelHeight > 1 && w.kernelWidth > 1 && w.kernelHeight * w.kernelWidth > kLargeWindow) {
    // Both kinds of pool are separable: the number of real pixels is the product of real lines and columns.
    Window columns = w;
    columns.kernelHeight = columns.strideY = 1;
    columns.padTop = 0;
    columns.outHeight = w.height;
    TEXFLOW_ASSIGN(const GpuTensor narrowed, lowering.temporary({w.batch, w.height, w.outWidth, w.channels}));
    TEXFLOW_TRY(drawPool(lowering, columns, input, narrowed));
    Window lines = w;
    lines.kernelWidth = lines.strideX = 1;
    lines.padLeft = 0;
    lines.width = w.outWidth;
    TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
    return drawPool(lowering, lines, narrowed, output);
  }
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawPool(lowering, w, input, output);
}

}  // namespace texflow
