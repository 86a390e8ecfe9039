#include "layers/keras_model.h"

#include <algorithm>
#include <charconv>

#include "layers/dialects.h"
#include "layers/layer.h"
#include "layers/model_walk.h"

namespace texflow {
namespace {

/// Names of several outputs of one layer get a number, as in Keras.
void addOutput(Graph& graph, const std::string& name, const Value& value) {
  std::string unique = name;
  for (int i = 1;
       std::any_of(graph.outputs.begin(), graph.outputs.end(), [&](const Endpoint& e) { return e.name == unique; }); ++i)
    unique = name + "_" + std::to_string(i);
  graph.outputs.push_back({unique, value.port, value.dtype, value.shape, true});
}

DType inputDType(LayerCall& call) {
  const Json* dtype = call.find("dtype");
  if (dtype && dtype->is_object())
    if (const Json* config = member(*dtype, "config")) dtype = member(*config, "name");
  const std::string name(textOf(dtype));
  if (name.starts_with("int") || name.starts_with("uint")) return DType::kInt32;
  if (name == "bool") return DType::kBool;
  if (name == "string") return DType::kString;
  return DType::kFloat32;
}

}  // namespace

Result<KerasTopology> readKerasTopology(Json model, std::string_view kerasVersion) {
  KerasTopology topology;
  topology.tfjsLayers = kerasVersion.starts_with("tfjs");
  if (!topology.tfjsLayers && !kerasVersion.empty()) {
    int major = 2;
    std::from_chars(kerasVersion.data(), kerasVersion.data() + kerasVersion.size(), major);
    topology.kerasMajor = std::clamp(major, 1, 3);
  }
  if (!member(model, "class_name") || !member(model, "config"))
    return Status::invalid("The model's config names no class_name and config: " + excerpt(model) + ".");
  modernize(model);
  topology.model = std::move(model);
  return topology;
}

Result<KerasTopology> readLayersTopology(const Json& modelTopology) {
  // Written by the converter it holds model_config; saved from JavaScript it is the model itself.
  const Json* version = member(modelTopology, "keras_version");
  const Json* model = member(modelTopology, "model_config");
  if (model && model->is_string()) {
    TEXFLOW_ASSIGN(Json parsed, parseJson(textOf(model), "The model_config"));
    return readKerasTopology(std::move(parsed), textOf(version));
  }
  if (!model) model = &modelTopology;
  return readKerasTopology(*model, textOf(version));
}

Result<LoweredModel> lowerKerasModel(const KerasTopology& topology, std::span<const StoredWeight> weights,
                                     LayerObserver* observer, LoopMaker loop) {
  WeightTable table(weights);
  ModelContext context;
  context.observer = observer;
  context.loop = loop;
  context.kerasMajor = topology.kerasMajor;
  context.tfjsLayers = topology.tfjsLayers;
  GraphBuilder& g = context.graph;

  ModelWalk walk(context, std::string(textOf(member(topology.model, "class_name"))), *member(topology.model, "config"),
                 WeightScope(table, ""), "");
  walk.setInputMaker([&](LayerCall& call, const Shape& shape) {
    const Value input = g.placeholder(call.name, inputDType(call), shape);
    if (input) g.graph.inputs.push_back({call.name, input.port, input.dtype, input.shape, true});
    return input;
  });
  std::vector<NamedValue> outputs = walk.run({}, {});
  TEXFLOW_TRY(g.status());
  if (outputs.empty()) return Status::invalid("The model has no outputs.");
  for (NamedValue& output : outputs) {
    // An output that is an input or a constant needs a node of its own.
    const std::string& op = g.graph.nodes[static_cast<std::size_t>(output.value.port.node)].op;
    if (op == "Placeholder" || op == "Const") output.value = g.unary("Identity", output.value);
    addOutput(g.graph, output.name, output.value);
  }
  TEXFLOW_TRY(g.status());
  // Inputs in the model's order, not in the order in which they were met.
  std::vector<Endpoint> ordered;
  for (const std::string& name : walk.inputNames())
    for (const Endpoint& input : g.graph.inputs)
      if (input.name == name) ordered.push_back(input);
  if (ordered.size() == g.graph.inputs.size()) g.graph.inputs = std::move(ordered);
  g.graph.hasSignature = true;
  return LoweredModel{std::move(g.graph), table.nodes(), table.uses()};
}

}  // namespace texflow
