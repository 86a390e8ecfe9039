// Nodes that hand on what they get, debug ops among them.
#include <set>

#include "passes/pass.h"

namespace texflow {
namespace {

/// True when the readers of `index` may read its input instead.
bool mayPass(const Rewriter& graph, int index) {
  const Node& node = graph.node(index);
  if (!node.controls.empty()) return false;
  const Node& source = graph.node(node.inputs[0]);
  // TensorFlow.js finds results of functions by their nodes: each needs one of its own, which is no argument or constant.
  if (graph.isFunction() && graph.isOutput(index))
    return node.op == "Identity" && node.inputs[0].slot == 0 && source.op != "Placeholder" && source.op != "Const" &&
           !graph.isOutput(node.inputs[0].node);
  // A constant below a Switch would always be there: a Merge could no longer tell which branch ran.
  for (const int reader : graph.readers(index)) {
    const std::string& op = graph.node(reader).op;
    if ((op == "Merge" || op == "NextIteration" || op == "Exit") && (source.op == "Const" || source.op == "Switch"))
      return false;
  }
  return true;
}

void passOn(Rewriter& graph, int index) {
  const std::vector<Port> inputs = graph.node(index).inputs;
  for (std::size_t slot = 0; slot < inputs.size(); ++slot) graph.replace({index, static_cast<int>(slot)}, inputs[slot]);
}

}  // namespace

Status dropIdentities(Rewriter& graph, const ConvertOptions&) {
  static const std::set<std::string_view> kOps = {"Identity", "StopGradient", "Snapshot", "PreventGradient", "IdentityN"};
  for (int i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(i);
    if (!kOps.contains(node.op) || node.inputs.empty()) continue;
    if (node.op == "IdentityN" && graph.isFunction() && graph.isOutput(i)) continue;
    if (!mayPass(graph, i)) continue;
    // An output keeps its Identity until separateOutputs, which knows whether its producer can take the name.
    if (graph.isOutput(i) && !graph.isFunction()) {
      if (node.op == "Identity") continue;
      const std::string name = node.name;
      const std::vector<Port> inputs = node.inputs;
      for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
        const int kept = graph.add("Identity", slot ? name + "_" + std::to_string(slot) : name, {inputs[slot]});
        graph.replace({i, static_cast<int>(slot)}, {kept, 0});
      }
      continue;
    }
    passOn(graph, i);
  }
  return {};
}

Status stripDebug(Rewriter& graph, const ConvertOptions&) {
  for (int i = 0; i < graph.size(); ++i) {
    const std::string op = graph.node(i).op;
    if ((op == "Print" || op == "CheckNumerics") && !graph.node(i).inputs.empty()) {
      graph.edit(i).op = "Identity";
      graph.setInputs(i, {graph.node(i).inputs[0]});
      graph.edit(i).attrs = {};
    }
    if (op == "Assert" || op == "PrintV2") graph.setInputs(i, {});
  }
  // Control edges to ops without outputs keep them alive for nothing.
  for (int i = 0; i < graph.size(); ++i) {
    std::erase_if(graph.edit(i).controls, [&](int control) {
      const std::string& op = graph.node(control).op;
      return op == "Assert" || op == "PrintV2" || op == "NoOp";
    });
  }
  return {};
}

}  // namespace texflow
