#include "tfjs_parts.h"

#include <algorithm>

#include "layers/layers.h"

namespace texflow {

bool Parts::isNull(const char* key) const {
  const Json* value = member(config, key);
  return !value || value->is_null();
}

bool Parts::flag(const char* key, bool fallback) const {
  const Json* value = member(config, key);
  return value && value->is_boolean() ? value->get<bool>() : fallback;
}

double Parts::number(const char* key, double fallback) const {
  const Json* value = member(config, key);
  return value ? realOf(*value).value_or(fallback) : fallback;
}

std::int64_t Parts::integer(const char* key, std::int64_t fallback) const {
  const Json* value = member(config, key);
  return value ? integerOf(*value).value_or(fallback) : fallback;
}

std::string Parts::text(const char* key, const char* fallback) const {
  const Json* value = member(config, key);
  return value && value->is_string() ? std::string(textOf(value)) : std::string(fallback);
}

std::vector<std::int64_t> Parts::ints(const char* key, std::size_t count, std::int64_t fallback) const {
  std::vector<std::int64_t> numbers(count, fallback);
  const Json* value = member(config, key);
  if (!value || value->is_null()) return numbers;
  for (std::size_t i = 0; i < count; ++i) {
    const Json* item = !value->is_array()       ? value
                       : value->size() == count ? &(*value)[i]
                       : value->empty()         ? nullptr
                                                : &(*value)[0];
    if (item) numbers[i] = integerOf(*item).value_or(fallback);
  }
  return numbers;
}

const Shape& Parts::shape(std::size_t input) const {
  static const Shape kNone;
  return input < record.inputs.size() ? record.inputs[input] : kNone;
}

std::int64_t Parts::dim(int axis, std::size_t input) const {
  const Shape& of = shape(input);
  const int at = normalAxis(axis, static_cast<int>(of.size()));
  return at < 0 ? -1 : of[static_cast<std::size_t>(at)];
}

Tensor Parts::weight(const std::string& role, std::size_t rank) {
  auto read = readWeight(role);
  if (read.ok() && read->dtype() == DType::kFloat32 && read->shape().size() == rank) return std::move(*read);
  refuse(read.ok() ? "Its weight '" + role + "' has the shape " + shapeText(read->shape()) + " or is no float32."
                   : read.status().message());
  return Tensor(DType::kFloat32, Shape(rank, 1));
}

PartTensor Parts::add(const char* layerClass, Json layerConfig, std::vector<PartTensor> inputs,
                      std::vector<std::pair<std::string, Tensor>> weights) {
  parts.push_back({layerClass, std::move(layerConfig), std::move(inputs), std::move(weights)});
  return {static_cast<int>(parts.size()) - 1, 0};
}

PartTensor Parts::activation(const PartTensor& x, const char* activationName) {
  return add("Activation", Json{{"activation", activationName}}, {x});
}

PartTensor Parts::scaled(const PartTensor& x, double scale, double offset) {
  return add("Rescaling", Json{{"scale", scale}, {"offset", offset}}, {x});
}

PartTensor Parts::reshape(const PartTensor& x, const std::vector<std::int64_t>& target) {
  if (std::count(target.begin(), target.end(), -1) > 1) refuse("The size of its input must be known.");
  return add("Reshape", Json{{"target_shape", target}}, {x});
}

PartTensor Parts::permute(const PartTensor& x, const std::vector<int>& dims) {
  return add("Permute", Json{{"dims", dims}}, {x});
}

PartTensor Parts::relu(const PartTensor& x, double maximum) {
  return add("ReLU", Json{{"max_value", maximum < 0 ? Json(nullptr) : Json(maximum)}}, {x});
}

PartTensor Parts::dense(const PartTensor& x, Tensor kernel, const Tensor* bias) {
  const std::int64_t units = kernel.shape().size() == 2 ? kernel.shape()[1] : 1;
  Json layerConfig{{"units", units}, {"activation", "linear"}, {"use_bias", bias != nullptr}};
  std::vector<std::pair<std::string, Tensor>> weights{{"kernel", std::move(kernel)}};
  if (bias) weights.emplace_back("bias", *bias);
  return add("Dense", std::move(layerConfig), {x}, std::move(weights));
}

PartTensor Parts::dot(const PartTensor& x, const PartTensor& y, int a, int b) {
  return add("Dot", Json{{"axes", Json::array({a, b})}, {"normalize", false}}, {x, y});
}

PartTensor Parts::affine(const PartTensor& x, const Tensor& mean, const Tensor& scale, const Tensor& offset) {
  const Tensor ones(DType::kFloat32, scale.shape(), std::vector<float>(static_cast<std::size_t>(scale.size()), 1));
  return add("BatchNormalization", Json{{"axis", -1}, {"momentum", 0.99}, {"epsilon", 0}, {"center", true}, {"scale", true}},
             {x}, {{"gamma", scale}, {"beta", offset}, {"moving_mean", mean}, {"moving_variance", ones}});
}

Tensor matrix(std::int64_t rows, std::int64_t columns, const std::function<double(std::int64_t, std::int64_t)>& at) {
  Tensor made(DType::kFloat32, {rows, columns});
  float* to = made.mutableData<float>();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) *to++ = static_cast<float>(at(i, j));
  return made;
}

Tensor vectorOf(const std::vector<double>& values) {
  Tensor made(DType::kFloat32, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i) made.mutableData<float>()[i] = static_cast<float>(values[i]);
  return made;
}

namespace {

/// Of a value whose channels get weights of their own.
constexpr std::int64_t kMaxChannels = 1 << 20;

using Test = bool (*)(const Json& config, int kerasMajor);

bool always(const Json&, int) { return true; }

double real(const Json& config, const char* key, double fallback) {
  const Json* value = member(config, key);
  return value ? realOf(*value).value_or(fallback) : fallback;
}

bool given(const Json& config, const char* key) {
  const Json* value = member(config, key);
  return value && !value->is_null();
}

bool isTrue(const Json& config, const char* key, bool fallback = false) {
  const Json* value = member(config, key);
  return value && value->is_boolean() ? value->get<bool>() : fallback;
}

bool reluTest(const Json& config, int) {
  return real(config, "threshold", 0) != 0 || (real(config, "negative_slope", 0) != 0 && given(config, "max_value"));
}
bool gruTest(const Json& config, int major) { return isTrue(config, "reset_after", major >= 3); }
bool cellsTest(const Json& config, int major) {
  const Json* cell = member(config, "cell");
  if (!cell) return false;
  const std::string_view className = textOf(member(*cell, "class_name"));
  const Json* inner = member(*cell, "config");
  return className == "StackedRNNCells" || (className == "GRUCell" && inner && gruTest(*inner, major));
}
bool bidirectionalTest(const Json& config, int major) {
  const Json* layer = member(config, "layer");
  const Json* inner = layer ? member(*layer, "config") : nullptr;
  return inner && textOf(member(*layer, "class_name")) == "GRU" && gruTest(*inner, major);
}
bool lists(const Json& config, int) {
  const Json *scale = member(config, "scale"), *offset = member(config, "offset");
  return (scale && scale->is_array()) || (offset && offset->is_array());
}
bool keepDims(const Json& config, int) { return isTrue(config, "keepdims"); }
bool groups(const Json& config, int) { return real(config, "groups", 1) > 1; }
bool causal(const Json& config, int) { return textOf(member(config, "padding")) == "causal"; }
bool bilinear(const Json& config, int) { return textOf(member(config, "interpolation")) == "bilinear"; }

struct Composition {
  std::string_view className;
  Test needed;
  void (*compose)(Parts&);
};

/// A line a class; the test says which configs TensorFlow.js does not do itself.
const Composition kCompositions[] = {
    {"ReLU", reluTest, composeRelu},
    {"ELU", [](const Json& config, int) { return real(config, "alpha", 1) != 1; }, composeElu},
    {"Softmax", [](const Json& config, int) { return given(config, "axis") && real(config, "axis", -1) != -1; },
     composeSoftmax},
    {"Subtract", always, composeSubtract},
    {"ZeroPadding1D", always, composeSequenceShape},
    {"Cropping1D", always, composeSequenceShape},
    {"UpSampling1D", always, composeSequenceShape},
    {"ZeroPadding3D", always, composeVolumeShape},
    {"Cropping3D", always, composeVolumeShape},
    {"UpSampling3D", always, composeVolumeShape},
    {"GlobalAveragePooling1D", keepDims, composeGlobalPooling},
    {"GlobalAveragePooling2D", keepDims, composeGlobalPooling},
    {"GlobalAveragePooling3D", always, composeGlobalPooling},
    {"GlobalMaxPooling1D", keepDims, composeGlobalPooling},
    {"GlobalMaxPooling2D", keepDims, composeGlobalPooling},
    {"GlobalMaxPooling3D", always, composeGlobalPooling},
    {"UpSampling2D", bilinear, composeResize},
    {"Resizing", always, composeResize},
    {"SeparableConv1D", always, composeSequenceConv},
    {"DepthwiseConv1D", always, composeSequenceConv},
    {"Conv1DTranspose", always, composeSequenceConv},
    {"Conv1D", groups, composeGroupedConv},
    {"Conv1D", causal, composeSequenceConv},
    {"Conv2D", groups, composeGroupedConv},
    {"Conv3D", groups, composeGroupedConv},
    {"Normalization", always, composeNormalization},
    {"Rescaling", lists, composeRescaling},
    {"GroupNormalization", always, composeGroupNormalization},
    {"LayerScale", always, composeLayerScale},
    {"Discretization", always, composeDiscretization},
    {"CategoryEncoding", always, composeCategoryEncoding},
    {"Attention", always, composeAttention},
    {"MultiHeadAttention", always, composeMultiHeadAttention},
    {"GRU", gruTest, composeGru},
    {"RNN", cellsTest, composeCells},
    {"Bidirectional", bidirectionalTest, composeBidirectional},
};

/// Layers whose activation may be a layer behind them.
bool takesActivation(std::string_view className) {
  return className == "Dense" || className == "Activation" || className == "DepthwiseConv2D" ||
         className == "SeparableConv2D" ||
         (className.starts_with("Conv") && className.find("LSTM") == std::string_view::npos);
}

const Composition* find(std::string_view className, const Json& config, int kerasMajor) {
  for (const Composition& entry : kCompositions)
    if (entry.className == className && entry.needed(config, kerasMajor)) return &entry;
  return nullptr;
}

}  // namespace

bool needsParts(std::string_view className, const Json& config, int kerasMajor, bool operation) {
  if (operation || find(className, config, kerasMajor)) return true;
  const std::string name = plainActivation(member(config, "activation"));
  return takesActivation(className) && !name.empty() && !hasTfjsActivation(name, kerasMajor);
}

void composeLayer(Parts& layer) {
  // Sizes come from the file: products of them must not overflow, and matrices are made from them.
  for (const auto* shapes : {&layer.record.inputs, &layer.record.outputs})
    for (const Shape& shape : *shapes) {
      Shape known;
      for (const std::int64_t size : shape) known.push_back(std::max<std::int64_t>(size, 1));
      if (!checkedElementCount(known).ok() || (!shape.empty() && shape.back() > kMaxChannels))
        return layer.refuse("Its values are too large to be computed by other layers.");
    }
  // What TensorFlow.js makes of masks depends on each of the parts.
  if (layer.record.masked) return layer.refuse("Its input has a mask, which TensorFlow.js does not take along.");
  if (layer.record.varies) return layer.refuse("Its calls differ, and TensorFlow.js has no layer of that kind.");
  for (const auto& [key, index] : layer.keywords)
    if (index < 0 || (key != "value" && key != "key" && key != "query" && key != "initial_state"))
      return layer.refuse("TensorFlow.js has no layer class '" + layer.className +
                          "', and other layers cannot be given its '" + key + "'.");
  if (const Composition* entry = find(layer.className, layer.config, layer.kerasMajor)) entry->compose(layer);
  else if (takesActivation(layer.className)) composeActivatedLayer(layer);
  else composeOperation(layer);
}

}  // namespace texflow
