#include "tensorflow/graph_def.h"

#include <algorithm>
#include <unordered_set>

#include "file_bytes.h"

namespace texflow::tf {
namespace {

/// Nodes that nobody reads and that have a value.
std::vector<std::string> sinks(const Body& body) {
  std::unordered_set<std::string_view> read;
  for (const NodeView& node : body.nodes)
    for (const std::string_view input : node.inputs)
      if (const auto name = parseInput(input); name.ok()) read.insert(name->node);
  std::vector<std::string> names;
  for (const NodeView& node : body.nodes)
    if (!read.count(node.name) && node.op != "Const" && node.op != "Placeholder" && node.op != "NoOp" &&
        !fillsTable(node.op) && !node.op.starts_with("Assign") && !node.op.starts_with("Save") && !isDebugOp(node.op))
      names.emplace_back(node.name);
  return names;
}

/// A Placeholder as an input under its own name.
Endpoint placeholderInput(const Node& node, int index) {
  Endpoint endpoint{node.name, {index, 0}, node.attrs.get<DType>("dtype", DType::kFloat32), {}, false};
  if (const auto* shape = node.attrs.find<Shape>("shape")) {
    endpoint.shape = *shape;
    endpoint.knownRank = true;
  }
  return endpoint;
}

}  // namespace

Result<std::vector<Function>> keptFunctions(FlattenContext& context) {
  std::vector<Function> functions;
  while (!context.kept.empty()) {
    const KeptFunction next = std::move(context.kept.front());
    context.kept.pop_front();
    const Body& body = *next.body;
    Function function;
    function.name = next.name;
    Flattener flattener(context);
    std::vector<Value> args;
    for (std::size_t i = 0; i < body.args.size(); ++i) {
      if (i < next.handles.size() && next.handles[i]) {
        args.push_back({{}, next.handles[i]});
        continue;
      }
      Node node;
      node.name = std::string(body.args[i]);
      node.op = "Placeholder";
      const DataTypeInfo* type = dataType(body.argTypes[i]);
      const DType dtype = type ? type->dtype : DType::kFloat32;
      if (type) node.attrs.set("dtype", dtype);
      const Port port = flattener.addNode(std::move(node));
      function.inputs.push_back({std::string(body.args[i]), port, dtype, {}, false});
      args.push_back({port, nullptr});
    }
    TEXFLOW_ASSIGN(Scope * scope, flattener.enter(body, std::move(args)));
    for (std::size_t i = 0; i < body.outputs.size(); ++i) {
      if (next.loopBody && i < next.handles.size() && next.handles[i]) continue;
      const auto result = body.returns.find(body.outputs[i]);
      if (result == body.returns.end())
        return Status::invalid("The function '" + next.name + "' says nothing of its result '" +
                               std::string(body.outputs[i]) + "'.");
      TEXFLOW_ASSIGN(const Port port, flattener.resolvePort(*scope, result->second));
      function.outputs.push_back({std::string(body.outputs[i]), port, DType::kFloat32, {}, false});
    }
    TEXFLOW_TRY(flattener.drain());
    TEXFLOW_ASSIGN(function.nodes, flattener.take(function.inputs, function.outputs));
    functions.push_back(std::move(function));
  }
  return functions;
}

Result<Graph> readGraphDef(std::string_view bytes, const std::string& what, const std::vector<std::string>& outputs,
                           const FlattenOptions& options, const std::vector<std::string>& inputs) {
  std::string binary;
  if (looksLikeText(bytes)) {
    TEXFLOW_ASSIGN(binary, binaryOfText(bytes, what));
    bytes = binary;
  }
  TEXFLOW_ASSIGN(const auto view, GraphView::parse(bytes, what));
  if (view->main().nodes.empty()) return Status::invalid(what + " has no nodes.");
  FlattenContext context(*view, bytes.size(), nullptr, options);
  Flattener flattener(context);
  Graph graph;
  for (const std::string& name : inputs) {
    const auto found = view->main().index.find(name);
    if (found == view->main().index.end())
      return Status::invalid(what + " has no node '" + name + "', which is to be an input.");
    const NodeView& source = view->main().nodes[static_cast<std::size_t>(found->second)];
    Node node;
    node.name = name;
    node.op = "Placeholder";
    const DataTypeInfo* type = dataType(typeOf(source.attr("dtype")));
    node.attrs.set("dtype", type ? type->dtype : DType::kFloat32);
    if (const auto* shape = source.attr("shape")) {
      TEXFLOW_ASSIGN(auto attr, context.attrs.read(*shape));
      if (attr) node.attrs.set("shape", std::move(*attr));
    }
    flattener.feed(found->second, 0, Value{flattener.addNode(std::move(node)), nullptr});
  }
  const std::vector<std::string> wanted = outputs.empty() ? sinks(view->main()) : outputs;
  if (wanted.empty()) return Status::invalid(what + " has no node that could be an output; name one.");
  for (const std::string& name : wanted) {
    const auto port = flattener.resolvePort(flattener.main(), name);
    if (!port.ok()) {
      const bool absent = !view->main().index.count(std::string_view(name).substr(0, name.find(':')));
      return absent ? Status::invalid(what + " has no node '" + name + "', which is asked for as an output.")
                    : port.status();
    }
    graph.outputs.push_back({name, *port, DType::kFloat32, {}, false});
  }
  TEXFLOW_TRY(flattener.drain());
  TEXFLOW_ASSIGN(graph.nodes, flattener.take(graph.inputs, graph.outputs));
  TEXFLOW_ASSIGN(graph.functions, keptFunctions(context));
  // In the order of the file.
  std::vector<std::pair<int, int>> places;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op != "Placeholder") continue;
    const auto found = view->main().index.find(graph.nodes[i].name);
    places.emplace_back(found == view->main().index.end() ? 1 << 30 : found->second, static_cast<int>(i));
  }
  std::sort(places.begin(), places.end());
  for (const auto& [place, index] : places)
    graph.inputs.push_back(placeholderInput(graph.nodes[static_cast<std::size_t>(index)], index));
  for (Endpoint& output : graph.outputs) {
    const Node& node = graph.nodes[static_cast<std::size_t>(output.port.node)];
    output.dtype = node.attrs.get<DType>("T", node.attrs.get<DType>("dtype", DType::kFloat32));
  }
  TEXFLOW_TRY(checkShapes(graph, what));
  return graph;
}

}  // namespace texflow::tf
