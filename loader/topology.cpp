#include "topology.h"

#include <algorithm>
#include <charconv>

#include "attributes.h"

namespace texflow {
namespace {

constexpr int kMaxSlot = 65535;

struct InputName {
  std::string_view node;
  int slot = 0;
  bool control = false;
};

/// "a", "a:1", "^a"; function bodies also have "a:output:1".
Result<InputName> parseInputName(std::string_view text) {
  InputName input;
  if (!text.empty() && text[0] == '^') {
    input.control = true;
    text.remove_prefix(1);
  }
  input.node = text.substr(0, text.find(':'));
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), input.slot);
    if (error != std::errc() || end != digits.data() + digits.size() || input.slot < 0 || input.slot > kMaxSlot)
      return Status::invalid("The input '" + std::string(text) + "' does not end in an output number.");
  }
  if (input.node.empty()) return Status::invalid("The input '" + std::string(text) + "' names no node.");
  return input;
}

class Builder {
 public:
  Status readNodes(const Json& list);
  Status link();
  Status order();
  Status readSignature(const Json* signature);
  void applyStructuredOutputKeys(const Json* metadata);
  Topology take() { return std::move(topology_); }

 private:
  Status readNode(const Json& item);
  Status readConst(const Json& attrs, int index);
  Result<Endpoint> readEndpoint(const std::string& key, const Json& info);
  void inputsFromPlaceholders();
  void outputsFromSinks();
  std::vector<Node>& nodes() { return topology_.graph.nodes; }

  Topology topology_;
  AttributeParser attributes_;
  std::unordered_map<std::string_view, int> index_;  ///< Keys point into names_.
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> inputNames_;
  std::vector<bool> consumed_;
};

Status Builder::readNodes(const Json& list) {
  names_.reserve(list.size());  // index_ refers to the strings.
  nodes().reserve(list.size());
  for (const Json& item : list) TEXFLOW_TRY(readNode(item));
  return {};
}

Status Builder::readNode(const Json& item) {
  Node node;
  node.name = textOf(member(item, "name"));
  node.op = textOf(member(item, "op"));
  if (node.name.empty()) return Status::invalid("A node of the modelTopology has no name: " + excerpt(item) + ".");
  if (node.op.empty()) return Status::invalid("The node '" + node.name + "' has no op.");
  const std::string context = "reading " + Graph::describe(node);
  const int index = static_cast<int>(nodes().size());
  names_.push_back(node.name);
  if (!index_.emplace(names_.back(), index).second)
    return Status::invalid("The modelTopology has two nodes named '" + node.name + "'.");

  std::vector<std::string> inputs;
  if (const Json* list = member(item, "input"); list && !list->is_null()) {
    if (!list->is_array()) return Status::invalid("Its input is " + excerpt(*list) + ", not a list.").during(context);
    for (const Json& input : *list) {
      if (!input.is_string()) return Status::invalid("Its input " + excerpt(input) + " is not a string.").during(context);
      inputs.emplace_back(textOf(&input));
    }
  }
  const Json* attrs = member(item, "attr");
  if (attrs && !attrs->is_null()) TEXFLOW_TRY(attributes_.parse(*attrs, node.attrs).during(context));
  const bool isConst = node.op == "Const";
  nodes().push_back(std::move(node));
  inputNames_.push_back(std::move(inputs));
  if (isConst) TEXFLOW_TRY(readConst(attrs ? *attrs : Json(), index).during(context));
  return {};
}

Status Builder::readConst(const Json& attrs, int index) {
  Node& node = nodes()[static_cast<std::size_t>(index)];
  PendingConst pending;
  pending.node = index;
  const Json* value = member(attrs, "value");
  const Json* tensor = value ? member(*value, "tensor") : nullptr;
  if (tensor) {
    if (const Json* dtype = member(*tensor, "dtype")) {
      const auto known = parseDType(*dtype);
      pending.hasDType = known.has_value();
      pending.dtype = known.value_or(DType::kFloat32);
    }
    if (const Json* shape = member(*tensor, "tensorShape")) {
      TEXFLOW_ASSIGN(ParsedShape parsed, parseShape(shape));
      pending.knownRank = parsed.knownRank;
      pending.shape = std::move(parsed.dims);
    }
  }
  // A value in the topology itself needs no weight; everything else must be in the manifest.
  if (const auto* inlined = node.attrs.find<Tensor>("value")) node.value = *inlined;
  else topology_.pending.emplace(node.name, std::move(pending));
  return {};
}

Status Builder::link() {
  consumed_.assign(nodes().size(), false);
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    const std::string context = "reading " + Graph::describe(nodes()[i]);
    for (const std::string& text : inputNames_[i]) {
      const auto input = parseInputName(text);
      if (!input.ok()) return input.status().during(context);
      const auto found = index_.find(input->node);
      if (found == index_.end())
        return Status::invalid("Its input '" + text + "' names no node of the graph.").during(context);
      consumed_[static_cast<std::size_t>(found->second)] = true;
      if (!input->control) nodes()[i].inputs.push_back({found->second, input->slot});
    }
  }
  return {};
}

Status Builder::order() {
  // Depth first with an explicit stack, in file order: files that are sorted already keep their order.
  const std::size_t count = nodes().size();
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(count, kNew);
  std::vector<int> sorted;
  sorted.reserve(count);
  std::vector<std::pair<int, std::size_t>> stack;  // Node and its next input.
  for (std::size_t start = 0; start < count; ++start) {
    if (state[start] != kNew) continue;
    stack.emplace_back(static_cast<int>(start), 0);
    state[start] = kOpen;
    while (!stack.empty()) {
      const int current = stack.back().first;
      const Node& node = nodes()[static_cast<std::size_t>(current)];
      if (stack.back().second == node.inputs.size()) {
        state[static_cast<std::size_t>(current)] = kDone;
        sorted.push_back(current);
        stack.pop_back();
        continue;
      }
      const int next = node.inputs[stack.back().second++].node;
      char& nextState = state[static_cast<std::size_t>(next)];
      if (nextState == kOpen)
        return Status::unsupported("The graph has a cycle through " +
                                   Graph::describe(nodes()[static_cast<std::size_t>(next)]) + "; loops are not supported.");
      if (nextState == kNew) {
        nextState = kOpen;
        stack.emplace_back(next, 0);
      }
    }
  }

  std::vector<int> newIndex(count);
  for (std::size_t i = 0; i < count; ++i) newIndex[static_cast<std::size_t>(sorted[i])] = static_cast<int>(i);
  std::vector<Node> ordered;
  ordered.reserve(count);
  std::vector<bool> consumed(count);
  for (const int old : sorted) {
    consumed[ordered.size()] = consumed_[static_cast<std::size_t>(old)];
    ordered.push_back(std::move(nodes()[static_cast<std::size_t>(old)]));
    for (Port& port : ordered.back().inputs) port.node = newIndex[static_cast<std::size_t>(port.node)];
  }
  nodes() = std::move(ordered);
  consumed_ = std::move(consumed);
  for (auto& [name, index] : index_) index = newIndex[static_cast<std::size_t>(index)];
  for (auto& [name, pending] : topology_.pending) pending.node = newIndex[static_cast<std::size_t>(pending.node)];
  return {};
}

Result<Endpoint> Builder::readEndpoint(const std::string& key, const Json& info) {
  Endpoint endpoint;
  endpoint.name = key;
  const Json* name = member(info, "name");
  const std::string portName(name ? textOf(name) : std::string_view(key));
  const std::string context = "reading the signature entry '" + key + "'";
  const auto input = parseInputName(portName);
  if (!input.ok()) return input.status().during(context);
  const auto found = index_.find(input->node);
  if (found == index_.end())
    return Status::invalid("The signature entry '" + key + "' names the node '" + portName +
                           "', which is not in the graph.");
  endpoint.port = {found->second, input->slot};
  const Node& node = nodes()[static_cast<std::size_t>(found->second)];
  if (const Json* dtype = member(info, "dtype")) endpoint.dtype = parseDType(*dtype).value_or(DType::kFloat32);
  else endpoint.dtype = node.attrs.get<DType>("dtype", DType::kFloat32);
  auto shape = parseShape(member(info, "tensorShape"));
  if (!shape.ok()) return shape.status().during(context);
  endpoint.knownRank = shape->knownRank;
  endpoint.shape = std::move(shape->dims);
  if (!endpoint.knownRank && node.op == "Placeholder") {
    if (const auto* declared = node.attrs.find<Shape>("shape")) {
      endpoint.knownRank = true;
      endpoint.shape = *declared;
    }
  }
  return endpoint;
}

void Builder::inputsFromPlaceholders() {
  Graph& graph = topology_.graph;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != "Placeholder") continue;
    Endpoint endpoint{node.name, {static_cast<int>(i), 0}, node.attrs.get<DType>("dtype", DType::kFloat32), {}, false};
    if (const auto* shape = node.attrs.find<Shape>("shape")) {
      endpoint.shape = *shape;
      endpoint.knownRank = true;
    }
    graph.inputs.push_back(std::move(endpoint));
  }
}

void Builder::outputsFromSinks() {
  Graph& graph = topology_.graph;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (consumed_[i] || node.op == "Const" || node.op == "Placeholder" || node.op == "NoOp") continue;
    graph.outputs.push_back({node.name, {static_cast<int>(i), 0}, node.attrs.get<DType>("T", DType::kFloat32), {}, false});
  }
}

Status Builder::readSignature(const Json* signature) {
  Graph& graph = topology_.graph;
  const Json* inputs = signature ? member(*signature, "inputs") : nullptr;
  const Json* outputs = signature ? member(*signature, "outputs") : nullptr;
  for (const Json* part : {inputs, outputs}) {
    if (!part) continue;
    if (!part->is_object()) return Status::invalid("The signature holds " + excerpt(*part) + ", which is not an object.");
    if (!part->empty()) graph.hasSignature = true;
    for (auto it = part->begin(); it != part->end(); ++it) {
      // Resources (hash tables) are made by the model's initializer, not fed.
      if (member(it.value(), "resourceId")) continue;
      TEXFLOW_ASSIGN(Endpoint endpoint, readEndpoint(it.key(), it.value()));
      auto& to = part == inputs ? graph.inputs : graph.outputs;
      for (const Endpoint& other : to)
        if (other.name == endpoint.name) return Status::invalid("The signature names '" + it.key() + "' twice.");
      to.push_back(std::move(endpoint));
    }
  }
  if (graph.inputs.empty()) inputsFromPlaceholders();
  if (graph.outputs.empty()) outputsFromSinks();
  return {};
}

void Builder::applyStructuredOutputKeys(const Json* metadata) {
  const Json* keys = metadata ? member(*metadata, "structuredOutputKeys") : nullptr;
  auto& outputs = topology_.graph.outputs;
  if (!keys || !keys->is_array() || keys->size() != outputs.size()) return;
  std::vector<std::string> names;
  for (const Json& key : *keys) {
    if (!key.is_string() || std::find(names.begin(), names.end(), textOf(&key)) != names.end()) return;
    names.emplace_back(textOf(&key));
  }
  // Where the keys are those of the signature they give its order; else they name the outputs by position.
  std::vector<Endpoint> ordered;
  for (const std::string& name : names)
    for (const Endpoint& endpoint : outputs)
      if (endpoint.name == name) ordered.push_back(endpoint);
  if (ordered.size() == outputs.size()) outputs = std::move(ordered);
  else
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].name = names[i];
}

}  // namespace

bool isLayersModel(const Json& model) {
  const Json* topology = member(model, "modelTopology");
  return textOf(member(model, "format")) == "layers-model" ||
         (topology && (member(*topology, "model_config") || (member(*topology, "class_name") && !member(*topology, "node"))));
}

Result<Topology> parseTopology(const Json& model) {
  const std::string_view format = textOf(member(model, "format"));
  const Json* topology = member(model, "modelTopology");
  if (!format.empty() && format != "graph-model")
    return Status::unsupported("The model has the format '" + std::string(format) +
                               "'; graph-models and layers-models are supported.");
  if (!topology || !topology->is_object())
    return Status::invalid("The model has no modelTopology; it is not a graph-model.");
  const Json* nodes = member(*topology, "node");
  if (!nodes || !nodes->is_array() || nodes->empty()) return Status::invalid("The modelTopology has no nodes.");

  const Json* metadata = member(model, "userDefinedMetadata");
  const Json* signature = metadata ? member(*metadata, "signature") : nullptr;
  if (!signature || !signature->is_object()) signature = member(model, "signature");

  Builder builder;
  TEXFLOW_TRY(builder.readNodes(*nodes));
  TEXFLOW_TRY(builder.link());
  TEXFLOW_TRY(builder.order());
  TEXFLOW_TRY(builder.readSignature(signature));
  builder.applyStructuredOutputKeys(metadata);
  return builder.take();
}

}  // namespace texflow
