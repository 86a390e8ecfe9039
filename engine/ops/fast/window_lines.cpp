// Depthwise convolutions and pools, one output line at a time.
#include <limits>

#include "ops/fast/fast_kernel.h"
#include "ops/fast/product.h"
#include "ops/window.h"

namespace texflow {
namespace {

/// Calls visit(line, out) for every output line, with the input lines that its window touches (and their weights) set.
template <class Visit>
void eachLine(const Window& w, const float* image, const float* weights, float* out, const float** table, WindowLine line,
              Visit visit) {
  line.lines = table;
  line.weights = table + w.kernelHeight;
  for (std::int64_t n = 0; n < w.batch; ++n) {
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy, out += w.outWidth * w.channels) {
      const std::int64_t y0 = oy * w.strideY - w.padTop;
      const TapRange rows(y0, w.height, w.kernelHeight, w.dilationY);
      line.lineCount = std::max<std::int64_t>(0, rows.last - rows.first);
      for (std::int64_t i = 0; i < line.lineCount; ++i) {
        const std::int64_t ky = rows.first + i;
        table[i] = image + (n * w.height + y0 + ky * w.dilationY) * w.width * w.channels;
        if (weights) table[w.kernelHeight + i] = weights + ky * w.kernelWidth * w.channels;
      }
      line.out = out;
      visit(line);
    }
  }
}

WindowLine lineOf(const Window& w) {
  WindowLine line;
  line.kernelWidth = w.kernelWidth;
  line.stride = w.strideX;
  line.dilation = w.dilationX;
  line.padLeft = w.padLeft;
  line.width = w.width;
  line.outWidth = w.outWidth;
  line.channels = w.channels;
  return line;
}

struct Depthwise {
  Window window;
  std::vector<float> weights, bias;
  FastActivation activation;
};

std::size_t tableBytes(const Window& w) { return static_cast<std::size_t>(2 * w.kernelHeight) * sizeof(const float*); }

}  // namespace

std::optional<FastKernel> fastDepthwise(const FastNode& n) {
  const Shape& filter = n.inputs[1].shape;
  if (!n.inputs[1].value || filter[3] != 1 || elementCount(n.output.shape) == 0) return {};
  const auto window = windowOf(n.node, n.inputs[0].shape, filter[0], filter[1]);
  if (!window.ok() || window->channelsFirst) return {};
  const auto folded = foldedEpilogueOf(n.node, n.inputs, 2, n.output.shape, filter[2]);
  if (!folded.ok()) return {};
  const auto own = std::make_shared<Depthwise>(Depthwise{*window, {}, folded->bias, FastActivation(*folded)});
  const float* values = n.inputs[1].value->data<float>();
  own->weights.resize(static_cast<std::size_t>(elementCount(filter)));
  for (std::size_t i = 0; i < own->weights.size(); ++i)
    own->weights[i] = values[i] * folded->scale[i % static_cast<std::size_t>(filter[2])];
  FastKernel kernel;
  kernel.scratchBytes = tableBytes(*window);
  kernel.run = [own](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    const Window& w = own->window;
    const FastActivation& end = own->activation;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    WindowLine line = lineOf(w);
    line.bias = own->bias.data();
    line.low = end.alpha.empty() ? end.low : -kInfinity;
    line.high = end.alpha.empty() ? end.high : kInfinity;
    eachLine(w, static_cast<const float*>(inputs[0]), own->weights.data(), static_cast<float*>(output),
             reinterpret_cast<const float**>(scratch), line, [&](const WindowLine& ready) {
               simd().depthwiseLine(ready);
               if (!end.isRange()) end.apply(ready.out, w.outWidth, w.channels);
             });
  };
  return kernel;
}

std::optional<FastKernel> fastPool(const FastNode& n) {
  if (n.inputs[0].dtype != DType::kFloat32 || elementCount(n.output.shape) == 0) return {};
  const auto* sizes = n.node.attrs.find<std::vector<std::int64_t>>("ksize");
  if (!sizes || n.node.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return {};
  const auto window = windowOf(n.node, n.inputs[0].shape, (*sizes)[1], (*sizes)[2]);
  if (!window.ok() || n.output.shape[3] != window->channels) return {};
  const Window w = *window;
  const auto pool = n.node.op == "AvgPool" ? simd().averagePoolLine : simd().maxPoolLine;
  FastKernel kernel;
  kernel.scratchBytes = tableBytes(w);
  kernel.run = [w, pool](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    eachLine(w, static_cast<const float*>(inputs[0]), nullptr, static_cast<float*>(output),
             reinterpret_cast<const float**>(scratch), lineOf(w), pool);
  };
  return kernel;
}

}  // namespace texflow
