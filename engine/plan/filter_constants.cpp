#include <set>

#include "plan/plan.h"

namespace texflow {
namespace {

// Smaller ones are not worth the care.
constexpr std::int64_t kLeastElements = 1024;

bool isFilter(const Node& node, std::size_t input) {
  static const std::set<std::string> ops{"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative",
                                         "MatMul", "_FusedMatMul", "Conv2DBackpropInput"};
  return input == 1 && ops.count(node.op) > 0;
}

}  // namespace

Status missingValues(const Node& node) {
  return Status::invalid(
      "The constant values of " + Graph::describe(node) +
      " are needed on the host but not there: they have not arrived yet, or were freed when prepare() had "
      "uploaded them; provide them, or load the model again.");
}

std::vector<int> filterConstants(const Graph& graph) {
  const auto isLarge = [](const Node& node) {
    return node.op == "Const" && node.value.dtype() == DType::kFloat32 && node.value.size() >= kLeastElements;
  };
  // What no node reads was folded into something else and is needed by the next plan.
  std::vector<char> filter(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const auto source = static_cast<std::size_t>(node.inputs[input].node);
      if (isFilter(node, input) && isLarge(graph.nodes[source])) filter[source] = 1;
    }
  const auto refuse = [&](const Port& port) {
    if (port.node >= 0) filter[static_cast<std::size_t>(port.node)] = 0;
  };
  for (const Node& node : graph.nodes) {
    // A multiplier above 1 spreads the filter while it is planned.
    const bool spreads = node.op.find("Depthwise") != std::string::npos;
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const Port& port = node.inputs[input];
      const Shape& shape = graph.nodes[static_cast<std::size_t>(port.node)].value.shape();
      if (!isFilter(node, input) || (spreads && (shape.size() != 4 || shape[3] != 1))) refuse(port);
    }
  }
  for (const Endpoint& output : graph.outputs) refuse(output.port);
  std::vector<int> found;
  for (std::size_t i = 0; i < filter.size(); ++i)
    if (filter[i]) found.push_back(static_cast<int>(i));
  return found;
}

}  // namespace texflow
