#include "ops/op.h"
#include "tensorflow/graph_def.h"

namespace texflow::tf {

Status checkShapes(const Graph& graph, const std::string& what) {
  std::vector<std::vector<TensorInfo>> known(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == "Const") {
      known[i] = {{node.value.dtype(), node.value.shape(), &node.value}};
      continue;
    }
    if (node.op == "Placeholder") {
      const Shape* shape = node.attrs.find<Shape>("shape");
      bool whole = shape != nullptr;
      for (std::size_t k = 0; whole && k < shape->size(); ++k) whole = (*shape)[k] >= 0;
      if (whole) known[i] = {{node.attrs.get<DType>("dtype", DType::kFloat32), *shape, nullptr}};
      continue;
    }
    const Op* op = findOp(node.op);
    if (!op || !op->shape) continue;
    std::vector<TensorInfo> operands;
    for (const Port& port : node.inputs) {
      const auto& outputs = known[static_cast<std::size_t>(port.node)];
      if (static_cast<std::size_t>(port.slot) >= outputs.size()) break;
      operands.push_back(outputs[static_cast<std::size_t>(port.slot)]);
    }
    if (operands.size() != node.inputs.size()) continue;
    auto results = op->shape(node, operands);
    if (results.ok()) known[i] = std::move(*results);
    else if (results.status().code() == StatusCode::kInvalid)
      return Status::invalid(what + ": " + Graph::describe(node) + " cannot run: " + results.status().message());
  }
  return {};
}

}  // namespace texflow::tf
