// Convolutions and normalizations of other layers.
#include <algorithm>
#include <cmath>

#include "tfjs_parts.h"

namespace texflow {
namespace {

/// The tensor with a dimension 1 at `axis`.
Tensor widened(const Tensor& tensor, std::size_t axis) {
  Shape shape = tensor.shape();
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return tensor.reshaped(shape);
}

PartTensor activated(Parts& p, const PartTensor& x) {
  const Json* spec = member(p.config, "activation");
  const std::string name = plainActivation(spec);
  if (name.empty() && spec && !spec->is_null()) p.refuse("TensorFlow.js has no activations that are layers of their own.");
  return name.empty() || name == "linear" ? x : composeActivation(p, x, name);
}

}  // namespace

/// A sequence is an image of width 1. Strides of both axes have to be equal in TensorFlow; along the width it makes no
/// difference.
void composeSequenceConv(Parts& p) {
  const std::string padding = p.text("padding", "valid");
  if (p.shape().size() != 3 || !p.channelsLast() || p.dim(2) < 0 || !p.isNull("output_padding"))
    return p.refuse("TensorFlow.js has no layer class '" + p.className + "'.");
  const std::int64_t size = p.ints("kernel_size", 1, 1)[0], stride = p.ints("strides", 1, 1)[0],
                     dilation = p.ints("dilation_rate", 1, 1)[0];
  const bool bias = p.flag("use_bias", true), transposed = p.className == "Conv1DTranspose";
  PartTensor x = p.reshape(p.input(), {p.dim(1), 1, p.dim(2)});
  if (padding == "causal") {
    const std::int64_t before = (size - 1) * dilation;
    x = p.add(
        "ZeroPadding2D",
        Json{{"padding", Json::array({Json::array({before, 0}), Json::array({0, 0})})}, {"data_format", "channels_last"}},
        {x});
  }
  Json config{{"kernel_size", Json::array({size, 1})},
              {"strides", Json::array({stride, transposed ? 1 : stride})},
              {"padding", padding == "causal" ? "valid" : padding},
              {"data_format", "channels_last"},
              {"dilation_rate", Json::array({dilation, transposed ? 1 : dilation})},
              {"activation", "linear"},
              {"use_bias", bias}};
  std::vector<std::pair<std::string, Tensor>> weights;
  const char* className = "Conv2DTranspose";
  if (transposed || p.className == "Conv1D") {
    if (!transposed) className = "Conv2D";
    config["filters"] = p.integer("filters", 1);
    weights = {{"kernel", widened(p.weight("kernel", 3), 1)}};
  } else {
    config["depth_multiplier"] = p.integer("depth_multiplier", 1);
    const bool separable = p.className == "SeparableConv1D";
    className = separable ? "SeparableConv2D" : "DepthwiseConv2D";
    weights = {{"depthwise_kernel", widened(p.weight(separable ? "depthwise_kernel" : "kernel", 3), 1)}};
    if (separable) {
      config["filters"] = p.integer("filters", 1);
      weights.emplace_back("pointwise_kernel", widened(p.weight("pointwise_kernel", 3), 1));
    }
  }
  if (bias) weights.emplace_back("bias", p.weight("bias", 1));
  x = p.add(className, std::move(config), {x}, std::move(weights));
  const std::int64_t channels = p.record.outputs.empty() || p.record.outputs[0].empty() ? -1 : p.record.outputs[0].back();
  x = p.reshape(x, {p.record.outputs.empty() || p.record.outputs[0].size() != 3 ? -1 : p.record.outputs[0][1], channels});
  p.give(activated(p, x));
}

/// One convolution whose kernel is zero between the groups.
void composeGroupedConv(Parts& p) {
  const std::size_t rank = p.className == "Conv1D" ? 3 : p.className == "Conv2D" ? 4 : 5;
  const std::int64_t groups = p.integer("groups", 1), channels = p.dim(-1);
  const Tensor kernel = p.weight("kernel", rank);
  const std::int64_t each = kernel.shape()[rank - 2], filters = kernel.shape()[rank - 1];
  if (!p.channelsLast() || p.shape().size() != rank || channels != each * groups || filters % groups != 0 ||
      p.text("padding", "valid") == "causal")
    return p.refuse("TensorFlow.js ignores the groups of a convolution.");
  Shape shape = kernel.shape();
  shape[rank - 2] = channels;
  if (!checkedElementCount(shape).ok() || elementCount(shape) > (1 << 26))
    return p.refuse("TensorFlow.js ignores the groups of a convolution.");
  Tensor whole(DType::kFloat32, shape);
  const std::int64_t taps = kernel.size() / (each * filters);
  for (std::int64_t t = 0; t < taps; ++t)
    for (std::int64_t c = 0; c < each; ++c)
      for (std::int64_t f = 0; f < filters; ++f) {
        const std::int64_t channel = f / (filters / groups) * each + c;
        whole.mutableData<float>()[(t * channels + channel) * filters + f] =
            kernel.data<float>()[(t * each + c) * filters + f];
      }
  Json config = p.config;
  config["activation"] = "linear";
  config.erase("groups");
  std::vector<std::pair<std::string, Tensor>> weights{{"kernel", whole}};
  if (p.flag("use_bias", true)) weights.emplace_back("bias", p.weight("bias", 1));
  p.give(activated(p, p.add(p.className.c_str(), std::move(config), {p.input()}, std::move(weights))));
}

/// Mean and variance are numbers of the config or weights.
void composeNormalization(Parts& p) {
  const std::string why = "TensorFlow.js has no layer class 'Normalization'";
  const std::int64_t channels = p.dim(-1);
  const Json* axis = member(p.config, "axis");
  bool last = false, none = !axis || axis->is_null() || (axis->is_array() && axis->empty());
  if (!none) {
    const Json& only = axis->is_array() ? (*axis)[0] : *axis;
    const std::int64_t at = integerOf(only).value_or(0);
    last = (!axis->is_array() || axis->size() == 1) && (at == -1 || at == static_cast<std::int64_t>(p.shape().size()) - 1);
  }
  if (channels < 1 || p.shape().size() < 2 || (!last && !none))
    return p.refuse(why + "; along the last axis it can be written otherwise.");
  const auto statistic = [&](const char* key) {
    std::vector<double> values;
    const std::function<void(const Json&)> collect = [&](const Json& json) {
      if (json.is_array())
        for (const Json& item : json) collect(item);
      else values.push_back(realOf(json).value_or(0));
    };
    if (!p.isNull(key)) {
      const Json& given = p.config[key];
      const Json* inner = member(given, "config");
      const Json* value = inner ? member(*inner, "value") : nullptr;
      collect(value ? *value : given);
    } else {
      const Tensor stored = p.weight(key, last ? 1 : 0);
      for (std::int64_t i = 0; i < stored.size(); ++i) values.push_back(stored.number(i));
    }
    if (values.size() == 1) values.resize(static_cast<std::size_t>(channels), values[0]);
    if (values.size() != static_cast<std::size_t>(channels)) p.refuse(why + ", and its " + key + " does not fit its input.");
    values.resize(static_cast<std::size_t>(channels));
    return values;
  };
  std::vector<double> scale = statistic("variance");
  const Tensor mean = vectorOf(statistic("mean")), zeros(DType::kFloat32, mean.shape());
  const bool invert = p.flag("invert");
  for (double& value : scale) {
    const double deviation = std::max(std::sqrt(value), 1e-7);
    value = invert ? deviation : 1 / deviation;
  }
  p.give(p.affine(p.input(), invert ? zeros : mean, vectorOf(scale), invert ? mean : zeros));
}

/// A number a channel, where TensorFlow.js has one for all.
void composeRescaling(Parts& p) {
  const std::int64_t channels = p.dim(-1);
  const auto numbers = [&](const char* key, double fallback) {
    const Json* value = member(p.config, key);
    std::vector<double> list(static_cast<std::size_t>(std::max<std::int64_t>(channels, 1)), p.number(key, fallback));
    if (!value || !value->is_array()) return list;
    if (value->size() != list.size())
      p.refuse("TensorFlow.js rescales by one number only, and its " + std::string(key) + " does not fit its input.");
    for (std::size_t i = 0; i < std::min(value->size(), list.size()); ++i) list[i] = realOf((*value)[i]).value_or(0);
    return list;
  };
  if (channels < 1 || channels > 65536 || p.shape().size() < 2)
    return p.refuse("TensorFlow.js rescales by one number only.");
  const Tensor scale = vectorOf(numbers("scale", 1)), offset = vectorOf(numbers("offset", 0));
  p.give(p.affine(p.input(), Tensor(DType::kFloat32, scale.shape()), scale, offset));
}

/// The members of a group become one axis, which LayerNormalization takes.
void composeGroupNormalization(Parts& p) {
  const Shape& in = p.shape();
  const std::int64_t channels = p.dim(-1);
  std::int64_t groups = p.integer("groups", 32);
  if (groups == -1) groups = channels;
  const std::int64_t axis = p.integer("axis", -1);
  if (in.size() < 2 || std::count(in.begin() + 1, in.end(), -1) > 0 || groups < 1 || channels % groups != 0 ||
      (axis != -1 && axis != static_cast<std::int64_t>(in.size()) - 1))
    return p.refuse(
        "TensorFlow.js has no layer class 'GroupNormalization'; it can be written otherwise where the size of its input is "
        "known.");
  std::int64_t places = 1;
  for (std::size_t i = 1; i + 1 < in.size(); ++i) places *= in[i];
  const std::int64_t each = channels / groups;
  PartTensor x = p.permute(p.reshape(p.input(), {places, groups, each}), {2, 1, 3});
  x = p.reshape(x, {groups, places * each});
  x = p.add("LayerNormalization",
            Json{{"axis", -1}, {"epsilon", p.number("epsilon", 1e-3)}, {"center", false}, {"scale", false}}, {x});
  x = p.permute(p.reshape(x, {groups, places, each}), {2, 1, 3});
  x = p.reshape(x, {in.begin() + 1, in.end()});
  const Tensor ones = vectorOf(std::vector<double>(static_cast<std::size_t>(channels), 1)),
               zeros(DType::kFloat32, {channels});
  const bool scale = p.flag("scale", true), center = p.flag("center", true);
  if (scale || center) x = p.affine(x, zeros, scale ? p.weight("gamma", 1) : ones, center ? p.weight("beta", 1) : zeros);
  p.give(x);
}

void composeLayerScale(Parts& p) {
  const Tensor gamma = p.weight("gamma", 1);
  const Tensor zeros(DType::kFloat32, gamma.shape());
  p.give(p.affine(p.input(), zeros, gamma, zeros));
}

}  // namespace texflow
