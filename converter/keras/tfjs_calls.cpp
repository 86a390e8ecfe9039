#include "tfjs_calls.h"

namespace texflow {
namespace {

/// A tensor of Keras 3 as [layer, call, output]; null for anything else.
const Json* historyOf(const Json& json) {
  if (textOf(member(json, "class_name")) != "__keras_tensor__") return nullptr;
  const Json* config = member(json, "config");
  const Json* history = config ? member(*config, "keras_history") : nullptr;
  return history && history->is_array() && history->size() >= 3 ? history : nullptr;
}

/// Arguments with the tensors replaced by their index in `tensors`.
Json collect(const Json& json, std::vector<Json>& tensors) {
  if (const Json* history = historyOf(json)) {
    tensors.push_back(*history);
    return Json{{"__tensor__", tensors.size() - 1}};
  }
  if (!json.is_structured()) return json;
  Json copy = json;
  for (Json& item : copy) item = collect(item, tensors);
  return copy;
}

bool isReference(const Json& json) {
  return json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() &&
         json[2].is_number_integer();
}

void readKeywords(const Json& kwargs, TfjsCall& call) {
  for (auto it = kwargs.begin(); it != kwargs.end(); ++it) {
    // The second operand of a TensorFlow function.
    if (it.key() == "y") {
      call.args.push_back(isReference(it.value()) ? Json{{"__tensor__", call.tensors.size()}} : it.value());
      if (isReference(it.value())) call.tensors.push_back(it.value());
      continue;
    }
    const std::size_t before = call.tensors.size();
    if (isReference(it.value())) call.tensors.push_back(it.value());
    else collect(it.value(), call.tensors);
    if (call.tensors.size() > before) call.keywords[it.key()] = static_cast<int>(before);
    else if (!it.value().is_null() && it.value() != false && it.key() != "training") call.keywords[it.key()] = -1;
  }
}

}  // namespace

std::vector<TfjsCall> readCalls(const Json& nodes) {
  std::vector<TfjsCall> calls;
  if (!nodes.is_array()) return calls;
  for (const Json& node : nodes) {
    TfjsCall call;
    if (const Json* args = member(node, "args")) {
      call.args = collect(*args, call.tensors);
      if (const Json* kwargs = member(node, "kwargs"); kwargs && kwargs->is_object()) readKeywords(*kwargs, call);
    } else if (node.is_array()) {
      const Json list = isReference(node) ? Json::array({node}) : node;
      for (const Json& entry : list)
        if (isReference(entry)) {
          call.args.push_back(Json{{"__tensor__", call.tensors.size()}});
          call.tensors.push_back(entry);
        }
      for (const Json& entry : list)
        if (isReference(entry) && entry.size() > 3 && entry[3].is_object()) readKeywords(entry[3], call);
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

Json callReference(const Json& tensor, const std::set<std::string>& nested) {
  const std::string name(textOf(&tensor[0]));
  // Keras 2 and TensorFlow.js count the making of a nested model as its first call.
  const std::int64_t more = nested.contains(name) ? 1 : 0;
  return Json::array({name, integerOf(tensor[1]).value_or(0) + more, tensor[2], Json::object()});
}

void rewriteCalls(Json& nodes, const std::set<std::string>& nested, const std::function<void(const std::string&)>& refuse) {
  if (!nodes.is_array()) return;
  for (Json& node : nodes) {
    if (!member(node, "args")) continue;
    const TfjsCall call = readCalls(Json::array({node}))[0];
    for (const auto& [key, index] : call.keywords)
      if (key != "initial_state" && index >= 0) refuse("TensorFlow.js cannot pass '" + key + "' to a layer.");
    Json list = Json::array();
    for (const Json& tensor : call.tensors) list.push_back(callReference(tensor, nested));
    node = std::move(list);
  }
}

Json modelEnds(const Json& ends, const std::set<std::string>& nested, bool keras3) {
  if (!keras3) return ends;
  Json list = Json::array();
  for (const Json& end : isReference(ends) ? Json::array({ends}) : ends) {
    Json item = end;
    if (isReference(item) && nested.contains(std::string(textOf(&item[0])))) item[1] = integerOf(item[1]).value_or(0) + 1;
    list.push_back(std::move(item));
  }
  return list;
}

void moveReference(Json& list, const TfjsMoves& moves) {
  if (isReference(list)) {
    const auto found = moves.find({std::string(textOf(&list[0])), integerOf(list[2]).value_or(0)});
    if (found == moves.end()) return;
    list[0] = found->second.first;
    list[2] = found->second.second;
  } else if (list.is_structured()) {
    for (Json& item : list) moveReference(item, moves);
  }
}

void moveReferences(Json& layers, const TfjsMoves& moves) {
  if (moves.empty()) return;
  for (Json& layer : layers)
    if (const auto nodes = layer.find("inbound_nodes"); nodes != layer.end()) moveReference(*nodes, moves);
}

bool isOneOfKeras3Keys(std::string_view key) { return key == "module" || key == "registered_name" || key == "build_config"; }

}  // namespace texflow
