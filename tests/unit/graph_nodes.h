// Graphs for plans, node by node.
#pragma once
#include "texflow/graph.h"

namespace texflow {

/// Adds a node, with the strides and padding that windows need.
inline Port add(Graph& graph, const std::string& name, const std::string& op, std::vector<Port> inputs, Tensor value = {}) {
  Node node;
  node.name = name;
  node.op = op;
  node.inputs = std::move(inputs);
  node.value = std::move(value);
  node.attrs.set("strides", std::vector<std::int64_t>{1, 1, 1, 1});
  node.attrs.set("padding", std::string("SAME"));
  graph.nodes.push_back(std::move(node));
  return {static_cast<int>(graph.nodes.size()) - 1, 0};
}

}  // namespace texflow
