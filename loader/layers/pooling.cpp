// Pooling over windows and over everything.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {
namespace {

void pool(LayerCall& call, std::string_view op2, std::string_view op3) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  const auto spatial = static_cast<std::size_t>(call.className.find("1D") != std::string::npos   ? 1
                                                : call.className.find("3D") != std::string::npos ? 3
                                                                                                 : 2);
  if (x.shape.size() != spatial + 2) {
    call.fail("Its input has the shape " + shapeText(x.shape) + "; " + std::to_string(spatial + 2) +
              " dimensions are needed.");
    return;
  }
  auto size = call.ints("pool_size", spatial, 2);
  if (call.find("pool_length")) size = call.ints("pool_length", spatial, 2);
  auto strides = call.find("strides")  ? call.ints("strides", spatial, 1)
                 : call.find("stride") ? call.ints("stride", spatial, 1)
                                       : size;
  const bool same = call.samePadding();
  for (const auto* sizes : {&size, &strides})
    for (const std::int64_t value : *sizes)
      if (value < 1) call.fail("Its pool_size and strides must be 1 or more; one is " + std::to_string(value) + ".");
  if (!g.status().ok()) return;
  if (spatial == 1) {
    x = g.expandDims(x, 1);
    size.insert(size.begin(), 1);
    strides.insert(strides.begin(), 1);
  }
  Shape shape{x.dim(0)};
  for (std::size_t i = 0; i < size.size(); ++i) {
    const std::int64_t input = x.shape[i + 1];
    shape.push_back(input < 0 ? -1
                    : same    ? (input + strides[i] - 1) / strides[i]
                              : std::max<std::int64_t>((input - size[i] + strides[i]) / strides[i], 0));
  }
  shape.push_back(x.dim(-1));
  for (auto* sizes : {&size, &strides}) {
    sizes->insert(sizes->begin(), 1);
    sizes->push_back(1);
  }
  const Value y = g.node(spatial == 3 ? op3 : op2, {x}, x.dtype, shape,
                         {{"ksize", size},
                          {"strides", strides},
                          {"padding", same ? "SAME" : "VALID"},
                          {"data_format", spatial == 3 ? "NDHWC" : "NHWC"}});
  call.give(spatial == 1 ? g.squeeze(y, 1) : y);
}

std::vector<std::int64_t> spatialAxes(const Value& x) {
  std::vector<std::int64_t> axes;
  for (int i = 1; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

}  // namespace

void maxPoolingLayer(LayerCall& call) { pool(call, "MaxPool", "MaxPool3D"); }
void averagePoolingLayer(LayerCall& call) { pool(call, "AvgPool", "AvgPool3D"); }

void globalMaxPoolingLayer(LayerCall& call) {
  const Value x = call.input();
  call.give(call.graph.reduce("Max", x, spatialAxes(x), call.flag("keepdims")));
}

void globalAveragePoolingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  if (!call.masks.empty() && call.masks[0] && x.rank() == 3) {
    const Value mask = g.floats(g.expandDims(call.masks[0], -1));
    const Value sum = g.reduce("Sum", g.binary("Mul", x, mask), {1}, call.flag("keepdims"));
    call.give(g.binary("RealDiv", sum, g.reduce("Sum", mask, {1}, call.flag("keepdims"))));
    return;
  }
  call.give(g.reduce("Mean", x, spatialAxes(x), call.flag("keepdims")));
}

}  // namespace texflow
