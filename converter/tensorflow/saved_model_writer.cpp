#include "tensorflow/saved_model_writer.h"

#include <unordered_map>
#include <unordered_set>

#include "tensorflow/node_attrs.h"
#include "tensorflow/wire_writer.h"

namespace texflow::tf {
namespace {

/// A message of protocol buffers has at most 2^31 - 1 bytes.
constexpr std::size_t kMaxBytes = 0x7fffffff;

int typeNumber(DType type) {
  switch (type) {
    case DType::kFloat32: return 1;
    case DType::kInt32: return 3;
    case DType::kString: return 7;
    case DType::kComplex64: return 8;
    case DType::kBool: return 10;
  }
  return 1;
}

WireWriter shapeMessage(const Shape& shape, bool knownRank = true) {
  WireWriter message;
  for (const std::int64_t size : shape) {
    WireWriter dim;
    dim.integer(1, static_cast<std::uint64_t>(size));
    message.message(2, dim);
  }
  if (!knownRank) message.integer(3, 1);
  return message;
}

WireWriter tensorMessage(const Tensor& tensor) {
  WireWriter message;
  message.integer(1, static_cast<std::uint64_t>(typeNumber(tensor.dtype())));
  message.message(2, shapeMessage(tensor.shape()));
  if (tensor.dtype() == DType::kString) {
    for (std::int64_t i = 0; i < tensor.size(); ++i) message.bytes(8, tensor.data<std::string>()[i]);
  } else if (tensor.size() > 0) {
    message.bytes(4, {reinterpret_cast<const char*>(tensor.data<char>()), tensor.bytes()});
  }
  return message;
}

WireWriter attrMessage(const std::string& name, const Attr& attr) {
  WireWriter message;
  if (const auto* integer = std::get_if<std::int64_t>(&attr)) message.integer(3, static_cast<std::uint64_t>(*integer));
  else if (const auto* real = std::get_if<double>(&attr)) message.real(4, static_cast<float>(*real));
  else if (const auto* flag = std::get_if<bool>(&attr)) message.integer(5, *flag ? 1 : 0);
  else if (const auto* text = std::get_if<std::string>(&attr)) message.bytes(2, *text);
  else if (const auto* type = std::get_if<DType>(&attr)) message.integer(6, static_cast<std::uint64_t>(typeNumber(*type)));
  else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&attr)) {
    if (name == "shape") {
      message.message(7, shapeMessage(*list));
      return message;
    }
    WireWriter values;
    for (const std::int64_t value : *list) values.integer(3, static_cast<std::uint64_t>(value));
    message.message(1, values);
  }
  return message;
}

/// Names that TensorFlow allows: a letter, digit or point, then also _ / > and -.
class Names {
 public:
  explicit Names(const Graph& graph) {
    std::unordered_set<std::string> taken;
    for (const Node& node : graph.nodes) {
      std::string plain;
      for (const char c : node.name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        plain += letter || (!plain.empty() && (c == '_' || c == '/' || c == '>' || c == '-')) ? c
                 : plain.empty()                                                              ? 'n'
                                                                                              : '_';
      }
      if (plain.empty()) plain = "n";
      std::string name = plain;
      for (int i = 1; !taken.insert(name).second; ++i) name = plain + "_" + std::to_string(i);
      names_.push_back(std::move(name));
    }
  }
  const std::string& of(int node) const { return names_[static_cast<std::size_t>(node)]; }
  /// "name" or "name:1", as inputs of nodes are written.
  std::string input(const Port& port) const { return port.slot == 0 ? of(port.node) : tensor(port); }
  std::string tensor(const Port& port) const { return of(port.node) + ":" + std::to_string(port.slot); }

 private:
  std::vector<std::string> names_;
};

/// A node of a float op with the inputs given by name.
WireWriter floatNode(const std::string& name, std::string_view op, std::initializer_list<std::string> inputs) {
  WireWriter message;
  message.bytes(1, name);
  message.bytes(2, op);
  for (const std::string& input : inputs) message.bytes(3, input);
  message.entry(5, "T", attrMessage("T", DType::kFloat32));
  return message;
}

/// TensorFlow has no Prelu: it is relu(x) - alpha * relu(-x).
void addPrelu(WireWriter& graphDef, const std::string& name, const std::string& x, const std::string& alpha) {
  graphDef.message(1, floatNode(name + "/positive", "Relu", {x}));
  graphDef.message(1, floatNode(name + "/negated", "Neg", {x}));
  graphDef.message(1, floatNode(name + "/negative", "Relu", {name + "/negated"}));
  graphDef.message(1, floatNode(name + "/scaled", "Mul", {alpha, name + "/negative"}));
  graphDef.message(1, floatNode(name, "Sub", {name + "/positive", name + "/scaled"}));
}

WireWriter endpoint(const Endpoint& end, DType type, const Names& names) {
  WireWriter info;
  info.bytes(1, names.tensor(end.port));
  info.integer(2, static_cast<std::uint64_t>(typeNumber(type)));
  info.message(3, shapeMessage(end.knownRank ? end.shape : Shape{}, end.knownRank));
  return info;
}

}  // namespace

Result<std::string> savedModelBytes(const Graph& graph) {
  const std::vector<DType> types = outputTypes(graph);
  const Names names(graph);
  WireWriter graphDef;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == "Prelu" && node.inputs.size() == 2) {
      addPrelu(graphDef, names.of(static_cast<int>(i)), names.input(node.inputs[0]), names.input(node.inputs[1]));
      continue;
    }
    TEXFLOW_ASSIGN(const Attrs attrs, tensorFlowAttrs(node, types));
    WireWriter message;
    message.bytes(1, names.of(static_cast<int>(i)));
    message.bytes(2, node.op);
    for (const Port& input : node.inputs) message.bytes(3, names.input(input));
    for (const auto& [name, attr] : attrs.all()) message.entry(5, name, attrMessage(name, attr));
    if (node.op == "Const") {
      WireWriter value;
      value.message(8, tensorMessage(node.value));
      message.entry(5, "value", value);
    }
    if (graphDef.text().size() + message.text().size() > kMaxBytes - (1 << 20))
      return Status::unsupported(
          "The model's weights have more than 2^31 bytes, which the graph of a SavedModel cannot hold.");
    graphDef.message(1, message);
  }
  WireWriter versions, signature, info, metaGraph, savedModel;
  versions.integer(1, 1395);
  versions.integer(2, 12);
  graphDef.message(4, versions);
  for (const Endpoint& input : graph.inputs)
    signature.entry(1, input.name, endpoint(input, types[static_cast<std::size_t>(input.port.node)], names));
  for (const Endpoint& output : graph.outputs)
    signature.entry(2, output.name, endpoint(output, types[static_cast<std::size_t>(output.port.node)], names));
  signature.bytes(3, "tensorflow/serving/predict");
  info.bytes(4, "serve");
  info.bytes(5, "2.19.0");
  metaGraph.message(1, info);
  metaGraph.message(2, graphDef);
  metaGraph.entry(5, "serving_default", signature);
  savedModel.integer(1, 1);
  savedModel.message(2, metaGraph);
  return savedModel.text();
}

}  // namespace texflow::tf
