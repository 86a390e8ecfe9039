#include "plan/host_ends.h"

#include <algorithm>
#include <string_view>

namespace texflow {
namespace {

// Outputs in the form of pictures stay on the device if they have more elements.
constexpr std::int64_t kLargePicture = 1 << 14;
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

Sizes sizesOf(const Graph& graph, int index, const InfoOf& infoOf) {
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
                       std::int64_t nodeWork, const InfoOf& infoOf) {
  std::set<int> tail, onDevice;
  for (const Port& port : outputs)
    if (const TensorInfo* info = infoOf(port); info && info->shape.size() == 4 && elementCount(info->shape) > kLargePicture)
      onDevice.insert(port.node);
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

std::set<int> hostHead(const Graph& graph, const std::vector<int>& order, const std::map<Port, int>& feeds,
                       std::int64_t nodeWork, const InfoOf& infoOf) {
  std::set<int> head;
  for (int index : order) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const Sizes sizes = sizesOf(graph, index, infoOf);
    if (!sizes.known || !sizes.computed || sizes.out == 0 || sizes.out > sizes.variable) continue;
    if (multiplies(node.op) || node.op.find("Pool") != std::string::npos || sizes.work(node.op) > nodeWork) continue;
    const auto isReady = [&](const Port& port) { return infoOf(port)->value || feeds.count(port) || head.count(port.node); };
    if (std::all_of(node.inputs.begin(), node.inputs.end(), isReady)) head.insert(index);
  }
  return head;
}

}  // namespace texflow
