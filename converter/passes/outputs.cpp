#include <set>

#include "passes/pass.h"

namespace texflow {
namespace {

/// The name that an Identity has, or the signature's key in the characters of node names.
std::string nameFor(const Endpoint& output) {
  std::string name;
  for (const char c : output.name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain || c == '_' || c == '.' || (c == '/' && !name.empty()) ? c : '_';
  }
  return name.empty() ? "output" : name;
}

}  // namespace

Status separateOutputs(Rewriter& graph, const ConvertOptions&) {
  if (graph.isFunction()) return {};
  std::set<int> taken;
  for (const Endpoint& output : graph.graph().outputs) taken.insert(output.port.node);
  std::set<int> done;
  const std::size_t count = graph.graph().outputs.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Endpoint& output = graph.graph().outputs[i];
    const Port port = output.port;
    const Node& node = graph.node(port);
    // An Identity at the end is no more than a name: its producer takes it.
    if (node.op == "Identity" && node.controls.empty() && !done.contains(port.node)) {
      const Port source = node.inputs[0];
      const std::string& op = graph.node(source).op;
      const bool runs = op != "Placeholder" && op != "Const" && op != "PlaceholderWithDefault";
      if (runs && source.slot == 0 && !taken.contains(source.node) && graph.node(source).controls.empty()) {
        // Two outputs may share the Identity; the second finds its producer taken.
        graph.moveOutput(i, source);
        graph.replace(port, source);
        graph.swapNames(port.node, source.node);
        taken.insert(source.node);
        done.insert(source.node);
        continue;
      }
    }
    const bool alone = !done.contains(port.node) && port.slot == 0 && node.op != "Placeholder" && node.op != "Const";
    if (alone) {
      done.insert(port.node);
      continue;
    }
    const int own = graph.add("Identity", nameFor(output), {port}, {{"T", output.dtype}});
    graph.moveOutput(i, {own, 0});
    done.insert(own);
  }
  return {};
}

}  // namespace texflow
