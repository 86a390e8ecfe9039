#include "tfjs_config.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "tfjs_calls.h"
#include "tfjs_layer.h"
#include "tfjs_parts.h"

namespace texflow {
namespace {

bool isModel(std::string_view name) { return name == "Sequential" || name == "Functional" || name == "Model"; }

std::string nameOf(const Json& layer) {
  std::string name(textOf(member(layer, "name")));
  const Json* config = member(layer, "config");
  if (name.empty() && config) name = textOf(member(*config, "name"));
  return name;
}

/// Operations of Keras 3 and functions of TensorFlow stand among the layers.
bool isOperationLayer(const Json& layer) {
  if (layer.contains("module")) return textOf(member(layer, "module")).find(".ops") != std::string_view::npos;
  // HDF5 files leave the module out. The merge layers of these names are given one list, the operations their operands.
  static const std::set<std::string_view> kBoth = {"Add",     "Subtract", "Multiply",    "Average",
                                                   "Maximum", "Minimum",  "Concatenate", "Dot"};
  const Json* nodes = member(layer, "inbound_nodes");
  const Json* args = nodes && nodes->is_array() && !nodes->empty() ? member((*nodes)[0], "args") : nullptr;
  return args && kBoth.contains(textOf(member(layer, "class_name"))) && args->is_array() &&
         (args->size() != 1 || !(*args)[0].is_array());
}

/// A model's own fields; its layers become null.
Json withoutLayers(const Json& model) {
  Json made = Json::object();
  for (auto it = model.begin(); it != model.end(); ++it) {
    Json& to = made[it.key()];
    if (it.key() != "config" || !it.value().is_object()) {
      to = it.value();
      continue;
    }
    to = Json::object();
    for (auto field = it.value().begin(); field != it.value().end(); ++field)
      to[field.key()] = field.key() == "layers" ? Json() : field.value();
  }
  return made;
}

class Rewriter {
 public:
  Rewriter(const KerasTopology& topology, const TfjsSource& source, TfjsConfig& result)
      : major_(topology.kerasMajor), source_(source), result_(result) {
    note(topology.model);
    if (!source.lowered) return;
    const auto& uses = source.lowered->uses;
    for (std::size_t i = 0; i < uses.size(); ++i)
      if (!uses[i].name.empty()) weights_.emplace(uses[i].name, i);
  }

  Json model(const Json& source);

 private:
  /// A layer and what it becomes.
  struct Entry {
    Json layer;
    std::string name;
    bool nested = false;
    std::vector<TfjsCall> calls;
    std::vector<Parts::Part> parts;  ///< Empty: the layer itself.
    std::vector<std::string> names;  ///< Of the parts.
    std::vector<PartTensor> outputs;
  };

  void note(const Json& model);
  /// `python`: the layer is code that is not in the file, so no other format of this file helps.
  void refuse(const std::string& layer, const std::string& why, bool python = false);
  Entry entry(const Json& source);
  bool compose(const Json& source, Entry& entry);
  void rewrite(const std::string& name, std::string& className, Json& config);
  Json partLayer(Entry& entry, std::size_t part);
  /// Lists of the layers in both kinds of models, with the parts in the place of their layers.
  Json chain(std::vector<Entry>& entries);
  Json graph(std::vector<Entry>& entries, TfjsMoves& moves);
  void connect(std::vector<Entry>& entries, const Json& source, Json& config);

  int major_;
  const TfjsSource& source_;
  TfjsConfig& result_;
  std::set<std::string> taken_;  ///< All names of layers.
  std::map<std::string, std::size_t> weights_;
};

void Rewriter::note(const Json& model) {
  std::vector<const Json*> open{&model};
  while (!open.empty()) {
    const Json* config = member(*open.back(), "config");
    open.pop_back();
    const Json* layers = !config ? nullptr : config->is_array() ? config : member(*config, "layers");
    if (!layers || !layers->is_array()) continue;
    for (const Json& layer : *layers) {
      taken_.insert(nameOf(layer));
      open.push_back(&layer);
    }
  }
}

void Rewriter::refuse(const std::string& layer, const std::string& why, bool python) {
  if (!result_.supported.ok()) return;
  result_.supported = Status::unsupported(
      "The layer '" + layer + "': " + why +
      (python ? " Its Python code is not in the file: save the model as a SavedModel and convert that."
              : " Convert to a graph-model instead: texflow convert --output_format=tfjs_graph_model INPUT OUTPUT."));
}

void Rewriter::rewrite(const std::string& name, std::string& className, Json& config) {
  TfjsLayer layer{name, className, std::move(config), major_};
  layer.rewrite([this](Json& inner) { inner = model(inner); });
  if (!layer.refusal.empty()) refuse(name, layer.refusal, layer.python);
  result_.renamed.merge(layer.renamed);
  className = std::move(layer.className);
  config = std::move(layer.config);
}

bool Rewriter::compose(const Json& source, Entry& entry) {
  const Json& config = *member(source, "config");
  const std::string className(textOf(member(source, "class_name")));
  if (!source_.lowered || !needsParts(className, config, major_, isOperationLayer(source))) return false;
  const LayerRecord* record = source_.records->find(config);
  if (!record) return false;
  const std::string prefix = entry.name + "/";
  Parts layer{entry.name, className, config, major_, *record, {}, Json::array(), [&](const std::string& role) {
                const auto weight = weights_.find(prefix + role);
                if (weight == weights_.end())
                  return Result<Tensor>(Status::invalid("The file has no weight '" + role + "' for it."));
                return source_.read(weight->second);
              }};
  if (!entry.calls.empty()) {
    layer.keywords = entry.calls[0].keywords;
    layer.args = entry.calls[0].args;
    for (const TfjsCall& call : entry.calls)
      if (call.keywords != layer.keywords || call.args != layer.args) layer.refuse("Its calls differ in their arguments.");
  }
  composeLayer(layer);
  if (layer.refusal.empty() && layer.outputs.empty()) layer.refuse("TensorFlow.js has no layer class '" + className + "'.");
  if (!layer.refusal.empty()) return refuse(entry.name, layer.refusal), false;
  // The first output keeps the layer's name: outputs of the model are called by it.
  if (layer.outputs[0].part < 0) layer.give(layer.activation(layer.outputs[0], "linear"));
  std::string owner;
  for (std::size_t i = 0; i < layer.parts.size(); ++i) {
    std::string name = entry.name;
    for (int n = 1; static_cast<int>(i) != layer.outputs[0].part && !taken_.insert(name).second; ++n)
      name = entry.name + "_" + std::to_string(n);
    entry.names.push_back(name);
    if (layer.parts[i].keepsWeights) owner = name;
    for (auto& [role, value] : layer.parts[i].weights)
      result_.made.push_back({name + "/" + role, std::move(value), layer.exact});
  }
  result_.moved[entry.name] = owner;
  entry.parts = std::move(layer.parts);
  entry.outputs = std::move(layer.outputs);
  return true;
}

Rewriter::Entry Rewriter::entry(const Json& source) {
  Entry made;
  made.layer = Json::object();
  if (!source.is_object() || !source.contains("config")) {
    made.layer = source;
    return made;
  }
  made.name = nameOf(source);
  std::string className(textOf(member(source, "class_name")));
  made.nested = isModel(className);
  if (made.nested) made.layer = model(source);
  for (auto it = source.begin(); it != source.end(); ++it)
    if (!made.layer.contains(it.key()) && !(major_ >= 3 && isOneOfKeras3Keys(it.key()))) made.layer[it.key()] = it.value();
  if (made.nested) return made;
  if (const Json* nodes = member(source, "inbound_nodes")) made.calls = readCalls(*nodes);
  const bool refusedBefore = !result_.supported.ok();
  if (compose(source, made) || (!refusedBefore && !result_.supported.ok())) return made;
  rewrite(made.name, className, made.layer["config"]);
  made.layer["class_name"] = className;
  return made;
}

Json Rewriter::partLayer(Entry& entry, std::size_t i) {
  Parts::Part& part = entry.parts[i];
  const std::string& name = entry.names[i];
  std::string className = part.className;
  part.config["name"] = name;
  if (!part.config.contains("trainable")) part.config["trainable"] = true;
  // Names of weights are looked up by the layer they came from.
  rewrite(part.keepsWeights ? entry.name : name, className, part.config);
  part.config["name"] = name;
  return Json{{"class_name", className}, {"config", part.config}, {"name", name}};
}

Json Rewriter::chain(std::vector<Entry>& entries) {
  Json layers = Json::array();
  for (Entry& entry : entries) {
    if (entry.parts.empty()) layers.push_back(std::move(entry.layer));
    const Json* first = member(entry.layer, "config");
    for (std::size_t i = 0; i < entry.parts.size(); ++i) {
      Json layer = partLayer(entry, i);
      layer.erase("name");
      if (const Json* shape = first ? member(*first, "batch_input_shape") : nullptr; shape && i == 0)
        layer["config"]["batch_input_shape"] = *shape;
      layers.push_back(std::move(layer));
    }
  }
  return layers;
}

Json Rewriter::graph(std::vector<Entry>& entries, TfjsMoves& moves) {
  std::set<std::string> nested;
  for (const Entry& entry : entries)
    if (entry.nested) nested.insert(entry.name);
  Json layers = Json::array();
  for (Entry& entry : entries) {
    if (entry.parts.empty()) {
      if (major_ >= 3 && entry.layer.contains("inbound_nodes"))
        rewriteCalls(entry.layer["inbound_nodes"], nested, [&](const std::string& why) { refuse(entry.name, why); });
      layers.push_back(std::move(entry.layer));
      continue;
    }
    for (std::size_t i = 0; i < entry.parts.size(); ++i) {
      Json layer = partLayer(entry, i), nodes = Json::array();
      for (std::size_t k = 0; k < entry.calls.size(); ++k) {
        Json call = Json::array();
        for (const PartTensor& input : entry.parts[i].inputs) {
          const Json& given = entry.calls[k].tensors;
          if (input.part >= 0)
            call.push_back(
                Json::array({entry.names[static_cast<std::size_t>(input.part)], k, input.tensor, Json::object()}));
          else if (input.tensor < static_cast<int>(given.size()))
            call.push_back(callReference(given[static_cast<std::size_t>(input.tensor)],
                                         major_ >= 3 ? nested : std::set<std::string>{}));
          else refuse(entry.name, "It is called with too few inputs.");
        }
        nodes.push_back(std::move(call));
      }
      layer["inbound_nodes"] = std::move(nodes);
      layers.push_back(std::move(layer));
    }
    for (std::size_t t = 0; t < entry.outputs.size(); ++t)
      moves[{entry.name, static_cast<std::int64_t>(t)}] = {entry.names[static_cast<std::size_t>(entry.outputs[t].part)],
                                                           entry.outputs[t].tensor};
  }
  return layers;
}

/// A Sequential model whose layers do not form a chain any more becomes a Functional one.
void Rewriter::connect(std::vector<Entry>& entries, const Json& source, Json& config) {
  std::string last;
  Json layers = Json::array();
  if (!entries.empty() && textOf(member(entries[0].layer, "class_name")) != "InputLayer") {
    const Json* sourceLayers = member(source, "layers");
    const Json* first = sourceLayers && !sourceLayers->empty() ? member((*sourceLayers)[0], "config") : nullptr;
    const LayerRecord* record = first ? source_.records->find(*first) : nullptr;
    Json shape = Json::array();
    if (record && !record->inputs.empty())
      for (const std::int64_t size : record->inputs[0]) shape.push_back(size < 0 ? Json(nullptr) : Json(size));
    Entry input;
    input.name = entries[0].name + "_input";
    input.layer =
        Json{{"class_name", "InputLayer"},
             {"config", Json{{"batch_input_shape", shape}, {"dtype", "float32"}, {"sparse", false}, {"name", input.name}}}};
    entries.insert(entries.begin(), std::move(input));
  }
  std::int64_t call = 0;
  for (Entry& entry : entries) {
    Json reference = Json::array({last, call, 0, Json::object()});
    entry.layer["name"] = entry.name;
    entry.layer["inbound_nodes"] = last.empty() ? Json::array() : Json::array({Json::array({reference})});
    entry.calls.assign(1, {});
    if (!last.empty()) entry.calls[0].tensors.push_back(std::move(reference));
    last = entry.name;
    call = entry.nested ? 1 : 0;
  }
  config["input_layers"] = Json::array({Json::array({entries.front().name, 0, 0})});
  config["output_layers"] = Json::array({Json::array({last, call, 0})});
}

Json Rewriter::model(const Json& source) {
  const Json* config = member(source, "config");
  const Json* list = !config ? nullptr : config->is_array() ? config : member(*config, "layers");
  if (!list || !list->is_array()) return source;
  Json made = withoutLayers(source);
  if (major_ >= 3)
    for (const char* key : {"module", "registered_name", "build_config", "compile_config"}) made.erase(key);
  std::vector<Entry> entries;
  bool linear = true;
  for (const Json& layer : *list) {
    entries.push_back(entry(layer));
    const Entry& last = entries.back();
    for (std::size_t i = 0; i < last.parts.size(); ++i)
      linear = linear && last.parts[i].inputs.size() == 1 && last.parts[i].inputs[0].part == static_cast<int>(i) - 1;
    linear = linear && (last.parts.empty() || last.outputs[0].part + 1 == static_cast<int>(last.parts.size()));
  }
  const bool sequential = textOf(member(source, "class_name")) == "Sequential";
  if (config->is_array()) {
    made["config"] = Json{{"name", "sequential"}};
  }
  Json& to = made["config"];
  if (major_ >= 3) to.erase("dtype");
  if (sequential && linear) {
    to["layers"] = chain(entries);
    return made;
  }
  // Calls that Keras 3 wrote are rewritten, those made here are not.
  const int major = major_;
  if (sequential) {
    made["class_name"] = "Functional";
    connect(entries, *config, to);
    major_ = 2;
  }
  TfjsMoves moves;
  Json layers = graph(entries, moves);
  std::set<std::string> nested;
  for (const Json& layer : *list)
    if (major_ >= 3 && isModel(textOf(member(layer, "class_name")))) nested.insert(nameOf(layer));
  for (const char* key : {"input_layers", "output_layers"})
    if (to.contains(key)) to[key] = modelEnds(to[key], nested, major_ >= 3);
  major_ = major;
  moveReferences(layers, moves);
  if (to.contains("output_layers")) moveReference(to["output_layers"], moves);
  to["layers"] = std::move(layers);
  return made;
}

}  // namespace

TfjsConfig configForTfjs(const KerasTopology& topology, const TfjsSource& source) {
  TfjsConfig result;
  Rewriter rewriter(topology, source, result);
  result.model = rewriter.model(topology.model);
  return result;
}

std::string tfjsWeightName(const TfjsConfig& config, const std::string& name) {
  const auto renamed = config.renamed.find(name);
  const std::string made = renamed == config.renamed.end() ? name : renamed->second;
  // Names of layers may have slashes themselves.
  for (std::size_t end = made.find('/'); end != std::string::npos; end = made.find('/', end + 1))
    if (const auto moved = config.moved.find(made.substr(0, end)); moved != config.moved.end())
      return moved->second.empty() ? std::string() : moved->second + made.substr(end);
  return made;
}

}  // namespace texflow
