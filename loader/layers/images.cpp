// Padding, cropping, resizing and preprocessing of images and features.
#include <algorithm>
#include <cmath>

#include "layers/layers.h"

namespace texflow {
namespace {

using Amounts = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// "padding" or "cropping": a number, one number an axis, or two numbers an axis.
Amounts readAmounts(LayerCall& call, const char* key, const Value& x) {
  Amounts amounts(x.shape.size());
  const auto refuse = [&] {
    call.fail(std::string("Its ") + key + " does not fit an input of shape " + shapeText(x.shape) + ".");
  };
  const std::size_t spatial = x.shape.size() < 3 ? 0 : x.shape.size() - 2;
  const Json* value = call.find(key);
  if (spatial == 0) refuse();
  for (std::size_t i = 0; i < spatial; ++i) {
    const Json* item = !value                               ? nullptr
                       : !value->is_array() || spatial == 1 ? value
                       : i < value->size()                  ? &(*value)[i]
                                                            : nullptr;
    if (item && item->is_array() && item->size() == 1 && (*item)[0].is_array()) item = &(*item)[0];
    std::optional<std::int64_t> before = 1, after;
    if (item && item->is_array()) {
      before = item->size() == 2 ? integerOf((*item)[0]) : std::nullopt;
      after = item->size() == 2 ? integerOf((*item)[1]) : std::nullopt;
    } else {
      if (item) before = integerOf(*item);
      after = before;
    }
    if ((value && !item) || !before || !after || *before < 0 || *after < 0) {
      refuse();
      break;
    }
    amounts[i + 1] = {*before, *after};
  }
  return amounts;
}

}  // namespace

void zeroPaddingLayer(LayerCall& call) {
  const Value x = call.input();
  call.give(call.graph.pad(x, readAmounts(call, "padding", x)));
}

void croppingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  const Amounts amounts = readAmounts(call, "cropping", x);
  // StridedSlice with negative ends also works where the size is unknown.
  std::vector<std::int64_t> begin, end, strides(x.shape.size(), 1);
  std::int64_t endMask = 0;
  Shape shape = x.shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    begin.push_back(amounts[i].first);
    end.push_back(-amounts[i].second);
    if (amounts[i].second == 0) endMask |= std::int64_t{1} << i;
    if (shape[i] >= 0) shape[i] = std::max<std::int64_t>(shape[i] - amounts[i].first - amounts[i].second, 0);
  }
  call.give(g.node("StridedSlice", {x, g.ints(begin), g.ints(end), g.ints(strides)}, x.dtype, shape,
                   {{"begin_mask", std::int64_t{0}},
                    {"end_mask", endMask},
                    {"ellipsis_mask", std::int64_t{0}},
                    {"new_axis_mask", std::int64_t{0}},
                    {"shrink_axis_mask", std::int64_t{0}}}));
}

void upSamplingLayer(LayerCall& call) {
  // Every element `size` times along each axis: a new axis of that size after it, merged.
  GraphBuilder& g = call.graph;
  Value x = call.input();
  const std::size_t spatial = x.shape.size() < 3 ? 0 : x.shape.size() - 2;
  auto sizes = call.ints("size", spatial, 2);
  if (call.find("length")) sizes = call.ints("length", spatial, 2);
  for (std::size_t i = 0; i < spatial; ++i) {
    const int axis = static_cast<int>(i) + 1;
    if (sizes[i] == 1) continue;
    std::vector<Dim> merged = g.dims(x);
    merged[i + 1] = merged[i + 1].times(sizes[i]);
    std::vector<Value> copies(static_cast<std::size_t>(std::clamp<std::int64_t>(sizes[i], 1, 4096)),
                              g.expandDims(x, axis + 1));
    x = g.reshape(g.concat(copies, axis + 1), merged);
  }
  call.give(x);
}

Value resizeImage(LayerCall& call, const Value& x, const Dim& height, const Dim& width, const std::string& interpolation) {
  GraphBuilder& g = call.graph;
  const Shape shape{x.dim(0), height.size, width.size, x.dim(3)};
  // TensorFlow.js's own layers sample at corners, Keras at the centres of pixels.
  const bool centers = !call.model.tfjsLayers;
  const std::string_view op = interpolation == "nearest"   ? "ResizeNearestNeighbor"
                              : interpolation == "bicubic" ? "ResizeBicubic"
                                                           : "ResizeBilinear";
  if (interpolation != "nearest" && interpolation != "bilinear" && interpolation != "bicubic")
    call.fail("Its interpolation is '" + interpolation + "'; nearest, bilinear and bicubic are supported.");
  return g.node(op, {x, g.shapeVector({height, width})}, DType::kFloat32, shape,
                {{"align_corners", false}, {"half_pixel_centers", centers}});
}

void upSampling2DLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto size = call.ints("size", 2, 2);
  if (x.rank() != 4 || size[0] < 1 || size[1] < 1)
    return call.fail("Its size or its input of shape " + shapeText(x.shape) + " is not one of images.");
  call.give(
      resizeImage(call, x, g.dim(x, 1).times(size[0]), g.dim(x, 2).times(size[1]), call.text("interpolation", "nearest")));
}

void resizingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  if (x.rank() != 4) return call.fail("Its input has the shape " + shapeText(x.shape) + "; images need 4 dimensions.");
  for (const char* key : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"})
    if (call.flag(key)) call.fail(std::string("Its ") + key + " is true, which is not supported.");
  call.give(
      resizeImage(call, x, call.integer("height", 1), call.integer("width", 1), call.text("interpolation", "bilinear")));
}

void centerCropLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value x = call.input();
  const std::int64_t height = call.integer("height", 1), width = call.integer("width", 1);
  if (x.rank() != 4 || x.dim(1) < 0 || x.dim(2) < 0)
    return call.fail("Its input has the shape " + shapeText(x.shape) + "; the size of the images must be known.");
  if (x.dim(1) >= height && x.dim(2) >= width) {
    x = g.slice(x, 1, (x.dim(1) - height) / 2, height);
    return call.give(g.slice(x, 2, (x.dim(2) - width) / 2, width));
  }
  // A smaller image is cropped to the aspect ratio and resized.
  const auto cropHeight = std::min<std::int64_t>(
      x.dim(1),
      static_cast<std::int64_t>(static_cast<double>(x.dim(2)) * static_cast<double>(height) / static_cast<double>(width)));
  const auto cropWidth = std::min<std::int64_t>(
      x.dim(2),
      static_cast<std::int64_t>(static_cast<double>(x.dim(1)) * static_cast<double>(width) / static_cast<double>(height)));
  x = g.slice(g.slice(g.floats(x), 1, (x.dim(1) - cropHeight) / 2, cropHeight), 2, (x.dim(2) - cropWidth) / 2, cropWidth);
  call.give(resizeImage(call, x, height, width, "bilinear"));
}

void rescalingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value x = g.floats(call.input());
  const auto constant = [&](const char* key, double fallback) {
    const Json* value = call.find(key);
    if (!value) return g.scalar(fallback);
    const auto made = call.valueOf(*value);
    if (!made) call.fail(std::string("Its ") + key + " is " + excerpt(*value) + ", neither a number nor a list of numbers.");
    return g.floats(made.value_or(g.scalar(0)));
  };
  x = g.binary("Mul", x, constant("scale", 1));
  call.give(call.number("offset", 0) == 0 && !(call.find("offset") && call.find("offset")->is_array())
                ? x
                : g.binary("AddV2", x, constant("offset", 0)));
}

void normalizationLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  std::vector<int> axes;
  if (const Json* axis = call.find("axis")) {
    const Json list = axis->is_array() ? *axis : Json::array({*axis});
    for (const Json& item : list) axes.push_back(normalAxis(integerOf(item).value_or(-99), x.rank()));
  }
  Shape kept, broadcast(x.shape.size(), 1);
  for (const int axis : axes) {
    if (axis < 0)
      return call.fail("Its axis is " + excerpt(*call.find("axis")) + ", which an input of shape " + shapeText(x.shape) +
                       " does not have.");
    kept.push_back(x.dim(axis));
    broadcast[static_cast<std::size_t>(axis)] = x.dim(axis);
  }
  const auto statistic = [&](const char* key) {
    Value value;
    if (const Json* given = call.find(key)) {
      if (const auto made = call.valueOf(*given)) value = g.floats(*made);
      else call.fail(std::string("Its ") + key + " is not a list of numbers.");
    } else {
      value = call.weight(key, kept);
    }
    std::int64_t elements = 1, wanted = 1;
    for (const std::int64_t size : value.shape) elements *= std::clamp<std::int64_t>(size, 0, kMaxElements);
    for (const std::int64_t size : broadcast) wanted *= std::clamp<std::int64_t>(size, 0, kMaxElements);
    if (elements == 1) return value.rank() == 0 ? value : g.reshape(value, {});
    if (elements != wanted)
      call.fail(std::string("Its ") + key + " has the shape " + shapeText(value.shape) +
                "; it does not fit an input of shape " + shapeText(x.shape) + ".");
    // Along the last axis a vector broadcasts by itself.
    if (axes.size() == 1 && axes[0] == x.rank() - 1) return value.rank() == 1 ? value : g.reshape(value, {wanted});
    return g.reshape(value, std::vector<Dim>(broadcast.begin(), broadcast.end()));
  };
  const Value mean = statistic("mean"), variance = statistic("variance");
  const Value deviation = g.binary("Maximum", g.unary("Sqrt", variance), 1e-7);
  if (call.flag("invert")) return call.give(g.binary("AddV2", g.binary("Mul", x, deviation), mean));
  call.give(g.binary("RealDiv", g.binary("Sub", x, mean), deviation));
}

void categoryEncodingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value ids = g.cast(call.input(), DType::kInt32);
  const std::int64_t count = call.integer("num_tokens", 1);
  const std::string mode = call.text("output_mode", "multi_hot");
  if (ids.rank() == 0 || (ids.rank() == 1 && mode != "one_hot")) ids = g.expandDims(ids, 0);
  if (mode == "one_hot" && ids.rank() > 1 && ids.dim(-1) == 1) ids = g.squeeze(ids, -1);
  Shape shape = ids.shape;
  shape.push_back(count);
  const Value hot = g.node("OneHot", {ids, g.scalar(static_cast<double>(count), DType::kInt32), g.scalar(1), g.scalar(0)},
                           DType::kFloat32, shape, {{"T", DType::kFloat32}, {"axis", std::int64_t{-1}}});
  if (mode == "one_hot") return call.give(hot);
  if (mode != "multi_hot" && mode != "count")
    call.fail("Its output_mode is '" + mode + "'; one_hot, multi_hot and count are supported.");
  if (call.inputs.size() > 1) call.fail("Its count_weights are not supported.");
  call.give(g.reduce(mode == "count" ? "Sum" : "Max", hot, {-2}, false));
}

void discretizationLayer(LayerCall& call) {
  // The number of boundaries that do not exceed the value; TensorFlow.js has no Bucketize.
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const Json* boundaries = call.find("bin_boundaries");
  const auto made = boundaries ? call.valueOf(*boundaries) : std::nullopt;
  if (!made || call.text("output_mode", "int") != "int")
    return call.fail("It needs bin_boundaries and the output_mode 'int'.");
  const Value reached = g.cast(g.binary("GreaterEqual", g.expandDims(x, -1), g.floats(*made)), DType::kInt32);
  call.give(g.reduce("Sum", reached, {-1}, false));
}

}  // namespace texflow
