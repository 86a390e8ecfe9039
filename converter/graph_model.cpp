// Graph → model.json as TensorFlow.js reads it: a GraphDef in proto3-JSON, signature, weights manifest.
#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "composites.h"
#include "json_writer.h"
#include "texflow/converter.h"
#include "weight_writer.h"

namespace texflow {
namespace {

std::string_view protoName(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return "DT_FLOAT";
    case DType::kInt32: return "DT_INT32";
    case DType::kBool: return "DT_BOOL";
    case DType::kString: return "DT_STRING";
    case DType::kComplex64: return "DT_COMPLEX64";
  }
  return "DT_INVALID";
}

/// Attributes that TensorFlow defines as a shape or a list of shapes; all other lists of integers are lists.
bool isShapeAttr(std::string_view name) {
  static const std::set<std::string_view> kNames = {"shape", "element_shape", "element_shape_except0", "value_shape"};
  return kNames.contains(name);
}
/// Attributes that name functions.
bool isFunctionAttr(std::string_view name) {
  static const std::set<std::string_view> kNames = {"then_branch", "else_branch", "cond", "body", "branches", "f"};
  return kNames.contains(name);
}

class TopologyWriter {
 public:
  explicit TopologyWriter(JsonWriter& json) : json_(json) {}

  /// `prefix` goes before the names of constants: weights of functions are told apart by it.
  void nodes(const std::vector<Node>& nodes, bool isFunction, const std::string& prefix) {
    json_.open('[');
    for (const Node& node : nodes)
      if (!isFunction || node.op != "Placeholder") this->node(node, nodes, isFunction, prefix);
    json_.close(']');
  }
  void shape(const Shape& dims);
  void unknownShape() { json_.open('{').key("unknownRank").boolean(true).close('}'); }
  void signatureEntries(const std::vector<Endpoint>& endpoints, const std::vector<Node>& nodes, bool resources);
  void function(const Function& function);
  static std::string portName(const Port& port, const std::vector<Node>& nodes, bool isFunction, const std::string& prefix);

 private:
  void node(const Node& node, const std::vector<Node>& nodes, bool isFunction, const std::string& prefix);
  void attr(std::string_view name, const Attr& value);
  void tensor(const Tensor& value, bool withValues);

  JsonWriter& json_;
};

void TopologyWriter::shape(const Shape& dims) {
  json_.open('{');
  if (!dims.empty()) {
    json_.key("dim").open('[');
    for (const std::int64_t dim : dims) json_.open('{').key("size").quotedInteger(dim).close('}');
    json_.close(']');
  }
  json_.close('}');
}

void TopologyWriter::tensor(const Tensor& value, bool withValues) {
  json_.open('{').key("dtype").text(protoName(value.dtype())).key("tensorShape");
  shape(value.shape());
  if (withValues && value.dtype() == DType::kString) {
    json_.key("stringVal").open('[');
    for (std::int64_t i = 0; i < value.size(); ++i) json_.bytes(value.data<std::string>()[i]);
    json_.close(']');
  } else if (withValues) {
    json_.key("tensorContent").bytes({value.data<char>(), value.bytes()});
  }
  json_.close('}');
}

void TopologyWriter::attr(std::string_view name, const Attr& value) {
  const auto list = [&](const char* field, const auto& items, auto write) {
    json_.key("list").open('{');
    if (!items.empty()) {
      json_.key(field).open('[');
      for (const auto& item : items) write(item);
      json_.close(']');
    }
    json_.close('}');
  };
  const auto functionNamed = [&](const std::string& function) { json_.open('{').key("name").text(function).close('}'); };
  json_.key(name).open('{');
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    json_.key("i").quotedInteger(*integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    json_.key("f").single(static_cast<float>(*number));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    json_.key("b").boolean(*flag);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (isFunctionAttr(name)) json_.key("func"), functionNamed(*text);
    else json_.key("s").bytes(*text);
  } else if (const auto* dtype = std::get_if<DType>(&value)) {
    json_.key("type").text(protoName(*dtype));
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
    if (isShapeAttr(name)) json_.key("shape"), shape(*integers);
    else list("i", *integers, [&](std::int64_t item) { json_.quotedInteger(item); });
  } else if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
    list("f", *numbers, [&](double item) { json_.single(static_cast<float>(item)); });
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    if (isFunctionAttr(name)) list("func", *texts, functionNamed);
    else list("s", *texts, [&](const std::string& item) { json_.bytes(item); });
  } else if (const auto* dtypes = std::get_if<std::vector<DType>>(&value)) {
    list("type", *dtypes, [&](DType item) { json_.text(protoName(item)); });
  } else if (const auto* shapes = std::get_if<std::vector<Shape>>(&value)) {
    list("shape", *shapes, [&](const Shape& item) { shape(item); });
  } else if (const auto* held = std::get_if<Tensor>(&value)) {
    json_.key("tensor");
    tensor(*held, true);
  }
  json_.close('}');
}

std::string TopologyWriter::portName(const Port& port, const std::vector<Node>& nodes, bool isFunction,
                                     const std::string& prefix) {
  const Node& node = nodes[static_cast<std::size_t>(port.node)];
  std::string name = node.op == "Const" ? prefix + node.name : node.name;
  if (isFunction && node.op != "Placeholder") return name + ":output:" + std::to_string(port.slot);
  return port.slot == 0 ? name : name + ":" + std::to_string(port.slot);
}

void TopologyWriter::node(const Node& node, const std::vector<Node>& nodes, bool isFunction, const std::string& prefix) {
  const bool isConst = node.op == "Const";
  json_.open('{').key("name").text(isConst ? prefix + node.name : node.name).key("op").text(node.op);
  if (!node.inputs.empty() || !node.controls.empty()) {
    json_.key("input").open('[');
    for (const Port& port : node.inputs) json_.text(portName(port, nodes, isFunction, prefix));
    for (const int control : node.controls) {
      const Node& before = nodes[static_cast<std::size_t>(control)];
      json_.text("^" + (before.op == "Const" ? prefix + before.name : before.name));
    }
    json_.close(']');
  }
  json_.key("attr").open('{');
  if (isConst) {
    json_.key("value").open('{').key("tensor");
    tensor(node.value, false);
    json_.close('}').key("dtype").open('{').key("type").text(protoName(node.value.dtype())).close('}');
  } else {
    for (const auto& [name, value] : node.attrs.all())
      if (!name.starts_with('_')) attr(name, value);
    const bool placeholder = node.op == "Placeholder";
    if (placeholder && !node.attrs.find<DType>("dtype"))
      json_.key("dtype").open('{').key("type").text("DT_RESOURCE").close('}');
    if ((placeholder || node.op == "TensorArrayV3") && !node.attrs.all().contains(placeholder ? "shape" : "element_shape")) {
      json_.key(placeholder ? "shape" : "element_shape").open('{').key("shape");
      unknownShape();
      json_.close('}');
    }
  }
  json_.close('}').close('}');
}

void TopologyWriter::signatureEntries(const std::vector<Endpoint>& endpoints, const std::vector<Node>& nodes,
                                      bool resources) {
  json_.open('{');
  for (const Endpoint& endpoint : endpoints) {
    const Node& node = nodes[static_cast<std::size_t>(endpoint.port.node)];
    const bool resource = endpoint.resourceId.has_value();
    json_.key(endpoint.name).open('{').key("name").text(node.name + ":" + std::to_string(endpoint.port.slot));
    json_.key("dtype").text(resource ? "DT_RESOURCE" : protoName(endpoint.dtype)).key("tensorShape");
    if (endpoint.knownRank || resource) shape(endpoint.shape);
    else unknownShape();
    if (resource && resources) json_.key("resourceId").integer(*endpoint.resourceId);
    json_.close('}');
  }
  json_.close('}');
}

void TopologyWriter::function(const Function& function) {
  json_.open('{').key("signature").open('{').key("name").text(function.name).key("inputArg").open('[');
  for (const Endpoint& argument : function.inputs) {
    const Node& node = function.nodes[static_cast<std::size_t>(argument.port.node)];
    const auto* dtype = node.attrs.find<DType>("dtype");
    json_.open('{').key("name").text(node.name).key("type").text(dtype ? protoName(*dtype) : "DT_VARIANT").close('}');
  }
  json_.close(']').key("outputArg").open('[');
  for (const Endpoint& output : function.outputs)
    json_.open('{').key("name").text(output.name).key("type").text(protoName(output.dtype)).close('}');
  json_.close(']').close('}').key("nodeDef");
  const std::string prefix = function.name + "/";
  nodes(function.nodes, true, prefix);
  json_.key("ret").open('{');
  for (const Endpoint& output : function.outputs)
    json_.key(output.name).text(portName(output.port, function.nodes, true, prefix));
  json_.close('}').close('}');
}

void addWeights(std::vector<Node>& nodes, const std::string& prefix, WeightGroup& weights) {
  for (Node& node : nodes) {
    if (node.op != "Const") continue;
    // What is written is not needed any more; strings are asked for twice.
    const auto read = [&node]() -> Result<Tensor> {
      return node.value.dtype() == DType::kString ? node.value : std::exchange(node.value, Tensor());
    };
    weights.push_back({prefix + node.name, node.value.dtype(), node.value.shape(), read, {}});
  }
}

/// Prefix of the initializer's constants: its names may be those of the graph, and both share one list of weights.
std::string initializerPrefix(const Graph& graph) {
  std::set<std::string_view> names;
  for (const Node& node : graph.nodes) names.insert(node.name);
  const auto collides = [&](const Node& node) { return node.op == "Const" && names.contains(node.name); };
  return std::any_of(graph.initializer->nodes.begin(), graph.initializer->nodes.end(), collides) ? "initializer/" : "";
}

void writeMetadata(const Graph& graph, const ConvertOptions& options, JsonWriter& json) {
  const std::vector<Composite> composites = findComposites(graph);
  if (!options.useStructuredOutputsNames && options.metadata.empty() && composites.empty()) return;
  json.key("userDefinedMetadata").open('{');
  if (options.useStructuredOutputsNames) {
    json.key("structuredOutputKeys").open('[');
    for (const Endpoint& output : graph.outputs) json.text(output.name);
    json.close(']');
  }
  if (!composites.empty()) {
    json.key("composites");
    writeComposites(composites, graph, json);
  }
  for (const auto& [key, document] : options.metadata)
    if (key != "composites") json.key(key).raw(document);
  json.close('}');
}

}  // namespace

Status writeGraphModel(const Graph& graph, const ConvertOptions& options, Sink& sink, ConvertReport* report) {
  return writeGraphModel(Graph(graph), options, sink, report);
}

Status writeGraphModel(Graph&& graph, const ConvertOptions& options, Sink& sink, ConvertReport* report) {
  JsonWriter json;
  TopologyWriter topology(json);
  json.open('{').key("format").text("graph-model").key("generatedBy").text("TexFlow").key("convertedBy");
  json.text("TexFlow Converter 0.1.0").key("signature").open('{').key("inputs");
  topology.signatureEntries(graph.inputs, graph.nodes, true);
  json.key("outputs");
  topology.signatureEntries(graph.outputs, graph.nodes, false);
  json.close('}').key("modelTopology").open('{').key("node");
  topology.nodes(graph.nodes, false, "");
  json.key("library").open('{');
  if (!graph.functions.empty()) {
    json.key("function").open('[');
    for (const Function& function : graph.functions) topology.function(function);
    json.close(']');
  }
  json.close('}')
      .key("versions")
      .open('{')
      .key("producer")
      .integer(1882)
      .key("minConsumer")
      .integer(12)
      .close('}')
      .close('}');
  writeMetadata(graph, options, json);

  WeightGroup weights;
  addWeights(graph.nodes, "", weights);
  for (Function& function : graph.functions) addWeights(function.nodes, function.name + "/", weights);
  if (graph.initializer) {
    Function& initializer = *graph.initializer;
    const std::string prefix = initializerPrefix(graph);
    addWeights(initializer.nodes, prefix, weights);
    json.key("modelInitializer").open('{').key("node");
    topology.nodes(initializer.nodes, false, prefix);
    json.key("versions").open('{').key("producer").integer(1882).key("minConsumer").integer(12).close('}').close('}');
    const bool hasResources = std::any_of(initializer.outputs.begin(), initializer.outputs.end(),
                                          [](const Endpoint& output) { return output.resourceId.has_value(); });
    if (hasResources) {
      json.key("initializerSignature").open('{').key("outputs");
      topology.signatureEntries(initializer.outputs, initializer.nodes, true);
      json.close('}');
    }
  }
  json.key("weightsManifest");
  TEXFLOW_TRY(writeWeights({std::move(weights)}, options, sink, json, report));
  json.close('}');
  return writeNoted(sink, "model.json", json.take(), report);
}

}  // namespace texflow
