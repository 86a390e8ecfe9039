#include "plan/host_tail.h"

#include <algorithm>
#include <string_view>

namespace texflow {
namespace {

// Outputs beyond this many elements stay on the device.
constexpr std::int64_t kLargeOutput = 1 << 14;
// All nodes together may do this many times the work of one.
constexpr std::int64_t kNodes = 8;

bool multiplies(std::string_view op) {
  return op.find("Conv") != std::string_view::npos || op.find("MatMul") != std::string_view::npos || op == "Einsum";
}

struct Sizes {
  std::int64_t variable = 0, constant = 0, out = 0, channels = 1;
  bool known = true, computed = false;

  std::int64_t work(std::string_view op) const {
    return multiplies(op) ? std::max(variable, out * (constant / channels)) : variable + constant + out;
  }
};

Sizes sizesOf(const Graph& graph, int index, const std::function<const TensorInfo*(Port)>& infoOf) {
  Sizes sizes;
  for (const Port& port : graph.nodes[static_cast<std::size_t>(index)].inputs) {
    const TensorInfo* info = infoOf(port);
    if (!info) return {.known = false};
    (info->value ? sizes.constant : sizes.variable) += elementCount(info->shape);
    sizes.computed = sizes.computed || !info->value;
  }
  for (int slot = 0; const TensorInfo* info = infoOf({index, slot}); ++slot) {
    sizes.out += elementCount(info->shape);
    if (!info->shape.empty()) sizes.channels = std::max<std::int64_t>(1, info->shape.back());
  }
  return sizes;
}

}  // namespace

std::set<int> hostTail(const Graph& graph, const std::vector<int>& order, const std::vector<Port>& outputs,
                       std::int64_t nodeWork, const std::function<const TensorInfo*(Port)>& infoOf) {
  std::set<int> tail, onDevice;
  for (const Port& port : outputs)
    if (const TensorInfo* info = infoOf(port); info && elementCount(info->shape) > kLargeOutput) onDevice.insert(port.node);
  std::int64_t left = kNodes * nodeWork;
  for (auto next = order.rbegin(); next != order.rend(); ++next) {
    const Node& node = graph.nodes[static_cast<std::size_t>(*next)];
    const Sizes sizes = sizesOf(graph, *next, infoOf);
    if (!sizes.known || !sizes.computed || sizes.out == 0) continue;  // Constants, and what waits for a value.
    const std::int64_t work = sizes.work(node.op);
    if (!onDevice.count(*next) && work <= std::min(nodeWork, left)) {
      tail.insert(*next);
      left -= work;
    } else {
      for (const Port& port : node.inputs) onDevice.insert(port.node);
    }
  }
  return tail;
}

}  // namespace texflow
