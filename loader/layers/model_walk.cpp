#include "layers/model_walk.h"

#include <algorithm>

#include "layers/dialects.h"

namespace texflow {
namespace {

constexpr std::size_t kMaxLayers = 100000;
/// Calls of layers in a whole model: models in models could ask for any number.
constexpr int kMaxCalls = 200000;

bool isModel(std::string_view className) {
  return className == "Sequential" || className == "Functional" || className == "Model";
}

const Json* layersOf(const Json& config) { return config.is_array() ? &config : member(config, "layers"); }

bool isCustom(const Json& layer) {
  const std::string_view module = textOf(member(layer, "module"));
  for (const char* known : {"keras", "tf_keras", "tensorflow", "builtins"})
    if (module.starts_with(known)) return false;
  return !module.empty();
}

}  // namespace

ModelWalk::ModelWalk(ModelContext& context, std::string className, const Json& config, WeightScope weights,
                     std::string scope)
    : context_(context),
      graph_(context.graph),
      className_(std::move(className)),
      config_(config),
      weights_(std::move(weights)),
      scope_(std::move(scope)) {}

bool ModelWalk::readItems() {
  const Json* layers = layersOf(config_);
  const auto refuse = [&](const std::string& message) { return graph_.fail(message), false; };
  if (!layers || !layers->is_array() || layers->empty())
    return refuse("The model (" + className_ + ") has no list of layers.");
  if (layers->size() > kMaxLayers)
    return refuse("The model has " + std::to_string(layers->size()) + " layers; at most " + std::to_string(kMaxLayers) +
                  " are read.");
  std::map<std::string, int> seen;
  for (const Json& layer : *layers) {
    Item item;
    item.className = textOf(member(layer, "class_name"));
    item.config = member(layer, "config");
    if (item.className.empty() || !item.config)
      return refuse("A layer of the model has no class_name or no config: " + excerpt(layer) + ".");
    item.name = textOf(member(layer, "name"));
    if (item.name.empty()) item.name = textOf(member(*item.config, "name"));
    if (item.name.empty()) item.name = snakeCase(item.className) + "_" + std::to_string(items_.size());
    item.inbound = member(layer, "inbound_nodes");
    item.isInput = item.className == "InputLayer";
    item.path = "layers/" + numberedPath(item.className, seen);
    if (isCustom(layer))
      return refuse("The layer '" + fullName(item) + "': its class '" + item.className +
                    "' is a custom one, of the Python module '" + std::string(textOf(member(layer, "module"))) +
                    "'; save the model as a SavedModel, which holds the layer's graph, and convert that.");
    if (!index_.emplace(item.name, static_cast<int>(items_.size())).second)
      return refuse("The model has two layers named '" + item.name + "'.");
    items_.push_back(std::move(item));
  }
  return true;
}

LayerCall ModelWalk::makeCall(const Item& item) {
  return {context_, graph_, *item.config, item.className, item.name, weights_.layer(item.path, item.name), {}, {}};
}

Shape ModelWalk::inputShape(const Item& item) {
  // A model as the first layer brings its own input layer.
  const Json* config = item.config;
  std::string_view className = item.className;
  while (isModel(className)) {
    const Json* layers = layersOf(*config);
    const Json* inner = layers && layers->is_array() && !layers->empty() ? &(*layers)[0] : nullptr;
    if (const Json* next = inner ? member(*inner, "config") : nullptr) config = next;
    else break;
    className = textOf(member(*inner, "class_name"));
  }
  Shape dims;
  const Json* shape = member(*config, "batch_input_shape");
  if (!shape || !shape->is_array()) shape = member(*config, "batch_shape");
  if (!shape || !shape->is_array()) {
    shape = member(*config, "input_shape");
    if (shape && shape->is_array()) dims.push_back(-1);
  }
  // A Sequential model that was built on its first call has it in its own config.
  if (!shape || !shape->is_array()) shape = member(config_, "build_input_shape");
  if (!shape || !shape->is_array()) {
    graph_.fail("The shape of the input is not known: the layer's config has no batch_input_shape and no batch_shape.");
    return dims;
  }
  for (const Json& size : *shape) {
    const auto number = integerOf(size);
    dims.push_back(number && *number >= 0 && *number <= kMaxElements ? *number : -1);
  }
  return dims;
}

Value ModelWalk::makeInput(const Item& item, const std::string& name) {
  graph_.setScope(fullName(item));
  LayerCall call = makeCall(item);
  call.name = name;
  const Value value = makeInput_(call, inputShape(item));
  inputNames_.push_back(name);
  return value;
}

std::vector<NamedValue> ModelWalk::lower(const Item& item, LayerCall& layer) {
  if (++context_.calls > kMaxCalls) graph_.fail("The model calls layers more than " + std::to_string(kMaxCalls) + " times.");
  graph_.setScope(fullName(item));
  if (graph_.status().ok()) lowerLayer(layer);
  std::vector<NamedValue> outputs;
  if (!graph_.status().ok()) return outputs;
  for (std::size_t i = 0; i < layer.outputs.size(); ++i)
    outputs.push_back({item.name, layer.outputs[i], i == 0 ? layer.outputMask : Value{}});
  return outputs;
}

std::vector<NamedValue> ModelWalk::run(const std::vector<Value>& inputs, const std::vector<Value>& masks) {
  if (!readItems()) return {};
  return className_ == "Sequential" ? runSequential(inputs, masks) : runFunctional(inputs, masks);
}

std::vector<NamedValue> ModelWalk::runSequential(std::vector<Value> inputs, std::vector<Value> masks) {
  const Item& head = items_.front();
  if (makeInput_) inputs = {makeInput(head, head.isInput ? head.name : head.name + "_input")};
  std::vector<NamedValue> values;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values.push_back({head.name, inputs[i], i < masks.size() ? masks[i] : Value{}});
  for (const Item& item : items_) {
    if (!graph_.status().ok()) return {};
    if (item.isInput) continue;
    LayerCall layer = makeCall(item);
    for (const NamedValue& value : values) {
      layer.args.push_back(Json{{"__tensor__", layer.tensors.size()}});
      layer.tensors.push_back(value.value);
      layer.tensorMasks.push_back(value.mask);
    }
    layer.inputs = layer.tensors;
    layer.masks = layer.tensorMasks;
    values = lower(item, layer);
  }
  return values;
}

bool ModelWalk::readReference(const Json& json, Reference& reference) const {
  const Json* list = &json;
  if (const Json* config = member(json, "config"); config && textOf(member(json, "class_name")) == "__keras_tensor__")
    list = member(*config, "keras_history");
  if (!list || !list->is_array() || list->size() < 3 || !(*list)[0].is_string()) return false;
  const auto found = index_.find(textOf(&(*list)[0]));
  const auto call = integerOf((*list)[1]), tensor = integerOf((*list)[2]);
  if (found == index_.end() || !call || !tensor || *call < 0 || *tensor < 0 || *call > 1000000 || *tensor > 1000000)
    return false;
  reference = {found->second, static_cast<int>(*call), static_cast<int>(*tensor)};
  return true;
}

void ModelWalk::collect(const Json& json, std::vector<Reference>& references, std::vector<std::string>* keys,
                        const std::string& key) const {
  Reference reference;
  if (readReference(json, reference)) {
    references.push_back(reference);
    if (keys) keys->push_back(key);
  } else if (json.is_array()) {
    for (const Json& item : json) collect(item, references, keys, key);
  } else if (json.is_object()) {
    for (auto it = json.begin(); it != json.end(); ++it) collect(it.value(), references, keys, it.key());
  }
}

Json ModelWalk::canonical(const Json& json, std::vector<Reference>& references) const {
  Reference reference;
  if (readReference(json, reference)) {
    references.push_back(reference);
    return Json{{"__tensor__", references.size() - 1}};
  }
  if (textOf(member(json, "class_name")) == "__keras_tensor__") failReference(json);
  if (json.is_array()) {
    if (json.size() >= 3 && textOf(&json[0]) == "_CONSTANT_VALUE") return json[2];
    Json list = Json::array();
    for (const Json& item : json) list.push_back(canonical(item, references));
    return list;
  }
  if (!json.is_object()) return json;
  Json object = Json::object();
  for (auto it = json.begin(); it != json.end(); ++it) object[it.key()] = canonical(it.value(), references);
  return object;
}

void ModelWalk::failReference(const Json& json) const {
  const Json* config = member(json, "config");
  const Json* history = config ? member(*config, "keras_history") : nullptr;
  graph_.fail("The model refers to the tensor " + excerpt(history ? *history : json) + ", which no layer of it gives.");
}

void ModelWalk::findFirstCalls() {
  std::vector<bool> usesZero(items_.size(), false);
  const auto note = [&](const Json& json) {
    std::vector<Reference> references;
    collect(json, references, nullptr);
    for (const Reference& reference : references)
      if (reference.call == 0) usesZero[static_cast<std::size_t>(reference.layer)] = true;
  };
  bool any = false;
  for (const Item& item : items_) any = any || isModel(item.className);
  if (!any) return;
  for (const Item& item : items_)
    if (item.inbound) note(*item.inbound);
  if (const Json* outputs = member(config_, "output_layers")) note(*outputs);
  for (std::size_t i = 0; i < items_.size(); ++i) items_[i].firstCall = isModel(items_[i].className) && !usesZero[i] ? 1 : 0;
}

bool ModelWalk::readFrame(const Reference& wanted, Frame& frame) {
  const Item& item = items_[static_cast<std::size_t>(wanted.layer)];
  frame.layer = wanted.layer;
  frame.call = wanted.call;
  const int at = wanted.call - item.firstCall;
  if (item.isInput || !item.inbound || !item.inbound->is_array() || at < 0 || at >= static_cast<int>(item.inbound->size())) {
    graph_.fail("The layer '" + fullName(item) + "' is used by its call " + std::to_string(wanted.call) +
                ", which the model does not have.");
    return false;
  }
  const Json& inbound = (*item.inbound)[static_cast<std::size_t>(at)];
  if (const Json* args = member(inbound, "args")) {
    frame.args = canonical(*args, frame.references);
    frame.argumentCount = frame.references.size();
    if (const Json* kwargs = member(inbound, "kwargs")) frame.kwargs = canonical(*kwargs, frame.references);
    return graph_.status().ok();
  }
  // Keras 2: a list of [layer, call, tensor, keyword arguments], or one of these.
  const bool single = inbound.is_array() && !inbound.empty() && inbound[0].is_string();
  const Json list = single ? Json::array({inbound}) : inbound;
  if (list.is_object()) {
    frame.args.push_back(canonical(list, frame.references));
  } else {
    Json values = Json::array();
    for (const Json& entry : list) {
      const std::size_t before = frame.references.size();
      values.push_back(canonical(entry, frame.references));
      const bool named =
          entry.is_array() && entry.size() >= 3 && entry[0].is_string() && textOf(&entry[0]) != "_CONSTANT_VALUE";
      if (named && frame.references.size() == before) failReference(entry);
    }
    if (list.size() == 1) frame.args.push_back(values[0]);
    else frame.args.push_back(std::move(values));
  }
  frame.argumentCount = frame.references.size();
  if (list.is_array())
    for (const Json& entry : list)
      if (entry.is_array() && entry.size() > 3 && entry[3].is_object())
        for (auto it = entry[3].begin(); it != entry[3].end(); ++it)
          if (!frame.kwargs.contains(it.key())) frame.kwargs[it.key()] = canonical(it.value(), frame.references);
  return graph_.status().ok();
}

const NamedValue* ModelWalk::find(const Reference& reference) {
  const Item& item = items_[static_cast<std::size_t>(reference.layer)];
  // An input layer has one call, whatever number it is given.
  const auto call = item.calls.find(item.isInput ? 0 : reference.call);
  if (call == item.calls.end()) return nullptr;
  if (reference.tensor < static_cast<int>(call->second.size()))
    return &call->second[static_cast<std::size_t>(reference.tensor)];
  graph_.fail("The layer '" + fullName(item) + "' has " + std::to_string(call->second.size()) + " outputs; its output " +
              std::to_string(reference.tensor) + " is used.");
  return nullptr;
}

bool ModelWalk::evaluate(const Reference& wanted) {
  // Depth first with a stack of its own: chains of layers may be of any length.
  std::vector<Frame> stack;
  const auto push = [&](const Reference& reference) {
    Item& item = items_[static_cast<std::size_t>(reference.layer)];
    if (item.open[reference.call])
      return graph_.fail("The layer '" + fullName(item) + "' depends on its own output."), false;
    Frame frame;
    if (!readFrame(reference, frame)) return false;
    item.open[reference.call] = true;
    stack.push_back(std::move(frame));
    return true;
  };
  if (!find(wanted) && (!graph_.status().ok() || !push(wanted))) return false;
  while (!stack.empty()) {
    Frame& top = stack.back();
    if (top.next < top.references.size()) {
      const Reference reference = top.references[top.next];
      if (find(reference)) ++top.next;
      else if (!graph_.status().ok() || !push(reference)) return false;
      continue;
    }
    Item& item = items_[static_cast<std::size_t>(top.layer)];
    LayerCall layer = makeCall(item);
    for (const Reference& reference : top.references) {
      const NamedValue* value = find(reference);
      if (!value) return false;
      layer.tensors.push_back(value->value);
      layer.tensorMasks.push_back(value->mask);
    }
    const auto count = static_cast<std::ptrdiff_t>(top.argumentCount);
    layer.inputs.assign(layer.tensors.begin(), layer.tensors.begin() + count);
    layer.masks.assign(layer.tensorMasks.begin(), layer.tensorMasks.begin() + count);
    layer.args = std::move(top.args);
    layer.kwargs = std::move(top.kwargs);
    const int call = top.call;
    stack.pop_back();
    auto outputs = lower(item, layer);
    if (!graph_.status().ok()) return false;
    item.open.erase(call);
    item.calls[call] = std::move(outputs);
  }
  return find(wanted) != nullptr;
}

std::vector<NamedValue> ModelWalk::runFunctional(const std::vector<Value>& inputs, const std::vector<Value>& masks) {
  findFirstCalls();
  const Json *inputLayers = member(config_, "input_layers"), *outputLayers = member(config_, "output_layers");
  if (!inputLayers || !outputLayers) {
    graph_.fail("The model (" + className_ + ") has no input_layers or no output_layers.");
    return {};
  }
  std::vector<Reference> starts, ends;
  std::vector<std::string> keys;
  collect(*inputLayers, starts, nullptr);
  collect(*outputLayers, ends, &keys);
  if (!makeInput_ && starts.size() != inputs.size()) {
    graph_.fail("The model has " + std::to_string(starts.size()) + " inputs and is called with " +
                std::to_string(inputs.size()) + ".");
    return {};
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {
    Item& item = items_[static_cast<std::size_t>(starts[i].layer)];
    const Value value = makeInput_ ? makeInput(item, item.name) : inputs[i];
    item.calls[item.isInput ? 0 : starts[i].call] = {
        {item.name, value, !makeInput_ && i < masks.size() ? masks[i] : Value{}}};
    if (!graph_.status().ok()) return {};
  }
  std::vector<NamedValue> values;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (!evaluate(ends[i])) return {};
    NamedValue value = *find(ends[i]);
    if (!keys[i].empty()) value.name = keys[i];
    values.push_back(std::move(value));
  }
  return values;
}

void lowerNestedModel(LayerCall& call) {
  const std::string scope = call.graph.scope();
  ModelWalk walk(call.model, call.className, call.config, call.weights, scope);
  const auto outputs = walk.run(call.inputs, call.masks);
  call.graph.setScope(scope);
  for (const NamedValue& output : outputs) call.outputs.push_back(output.value);
  if (!outputs.empty()) call.outputMask = outputs[0].mask;
}

}  // namespace texflow
