#include <algorithm>

#include "ops/window.h"
#include "plan/pad_node.h"
#include "plan/plan.h"

namespace texflow {
namespace {

/// Channels that the node adds behind those of its input, filled with zeros; 0 when it does anything else.
std::int64_t addedChannels(const Graph& graph, const Node& pad) {
  const auto padding = paddingOf(graph, pad);
  return padding && std::all_of(padding->begin(), padding->end() - 1, [](std::int64_t p) { return p == 0; })
             ? padding->back()
             : 0;
}

}  // namespace

void padPools(Graph& graph, const std::vector<Port>& outputs) {
  std::vector<int> readers(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (const Port& port : node.inputs) ++readers[static_cast<std::size_t>(port.node)];
  for (const Port& port : outputs)
    if (port.node >= 0) ++readers[static_cast<std::size_t>(port.node)];
  for (Node& pad : graph.nodes) {
    const std::int64_t added = addedChannels(graph, pad);
    if (added == 0) continue;
    const Port from = pad.inputs[0];
    const Node pool = graph.nodes[static_cast<std::size_t>(from.node)];
    if ((pool.op != "MaxPool" && pool.op != "AvgPool") || readers[static_cast<std::size_t>(from.node)] != 1) continue;
    if (pool.attrs.get<std::string>("data_format", "NHWC") != "NHWC" || pool.attrs.find<std::int64_t>(kAddedChannels))
      continue;
    pad.op = pool.op;
    pad.inputs = pool.inputs;
    pad.attrs = pool.attrs;
    pad.attrs.set(kAddedChannels, added);
  }
}

}  // namespace texflow
