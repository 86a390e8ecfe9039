// The functional part of ModelWalk: what a layer's inputs refer to, and layers in the order in which their values are
// needed.
#include "layers/model_walk.h"

namespace texflow {

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

}  // namespace texflow
