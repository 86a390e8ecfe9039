// Convolutions of 1 to 3 dimensions. One dimension is two with a height of 1.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {
namespace {

using Sizes = std::vector<std::int64_t>;

/// The window of a convolution over two dimensions.
struct Window {
  Sizes kernel, strides, dilations;
  bool same = false;
};

std::int64_t outputSize(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation, bool same) {
  if (input < 0) return -1;
  if (same) return (input + stride - 1) / stride;
  return std::max<std::int64_t>((input - (kernel - 1) * dilation - 1 + stride) / stride, 0);
}

Sizes around(const Sizes& sizes) {
  Sizes all{1};
  all.insert(all.end(), sizes.begin(), sizes.end());
  all.push_back(1);
  return all;
}

/// Reads and checks kernel_size, strides and dilation_rate of `spatial` dimensions. Causal padding becomes zeros in front of
/// x.
Window readWindow(LayerCall& call, Value& x, std::size_t spatial) {
  Window window;
  window.kernel = call.ints("kernel_size", spatial, 1);
  window.strides = call.ints("strides", spatial, 1);
  window.dilations = call.ints("dilation_rate", spatial, 1);
  for (const Sizes* sizes : {&window.kernel, &window.strides, &window.dilations})
    for (const std::int64_t size : *sizes)
      if (size < 1)
        call.fail("Its kernel_size, strides and dilation_rate must be 1 or more; one is " + std::to_string(size) + ".");
  if (x.shape.size() != spatial + 2)
    call.fail("Its input has the shape " + shapeText(x.shape) + "; " + std::to_string(spatial + 2) +
              " dimensions are needed.");
  if (!call.graph.status().ok()) {
    window.kernel.assign(spatial, 1);
    window.strides = window.dilations = window.kernel;
    x.shape.assign(spatial + 2, 1);
    return window;
  }
  if (spatial == 1 && call.text("padding", "valid") == "causal")
    x = call.graph.pad(x, {{0, 0}, {(window.kernel[0] - 1) * window.dilations[0], 0}, {0, 0}});
  else window.same = call.samePadding();
  return window;
}

Value convolve(GraphBuilder& g, std::string_view op, const Value& x, const Value& kernel, const Window& window,
               std::int64_t filters) {
  Shape shape{x.dim(0)};
  for (std::size_t i = 0; i < window.kernel.size(); ++i)
    shape.push_back(outputSize(x.shape[i + 1], window.kernel[i], window.strides[i], window.dilations[i], window.same));
  shape.push_back(filters);
  return g.node(op, {x, kernel}, DType::kFloat32, shape,
                {{"strides", around(window.strides)},
                 {"padding", window.same ? "SAME" : "VALID"},
                 {"data_format", window.kernel.size() == 3 ? "NDHWC" : "NHWC"},
                 {"dilations", around(window.dilations)}});
}

/// The same for one dimension more in front, of size 1.
Window widened(Window window) {
  for (Sizes* sizes : {&window.kernel, &window.strides, &window.dilations}) sizes->insert(sizes->begin(), 1);
  return window;
}

Value withRow(GraphBuilder& g, const Value& x) { return g.expandDims(x, 1); }
Value kernelWithRow(GraphBuilder& g, const Value& kernel) { return g.expandDims(kernel, 0); }

void finish(LayerCall& call, Value y, std::int64_t filters, bool flat) {
  const Value bias = call.weightIf(call.flag("use_bias", true), "bias", {filters});
  y = addBias(call.graph, y, bias);
  if (flat) y = call.graph.squeeze(y, 1);
  call.give(call.activated(y));
}

void convolution(LayerCall& call, std::size_t spatial) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  const Window window = readWindow(call, x, spatial);
  const std::int64_t filters = call.integer("filters", -1), groups = std::max<std::int64_t>(call.integer("groups", 1), 1);
  if (x.dim(-1) < 0 || x.dim(-1) % groups != 0 || filters % groups != 0) {
    call.fail("Its " + std::to_string(x.dim(-1)) + " channels and " + std::to_string(filters) +
              " filters do not divide into " + std::to_string(groups) + " groups.");
    return;
  }
  Shape kernelShape(window.kernel.begin(), window.kernel.end());
  kernelShape.push_back(x.dim(-1) / groups);
  kernelShape.push_back(filters);
  Value kernel = call.weight("kernel", kernelShape);
  const bool flat = spatial == 1;
  Window wide = window;
  if (flat) {
    x = withRow(g, x);
    kernel = kernelWithRow(g, kernel);
    wide = widened(window);
  }
  const std::string_view op = spatial == 3 ? "Conv3D" : "Conv2D";
  if (groups == 1) return finish(call, convolve(g, op, x, kernel, wide, filters), filters, flat);
  // TensorFlow.js has no grouped convolution: one a group, side by side, or a depthwise one.
  if (groups == x.dim(-1) && spatial < 3) {
    Shape shape(wide.kernel.begin(), wide.kernel.end());
    shape.insert(shape.end(), {groups, filters / groups});
    const Value perChannel = g.reshape(kernel, std::vector<Dim>(shape.begin(), shape.end()));
    return finish(call, convolve(g, "DepthwiseConv2dNative", x, perChannel, wide, filters), filters, flat);
  }
  const auto parts = g.split(x, static_cast<int>(groups), -1), kernels = g.split(kernel, static_cast<int>(groups), -1);
  std::vector<Value> results;
  for (std::size_t i = 0; i < parts.size(); ++i)
    results.push_back(convolve(g, op, parts[i], kernels[i], wide, filters / groups));
  finish(call, g.concat(results, -1), filters, flat);
}

void depthwise(LayerCall& call, std::size_t spatial) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  Window window = readWindow(call, x, spatial);
  const std::int64_t multiplier = call.integer("depth_multiplier", 1), filters = x.dim(-1) * multiplier;
  Shape shape(window.kernel.begin(), window.kernel.end());
  shape.push_back(x.dim(-1));
  shape.push_back(multiplier);
  // Keras 2 calls it depthwise_kernel, Keras 3 kernel.
  const bool older = call.weights.find("depthwise_kernel", 0) >= 0;
  Value kernel = call.weight(older ? "depthwise_kernel" : "kernel", shape);
  if (spatial == 1) {
    x = withRow(g, x);
    kernel = kernelWithRow(g, kernel);
    window = widened(window);
  }
  finish(call, convolve(g, "DepthwiseConv2dNative", x, kernel, window, filters), filters, spatial == 1);
}

void separable(LayerCall& call, std::size_t spatial) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  Window window = readWindow(call, x, spatial);
  const std::int64_t multiplier = call.integer("depth_multiplier", 1), filters = call.integer("filters", -1),
                     middle = x.dim(-1) * multiplier;
  Shape shape(window.kernel.begin(), window.kernel.end());
  shape.push_back(x.dim(-1));
  shape.push_back(multiplier);
  Shape pointShape(spatial, 1);
  pointShape.push_back(middle);
  pointShape.push_back(filters);
  Value kernel = call.weight("depthwise_kernel", shape);
  Value point = call.weight("pointwise_kernel", pointShape);
  if (spatial == 1) {
    x = withRow(g, x);
    kernel = kernelWithRow(g, kernel);
    point = kernelWithRow(g, point);
    window = widened(window);
  }
  const Value y = convolve(g, "DepthwiseConv2dNative", x, kernel, window, middle);
  finish(call, convolve(g, "Conv2D", y, point, {{1, 1}, {1, 1}, {1, 1}, false}, filters), filters, spatial == 1);
}

void transposed(LayerCall& call, std::size_t spatial) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  Window window = readWindow(call, x, spatial);
  const std::int64_t filters = call.integer("filters", -1);
  for (const std::int64_t dilation : window.dilations)
    if (dilation != 1)
      call.fail("Its dilation_rate is " + std::to_string(dilation) + "; transposed convolutions are supported with 1.");
  Shape shape(window.kernel.begin(), window.kernel.end());
  shape.push_back(filters);
  shape.push_back(x.dim(-1));
  Value kernel = call.weight("kernel", shape);
  const bool extra = call.find("output_padding") != nullptr;
  Sizes outputPadding = call.ints("output_padding", spatial, 0);
  if (spatial == 1) {
    x = withRow(g, x);
    kernel = kernelWithRow(g, kernel);
    window = widened(window);
    outputPadding.insert(outputPadding.begin(), 0);
  }
  std::vector<Dim> sizes{g.dim(x, 0)};
  Shape result{x.dim(0)};
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t kernelSize = window.kernel[i], stride = window.strides[i];
    std::int64_t more = window.same ? 0 : std::max<std::int64_t>(kernelSize - stride, 0);
    if (extra) more = kernelSize - stride - (window.same ? kernelSize / 2 * 2 : 0) + outputPadding[i];
    if (spatial == 1 && i == 0) more = 0;
    sizes.push_back(g.dim(x, static_cast<int>(i) + 1).times(stride, more));
    result.push_back(sizes.back().size);
  }
  sizes.emplace_back(filters);
  result.push_back(filters);
  const bool volume = spatial == 3;
  const Value y = g.node(volume ? "Conv3DBackpropInputV2" : "Conv2DBackpropInput", {g.shapeVector(sizes), kernel, x},
                         DType::kFloat32, result,
                         {{"T", DType::kFloat32},
                          {"strides", around(window.strides)},
                          {"padding", window.same ? "SAME" : "VALID"},
                          {"data_format", volume ? "NDHWC" : "NHWC"},
                          {"dilations", around(Sizes(window.kernel.size(), 1))}});
  finish(call, y, filters, spatial == 1);
}

}  // namespace

void conv1DLayer(LayerCall& call) { convolution(call, 1); }
void conv2DLayer(LayerCall& call) { convolution(call, 2); }
void conv3DLayer(LayerCall& call) { convolution(call, 3); }
void conv1DTransposeLayer(LayerCall& call) { transposed(call, 1); }
void conv2DTransposeLayer(LayerCall& call) { transposed(call, 2); }
void conv3DTransposeLayer(LayerCall& call) { transposed(call, 3); }
void depthwiseConv1DLayer(LayerCall& call) { depthwise(call, 1); }
void depthwiseConv2DLayer(LayerCall& call) { depthwise(call, 2); }
void separableConv1DLayer(LayerCall& call) { separable(call, 1); }
void separableConv2DLayer(LayerCall& call) { separable(call, 2); }

}  // namespace texflow
