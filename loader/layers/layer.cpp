#include "layers/layer.h"

#include <algorithm>

namespace texflow {

Value LayerCall::input() {
  if (inputs.empty()) {
    fail("The layer is called without an input.");
    return {{-1, 0}, DType::kFloat32, {}};
  }
  return inputs[0];
}

bool LayerCall::needInputs(std::size_t count) {
  if (inputs.size() >= count) return true;
  fail("It is called with " + std::to_string(inputs.size()) + " inputs and needs " + std::to_string(count) + ".");
  return false;
}

const Json* LayerCall::find(const char* key) const {
  const Json* value = member(config, key);
  return value && !value->is_null() ? value : nullptr;
}

bool LayerCall::flag(const char* key, bool fallback) const {
  const Json* value = find(key);
  if (!value) return fallback;
  return value->is_boolean() ? value->get<bool>() : value->is_number() ? value->get<double>() != 0 : fallback;
}

std::int64_t LayerCall::integer(const char* key, std::int64_t fallback) {
  const Json* value = find(key);
  if (!value) return fallback;
  const auto number = integerOf(*value);
  if (!number || *number < -kMaxElements || *number > kMaxElements) {
    fail(std::string("Its ") + key + " is " + excerpt(*value) + ", not an integer that makes sense there.");
    return fallback;
  }
  return *number;
}

double LayerCall::number(const char* key, double fallback) const {
  const Json* value = find(key);
  return value ? realOf(*value).value_or(fallback) : fallback;
}

std::string LayerCall::text(const char* key, const char* fallback) const {
  const Json* value = find(key);
  return value && value->is_string() ? std::string(textOf(value)) : std::string(fallback);
}

std::vector<std::int64_t> LayerCall::ints(const char* key, std::size_t count, std::int64_t fallback) {
  const Json* value = find(key);
  std::vector<std::int64_t> numbers(count, fallback);
  if (!value) return numbers;
  const bool list = value->is_array();
  for (std::size_t i = 0; i < count; ++i) {
    const Json* item = !list ? value : value->size() == count ? &(*value)[i] : value->size() == 1 ? &(*value)[0] : nullptr;
    const auto number = item ? integerOf(*item) : std::nullopt;
    if (!number || *number < -kMaxElements || *number > kMaxElements) {
      fail(std::string("Its ") + key + " is " + excerpt(*value) + "; " + std::to_string(count) + " integers are needed.");
      return std::vector<std::int64_t>(count, std::max<std::int64_t>(fallback, 1));
    }
    numbers[i] = *number;
  }
  return numbers;
}

bool LayerCall::samePadding() {
  const std::string padding = text("padding", "valid");
  if (padding != "same" && padding != "valid")
    fail("Its padding is '" + padding + "'; 'same' and 'valid' are supported here.");
  return padding == "same";
}

Value LayerCall::weight(const std::string& role, const Shape& shape) {
  const int ordinal = weightCount++;
  const int index = weights.find(role, ordinal);
  if (index < 0) {
    fail("The file has no weight '" + role + "' for it" +
         (weights.table().byPath() ? " (" + weights.path() + "/vars/" + std::to_string(ordinal) + ")." : "."));
    return {{-1, 0}, DType::kFloat32, shape};
  }
  const StoredWeight& stored = weights.table().weights()[static_cast<std::size_t>(index)];
  bool fits = stored.shape.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = shape[i] < 0 || stored.shape[i] == shape[i];
  if (!fits) {
    std::string wanted = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
      wanted += (i ? "," : "") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
    fail("Its weight '" + stored.name + "' has the shape " + shapeText(stored.shape) +
         " in the file, but its config needs " + wanted + "].");
    return {{-1, 0}, DType::kFloat32, shape};
  }
  const auto& names = weights.names();
  return weights.table().use(graph, index,
                             {weights.nameOf(role), weights.path() + "/vars/" + std::to_string(ordinal),
                              names.empty() ? std::string() : names.front()});
}

LayerCall LayerCall::inner(const std::string& attribute, const std::string& innerName, std::string innerClass,
                           const Json& innerConfig) const {
  return {model,
          graph,
          innerConfig,
          std::move(innerClass),
          innerName.empty() ? name : innerName,
          weights.child(attribute, innerName),
          inputs,
          masks};
}

const Json* LayerCall::argument(std::size_t position, std::initializer_list<const char*> names) const {
  const Json* found = position < args.size() ? &args[position] : nullptr;
  for (const char* key : names)
    if (const Json* value = member(kwargs, key); !found && value) found = value;
  for (const char* key : names)
    if (const Json* value = member(config, key); !found && value) found = value;
  return found && !found->is_null() ? found : nullptr;
}

std::optional<Value> LayerCall::valueOf(const Json& json) {
  if (const Json* index = member(json, "__tensor__")) {
    const auto at = integerOf(*index);
    if (!at || *at < 0 || *at >= static_cast<std::int64_t>(tensors.size())) return std::nullopt;
    return tensors[static_cast<std::size_t>(*at)];
  }
  const Json* plain =
      member(json, "value");  // Keras 3 writes arrays as {"class_name": "__numpy__", "config": {"value": ...}}
  if (const Json* inner = member(json, "config")) plain = member(*inner, "value");
  const Json& value = plain ? *plain : json;
  if (value.is_boolean()) return graph.scalar(value.get<bool>(), DType::kBool);
  if (value.is_number_integer()) return graph.scalar(value.get<double>(), DType::kInt32);
  if (const auto number = realOf(value); number && !value.is_string()) return graph.scalar(*number);
  if (!value.is_array()) return std::nullopt;
  // Nested lists of numbers.
  Shape shape;
  for (const Json* level = &value; level->is_array() && shape.size() < 8; level = &(*level)[0]) {
    shape.push_back(static_cast<std::int64_t>(level->size()));
    if (level->empty()) return std::nullopt;
  }
  std::vector<const Json*> flat{&value};
  bool real = false;
  for (const std::int64_t size : shape) {
    std::vector<const Json*> next;
    for (const Json* list : flat) {
      if (!list->is_array() || static_cast<std::int64_t>(list->size()) != size) return std::nullopt;
      for (const Json& item : *list) next.push_back(&item);
    }
    flat = std::move(next);
  }
  Tensor tensor(DType::kFloat32, shape);
  for (std::size_t i = 0; i < flat.size(); ++i) {
    const auto number = realOf(*flat[i]);
    if (!number) return std::nullopt;
    real = real || !flat[i]->is_number_integer();
    tensor.mutableData<float>()[i] = static_cast<float>(*number);
  }
  const Value made = graph.constant(tensor);
  return real ? made : graph.cast(made, DType::kInt32);
}

std::optional<Value> LayerCall::operand(std::size_t position, std::initializer_list<const char*> names) {
  const Json* json = argument(position, names);
  return json ? valueOf(*json) : std::nullopt;
}

Value LayerCall::activated(const Value& x, const char* key, const char* fallback) {
  const Json* spec = find(key);
  if (spec) return activation(*this, x, spec);
  const Json named(fallback);
  return activation(*this, x, member(config, key) ? nullptr : &named);
}

Value addBias(GraphBuilder& graph, const Value& x, const Value& bias) {
  return bias ? graph.node("BiasAdd", {x, bias}, x.dtype, x.shape, {{"data_format", "NHWC"}}) : x;
}

namespace {

void lowerCall(LayerCall& call) {
  const LayerClass* layer = findLayer(call.className);
  if (!layer) {
    if (call.className == "Lambda")
      call.fail(
          "A Lambda layer holds Python code, which cannot be converted; save the model as a SavedModel and convert that.");
    else if (!lowerOperation(call, call.className))
      call.fail("The layer class '" + call.className +
                "' is not known; save the model as a SavedModel, which holds the layer's graph, and convert that.");
    return;
  }
  const bool first =
      layer->spatial && (call.text("data_format", "") == "channels_first" || call.text("dim_ordering", "") == "th");
  const auto order = [&](int rank, bool back) {
    std::vector<std::int64_t> axes{0};
    if (back) axes.push_back(rank - 1);
    for (int i = back ? 1 : 2; i < (back ? rank - 1 : rank); ++i) axes.push_back(i);
    if (!back) axes.push_back(1);
    return axes;
  };
  std::vector<int> ranks;
  for (Value& input : call.inputs) {
    ranks.push_back(input.rank());
    if (first && input.rank() > 2) input = call.graph.transpose(input, order(input.rank(), false));
  }
  layer->lower(call);
  if (first && call.graph.status().ok())
    for (Value& output : call.outputs)
      if (output.rank() > 2 && !ranks.empty() && output.rank() == ranks[0])
        output = call.graph.transpose(output, order(output.rank(), true));
  if (layer->keepsMask && !call.outputMask && !call.masks.empty()) call.outputMask = call.masks[0];
}

}  // namespace

void lowerLayer(LayerCall& call) {
  LayerObserver* const observer = call.model.observer;
  if (observer) observer->called(call);
  lowerCall(call);
  if (observer) observer->returned(call);
}

}  // namespace texflow
