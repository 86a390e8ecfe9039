// Padding, cropping, pooling and resizing of other layers: what TensorFlow.js has for images only.
#include <algorithm>
#include <cmath>

#include "tfjs_parts.h"

namespace texflow {
namespace {

/// One number, two, or a pair for each axis.
std::vector<std::pair<std::int64_t, std::int64_t>> amounts(Parts& p, const char* key, std::size_t axes) {
  std::vector<std::pair<std::int64_t, std::int64_t>> list(axes, {1, 1});
  const Json* value = member(p.config, key);
  if (!value || value->is_null()) return list;
  const auto number = [&](const Json& json) { return integerOf(json).value_or(0); };
  for (std::size_t i = 0; i < axes; ++i) {
    const Json& item = !value->is_array() || axes == 1 ? *value : value->size() == axes ? (*value)[i] : *value;
    if (item.is_array() && item.size() == 2) list[i] = {number(item[0]), number(item[1])};
    else if (item.is_array() && item.size() == 1) list[i] = {number(item[0]), number(item[0])};
    else list[i] = {number(item), number(item)};
  }
  return list;
}

Json pairs(std::pair<std::int64_t, std::int64_t> a, std::pair<std::int64_t, std::int64_t> b) {
  return Json::array({Json::array({a.first, a.second}), Json::array({b.first, b.second})});
}

/// Padding, cropping or repeating the first two axes of an image.
PartTensor change(Parts& p, const PartTensor& x, std::pair<std::int64_t, std::int64_t> a,
                  std::pair<std::int64_t, std::int64_t> b) {
  if (p.className.starts_with("ZeroPadding"))
    return p.add("ZeroPadding2D", Json{{"padding", pairs(a, b)}, {"data_format", "channels_last"}}, {x});
  if (p.className.starts_with("Cropping"))
    return p.add("Cropping2D", Json{{"cropping", pairs(a, b)}, {"data_format", "channels_last"}}, {x});
  return p.add(
      "UpSampling2D",
      Json{{"size", Json::array({a.first, b.first})}, {"data_format", "channels_last"}, {"interpolation", "nearest"}}, {x});
}

/// "size" of UpSampling as pairs whose first number counts.
std::vector<std::pair<std::int64_t, std::int64_t>> changes(Parts& p, std::size_t axes) {
  if (p.className.starts_with("ZeroPadding")) return amounts(p, "padding", axes);
  if (p.className.starts_with("Cropping")) return amounts(p, "cropping", axes);
  std::vector<std::pair<std::int64_t, std::int64_t>> list;
  for (const std::int64_t size : p.ints(p.isNull("size") && !p.isNull("length") ? "length" : "size", axes, 2))
    list.emplace_back(size, size);
  return list;
}

/// [from, to] with the weights of linear or nearest interpolation between the centres of pixels.
Tensor interpolation(std::int64_t from, std::int64_t to, bool linear) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  Tensor made(DType::kFloat32, {from, to});
  for (std::int64_t j = 0; j < to; ++j) {
    const auto put = [&](std::int64_t i, double value) {
      made.mutableData<float>()[std::clamp<std::int64_t>(i, 0, from - 1) * to + j] += static_cast<float>(value);
    };
    const double at = (static_cast<double>(j) + 0.5) * scale;
    if (!linear) {
      put(static_cast<std::int64_t>(std::floor(at)), 1);
      continue;
    }
    const double left = std::floor(at - 0.5);
    put(static_cast<std::int64_t>(left), 1 - (at - 0.5 - left));
    put(static_cast<std::int64_t>(left) + 1, at - 0.5 - left);
  }
  return made;
}

}  // namespace

void composeSequenceShape(Parts& p) {
  if (p.shape().size() != 3 || p.dim(2) < 0) return p.refuse("TensorFlow.js has no layer class '" + p.className + "'.");
  const auto amount = changes(p, 1)[0];
  const bool sampling = p.className.starts_with("UpSampling");
  const PartTensor image = p.reshape(p.input(), {p.dim(1), 1, p.dim(2)});
  const PartTensor changed =
      change(p, image, amount,
             sampling ? std::pair<std::int64_t, std::int64_t>{1, 1} : std::pair<std::int64_t, std::int64_t>{0, 0});
  p.give(p.reshape(changed, {-1, p.dim(2)}));
}

void composeVolumeShape(Parts& p) {
  const Shape& in = p.shape();
  if (in.size() != 5 || p.record.outputs.empty() || p.record.outputs[0].size() != 5 || !p.channelsLast() ||
      std::count(in.begin() + 1, in.end(), -1) > 0)
    return p.refuse("TensorFlow.js has no layer class '" + p.className + "'.");
  const Shape& out = p.record.outputs[0];
  const auto list = changes(p, 3);
  const std::pair<std::int64_t, std::int64_t> none = p.className.starts_with("UpSampling")
                                                         ? std::pair<std::int64_t, std::int64_t>{1, 1}
                                                         : std::pair<std::int64_t, std::int64_t>{0, 0};
  PartTensor x = p.reshape(p.input(), {in[1], in[2], in[3] * in[4]});
  x = p.reshape(change(p, x, list[0], list[1]), {out[1] * out[2], in[3], in[4]});
  p.give(p.reshape(change(p, x, none, list[2]), {out[1], out[2], out[3], out[4]}));
}

void composeGlobalPooling(Parts& p) {
  if (p.shape().size() < 3 || !p.channelsLast()) return p.refuse("TensorFlow.js has no such global pooling.");
  PartTensor x = p.input();
  if (p.shape().size() > 3) x = p.reshape(x, {-1, p.dim(-1)});
  x = p.add(p.className.starts_with("GlobalMax") ? "GlobalMaxPooling1D" : "GlobalAveragePooling1D", Json::object(), {x});
  if (p.flag("keepdims")) {
    std::vector<std::int64_t> target(p.shape().size() - 1, 1);
    target.back() = p.dim(-1);
    x = p.reshape(x, target);
  }
  p.give(x);
}

/// Interpolation is a product with a matrix along each axis.
void composeResize(Parts& p) {
  const std::string mode = p.text("interpolation", p.className == "Resizing" ? "bilinear" : "nearest");
  const std::string why = "TensorFlow.js samples images at other positions than Keras";
  for (const char* key : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"})
    if (p.flag(key)) return p.refuse(why + ", and its " + key + " is true.");
  if (mode != "bilinear" && mode != "nearest") return p.refuse(why + ", and its interpolation is '" + mode + "'.");
  if (p.shape().size() != 4 || !p.channelsLast() || p.dim(1) < 1 || p.dim(2) < 1)
    return p.refuse(why + "; it can be written otherwise where the size of the images is known.");
  const auto factors = p.ints("size", 2, 2);
  const bool resizing = p.className == "Resizing";
  const std::int64_t height = resizing ? p.integer("height", 1) : p.dim(1) * factors[0];
  const std::int64_t width = resizing ? p.integer("width", 1) : p.dim(2) * factors[1];
  constexpr std::int64_t kMostWeights = 1 << 24;
  if (height < 1 || width < 1 || height > kMostWeights / p.dim(1) || width > kMostWeights / p.dim(2))
    return p.refuse(why + ", and these are too large for another form.");
  p.exact = true;
  PartTensor x = p.permute(p.input(), {2, 3, 1});
  x = p.dense(x, interpolation(p.dim(1), height, mode == "bilinear"));
  x = p.permute(x, {3, 2, 1});
  x = p.dense(x, interpolation(p.dim(2), width, mode == "bilinear"));
  p.give(p.permute(x, {1, 3, 2}));
}

}  // namespace texflow
