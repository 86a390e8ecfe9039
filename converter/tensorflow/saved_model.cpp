#include "tensorflow/saved_model.h"

#include <algorithm>
#include <filesystem>

#include "saved_model.pb.h"
#include "tensorflow/graph_def.h"
#include "tensorflow/model_resources.h"
#include "tensorflow/op_list.h"

namespace texflow::tf {
namespace {

FlattenOptions flattenOptions(const ConvertOptions& options) {
  FlattenOptions flatten;
  flatten.stripDebugOps = options.stripDebugOps;
  flatten.controlFlowV2 = options.controlFlowV2;
  return flatten;
}

DType engineType(const TensorInfo& info) {
  const DataTypeInfo* type = dataType(info.dtype());
  return type ? type->dtype : DType::kFloat32;
}

Result<Endpoint> endpointOf(const std::string& key, const TensorInfo& info) {
  Endpoint endpoint;
  endpoint.name = key;
  endpoint.dtype = engineType(info);
  endpoint.knownRank = info.has_tensor_shape() && !info.tensor_shape().unknown_rank();
  for (const auto& dim : info.tensor_shape().dim()) {
    if (dim.size() < -1 || dim.size() > kMaxElements)
      return Status::invalid("The signature's entry '" + key + "' has the dimension " + std::to_string(dim.size()) + ".");
    endpoint.shape.push_back(dim.size());
  }
  if (!endpoint.knownRank) endpoint.shape.clear();
  if (info.encoding_case() == TensorInfo::kCooSparse)
    return Status::unsupported("The signature's entry '" + key +
                               "' is a sparse tensor; only dense ones can be inputs and outputs.");
  return endpoint;
}

Node placeholder(std::string name, const Endpoint& endpoint) {
  Node node;
  node.name = std::move(name);
  node.op = "Placeholder";
  node.attrs.set("dtype", endpoint.dtype);
  if (endpoint.knownRank) node.attrs.set("shape", endpoint.shape);
  return node;
}

class SavedModelReader {
 public:
  SavedModelReader(const std::string& folder, const ConvertOptions& options, const MetaGraph& meta, GraphView& view)
      : options_(options),
        meta_(meta),
        view_(view),
        resources_(folder, view, meta),
        context_(view, meta.graph.size(), &resources_, flattenOptions(options)) {}

  Result<Graph> read(const std::string& path);

 private:
  Result<const SignatureDef*> signature(const std::string& path) const;
  Status readSignature(const SignatureDef& signature, Flattener& flattener);
  Status readNamed(Flattener& flattener);
  int callOf(const SignatureDef& signature) const;
  Status readInitializer();
  Status feedAssets(Flattener& flattener) const;
  Result<int> mainNode(const std::string& tensor, int& slot) const;

  const ConvertOptions& options_;
  const MetaGraph& meta_;
  GraphView& view_;
  ModelResources resources_;
  FlattenContext context_;
  Graph graph_;
};

Result<const SignatureDef*> SavedModelReader::signature(const std::string& path) const {
  const auto& all = meta_.parts->signature_def();
  std::vector<std::string> names;
  for (const auto& [name, signature] : all)
    if (!name.starts_with("__saved_model")) names.push_back(name);
  std::sort(names.begin(), names.end());
  std::string wanted = options_.signatureName;
  if (wanted.empty()) wanted = all.count("serving_default") || !all.count("default") ? "serving_default" : "default";
  const auto found = all.find(wanted);
  if (found != all.end()) return &found->second;
  if (names.empty())
    return Status::invalid("The SavedModel '" + path + "' has no signatures, so '" + wanted +
                           "' cannot be converted; name the outputs with --output_node_names.");
  return Status::invalid("The SavedModel '" + path + "' has no signature '" + wanted + "'; it has " + listed(names) +
                         " (--signature_name chooses one).");
}

/// "x:0" as a node of the main graph.
Result<int> SavedModelReader::mainNode(const std::string& tensor, int& slot) const {
  TEXFLOW_ASSIGN(const InputName name, parseInput(tensor));
  const auto found = view_.main().index.find(name.node);
  if (found == view_.main().index.end())
    return Status::invalid(view_.what() + " has no node '" + std::string(name.node) + "', which the signature names.");
  slot = name.slot;
  return found->second;
}

/// Where all outputs of the signature are those of one call of a function: that call, as TensorFlow 2 writes it. Else -1.
int SavedModelReader::callOf(const SignatureDef& signature) const {
  int call = -1;
  for (const auto& [key, info] : signature.outputs()) {
    int slot = 0;
    const auto node = mainNode(info.name(), slot);
    if (!node.ok() || (call >= 0 && *node != call)) return -1;
    call = *node;
  }
  if (call < 0) return -1;
  const NodeView& node = view_.main().nodes[static_cast<std::size_t>(call)];
  if (node.op != "PartitionedCall" && node.op != "StatefulPartitionedCall") return -1;
  return view_.hasFunction(functionOf(node.attr("f"))) ? call : -1;
}

Status SavedModelReader::feedAssets(Flattener& flattener) const {
  for (const AssetFileDef& asset : meta_.parts->asset_file_def()) {
    int slot = 0;
    const auto node = mainNode(asset.tensor_info().name(), slot);
    if (!node.ok()) continue;
    Node name;
    name.name = std::string(view_.main().nodes[static_cast<std::size_t>(*node)].name);
    name.op = "Const";
    name.value = Tensor(DType::kString, Shape{}, std::vector<std::string>{asset.filename()});
    name.attrs.set("dtype", DType::kString);
    flattener.feed(*node, slot, Value{flattener.addNode(std::move(name)), nullptr});
  }
  return {};
}

Status SavedModelReader::readSignature(const SignatureDef& signature, Flattener& flattener) {
  const Body& main = view_.main();
  const int call = callOf(signature);
  const NodeView* callNode = call >= 0 ? &main.nodes[static_cast<std::size_t>(call)] : nullptr;
  const Body* body = nullptr;
  if (callNode) {
    TEXFLOW_ASSIGN(body, view_.function(functionOf(callNode->attr("f"))));
  }
  // Inputs in the order of the function's arguments, where there is one; else by name.
  std::vector<std::pair<std::pair<int, std::string>, const TensorInfo*>> inputs, outputs;
  for (const auto& [key, info] : signature.inputs()) {
    int slot = 0, order = 1 << 20;
    if (body) {
      for (std::size_t i = 0; i < callNode->inputs.size() && i < body->args.size(); ++i)
        if (const auto name = parseInput(callNode->inputs[i]); name.ok() && !name->control)
          if (const auto node = mainNode(info.name(), slot);
              node.ok() && main.nodes[static_cast<std::size_t>(*node)].name == name->node)
            order = static_cast<int>(i);
    }
    inputs.push_back({{order, key}, &info});
  }
  for (const auto& [key, info] : signature.outputs()) {
    int slot = 0;
    if (body) TEXFLOW_TRY(mainNode(info.name(), slot).status());
    outputs.push_back({{slot, key}, &info});
  }
  std::sort(inputs.begin(), inputs.end());
  std::sort(outputs.begin(), outputs.end());

  for (const auto& [order, info] : inputs) {
    TEXFLOW_ASSIGN(Endpoint endpoint, endpointOf(order.second, *info));
    int slot = 0;
    TEXFLOW_ASSIGN(const int node, mainNode(info->name(), slot));
    // In a function an input goes by the argument's name.
    const bool isArg = body && order.first < static_cast<int>(body->args.size());
    const std::string name(isArg ? body->args[static_cast<std::size_t>(order.first)]
                                 : main.nodes[static_cast<std::size_t>(node)].name);
    endpoint.port = flattener.addNode(placeholder(name, endpoint));
    flattener.feed(node, slot, Value{endpoint.port, nullptr});
    graph_.inputs.push_back(std::move(endpoint));
  }
  Scope* scope = &flattener.main();
  if (body) {
    std::vector<Value> args;
    for (const std::string_view input : callNode->inputs) {
      if (input.starts_with('^')) continue;
      TEXFLOW_ASSIGN(const Value value, flattener.resolve(flattener.main(), input));
      args.push_back(value);
    }
    TEXFLOW_ASSIGN(scope, flattener.enter(*body, std::move(args)));
  }
  for (const auto& [order, info] : outputs) {
    TEXFLOW_ASSIGN(Endpoint endpoint, endpointOf(order.second, *info));
    std::string_view name = info->name();
    if (body) {
      const auto at = static_cast<std::size_t>(order.first);
      const auto result = at < body->outputs.size() ? body->returns.find(body->outputs[at]) : body->returns.end();
      if (result == body->returns.end())
        return Status::invalid("The signature's output '" + order.second + "' is '" + info->name() +
                               "', which the function '" + std::string(body->name) + "' does not have.");
      name = result->second;
    }
    const auto port = flattener.resolvePort(*scope, name);
    if (!port.ok()) return port.status().during("reading the output '" + order.second + "'");
    endpoint.port = *port;
    graph_.outputs.push_back(std::move(endpoint));
  }
  graph_.hasSignature = true;
  return {};
}

/// Outputs by the names of nodes, where there is no signature.
Status SavedModelReader::readNamed(Flattener& flattener) {
  for (const NodeView& node : view_.main().nodes) {
    if (node.op != "Placeholder") continue;
    Endpoint endpoint;
    endpoint.name = std::string(node.name);
    const DataTypeInfo* type = dataType(typeOf(node.attr("dtype")));
    endpoint.dtype = type ? type->dtype : DType::kFloat32;
    if (const auto* shape = node.attr("shape")) {
      TEXFLOW_ASSIGN(auto attr, context_.attrs.read(*shape));
      if (const Shape* dims = attr ? std::get_if<Shape>(&*attr) : nullptr) {
        endpoint.shape = *dims;
        endpoint.knownRank = true;
      }
    }
    endpoint.port = flattener.addNode(placeholder(endpoint.name, endpoint));
    flattener.feed(view_.main().index.at(node.name), 0, Value{endpoint.port, nullptr});
    graph_.inputs.push_back(std::move(endpoint));
  }
  for (const std::string& name : options_.outputNodeNames) {
    TEXFLOW_ASSIGN(const Port port, flattener.resolvePort(flattener.main(), name));
    graph_.outputs.push_back({name, port, DType::kFloat32, {}, false});
  }
  return {};
}

/// What fills the tables, once, before the first run.
Status SavedModelReader::readInitializer() {
  std::vector<std::string> roots;
  const auto& signatures = meta_.parts->signature_def();
  if (const auto init = signatures.find("__saved_model_init_op"); init != signatures.end())
    for (const auto& [key, info] : init->second.outputs()) roots.push_back(info.name());
  for (const char* collection : {"saved_model_main_op", "legacy_init_op", "table_initializer"}) {
    const auto list = meta_.parts->collection_def().find(collection);
    if (list == meta_.parts->collection_def().end()) continue;
    for (const std::string& name : list->second.node_list().value()) roots.push_back(name);
  }
  if (roots.empty()) return {};
  Flattener flattener(context_);
  TEXFLOW_TRY(feedAssets(flattener));
  for (const std::string& root : roots) {
    const auto status = flattener.addEffects(flattener.main(), root);
    if (!status.ok()) return status.during("reading the initializer");
  }
  TEXFLOW_TRY(flattener.drain());
  Function function;
  function.name = "initializer";
  TEXFLOW_ASSIGN(function.nodes, flattener.take(function.inputs, function.outputs));
  const bool fills =
      std::any_of(function.nodes.begin(), function.nodes.end(), [](const Node& node) { return fillsTable(node.op); });
  if (fills) graph_.initializer = std::move(function);
  return {};
}

Result<Graph> SavedModelReader::read(const std::string& path) {
  Flattener flattener(context_);
  TEXFLOW_TRY(feedAssets(flattener));
  const bool named = options_.signatureName.empty() && !options_.outputNodeNames.empty();
  if (named) {
    TEXFLOW_TRY(readNamed(flattener));
  } else {
    TEXFLOW_ASSIGN(const SignatureDef* chosen, signature(path));
    if (chosen->outputs().empty()) return Status::invalid("The signature of the SavedModel '" + path + "' has no outputs.");
    TEXFLOW_TRY(readSignature(*chosen, flattener));
  }
  TEXFLOW_TRY(flattener.drain());
  TEXFLOW_ASSIGN(graph_.nodes, flattener.take(graph_.inputs, graph_.outputs));
  TEXFLOW_ASSIGN(graph_.functions, keptFunctions(context_));
  const auto usesTable = [](const std::vector<Node>& nodes) {
    return std::any_of(nodes.begin(), nodes.end(),
                       [](const Node& node) { return node.op.find("Table") != std::string::npos; });
  };
  bool tables = usesTable(graph_.nodes);
  for (const Function& function : graph_.functions) tables = tables || usesTable(function.nodes);
  if (tables) TEXFLOW_TRY(readInitializer());
  TEXFLOW_TRY(checkShapes(graph_, view_.what()));
  return std::move(graph_);
}

}  // namespace

Result<Graph> readSavedModel(const std::string& folder, const ConvertOptions& options) {
  TEXFLOW_ASSIGN(const SavedModelFile file, SavedModelFile::open(folder));
  TEXFLOW_ASSIGN(const MetaGraph* meta, file.withTags(options.tags));
  TEXFLOW_ASSIGN(const auto view, GraphView::parse(meta->graph, "The graph of '" + file.path() + "'"));
  TEXFLOW_TRY(checkOpList(*meta, *view, file.path()));
  return SavedModelReader(folder, options, *meta, *view).read(file.path());
}

Result<Graph> readFrozenGraph(const std::string& path, const ConvertOptions& options) {
  TEXFLOW_ASSIGN(const FileBytes file, FileBytes::open(path));
  if (file.bytes().empty()) return Status::invalid("The GraphDef '" + path + "' is empty.");
  return readGraphDef(file.bytes(), "The GraphDef '" + path + "'", options.outputNodeNames, flattenOptions(options));
}

}  // namespace texflow::tf
