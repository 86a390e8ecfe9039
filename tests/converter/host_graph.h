// Runs a whole graph on the host kernels, node by node: what converted models are compared by.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ops/op.h"
#include "texflow/graph.h"

namespace texflow::testing {

/// The graph's outputs by name. Nodes that the outputs do not need are not run.
inline Result<std::map<std::string, Tensor>> runGraphOnHost(const Graph& graph,
                                                            const std::map<std::string, Tensor>& inputs) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (const Endpoint& output : graph.outputs) needed[static_cast<std::size_t>(output.port.node)] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;)
    if (needed[i])
      for (const Port& port : graph.nodes[i].inputs) needed[static_cast<std::size_t>(port.node)] = true;
  std::vector<std::vector<Tensor>> values(graph.nodes.size());
  for (const Endpoint& input : graph.inputs) {
    const auto given = inputs.find(input.name);
    if (given == inputs.end()) return Status::invalid("The input '" + input.name + "' is missing.");
    values[static_cast<std::size_t>(input.port.node)] = {given->second};
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i] || !values[i].empty()) continue;
    if (node.op == "Const") {
      values[i] = {node.value};
      continue;
    }
    std::vector<Tensor> operands;
    for (const Port& port : node.inputs) {
      const auto& outputs = values[static_cast<std::size_t>(port.node)];
      if (static_cast<std::size_t>(port.slot) >= outputs.size())
        return Status::invalid("An output of a node is missing.").during(Graph::describe(node));
      operands.push_back(outputs[static_cast<std::size_t>(port.slot)]);
    }
    auto results = runOnHost(node, operands);
    if (!results.ok()) return results.status().during("running " + Graph::describe(node));
    values[i] = std::move(*results);
  }
  std::map<std::string, Tensor> outputs;
  for (const Endpoint& output : graph.outputs)
    outputs.emplace(output.name,
                    values[static_cast<std::size_t>(output.port.node)][static_cast<std::size_t>(output.port.slot)]);
  return outputs;
}

}  // namespace texflow::testing
