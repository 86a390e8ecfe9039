#include "layers/model_walk.h"

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

void lowerNestedModel(LayerCall& call) {
  const std::string scope = call.graph.scope();
  ModelWalk walk(call.model, call.className, call.config, call.weights, scope);
  const auto outputs = walk.run(call.inputs, call.masks);
  call.graph.setScope(scope);
  for (const NamedValue& output : outputs) call.outputs.push_back(output.value);
  if (!outputs.empty()) call.outputMask = outputs[0].mask;
}

}  // namespace texflow
