#include "plan/host_ends.h"

#include <algorithm>
#include <string_view>

#include "ops/fast/fast_kernel.h"

namespace texflow {
namespace {

// Outputs in the form of pictures stay on the device if they have more elements.
constexpr std::int64_t kLargePicture = 1 << 14;
// All nodes together may do this many times the work of one.
constexpr std::int64_t kNodes = 8;
// Layers of products that have vector loops (ops/fast) may do so many products for each element of other nodes in a tail,
// their outputs may be so much larger, and an end has at most a quarter of all products: the device keeps the work.
constexpr std::int64_t kTailProducts = 16, kHeadOutput = 4, kShareOfProducts = 4;

bool multiplies(std::string_view op) {
  return op.find("Conv") != std::string_view::npos || op.find("MatMul") != std::string_view::npos || op == "Einsum";
}

struct Sizes {
  std::int64_t variable = 0, constant = 0, out = 0, channels = 1;
  bool known = true, computed = false;

  std::int64_t products() const { return std::max(variable, out * (constant / channels)); }
  std::int64_t work(std::string_view op) const { return multiplies(op) ? products() : variable + constant + out; }
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

/// The most products that the layers of an end may do.
std::int64_t shareOfProducts(const Graph& graph, const std::vector<int>& order, const InfoOf& infoOf) {
  std::int64_t all = 0;
  for (int index : order)
    if (multiplies(graph.nodes[static_cast<std::size_t>(index)].op)) all += sizesOf(graph, index, infoOf).products();
  return all / kShareOfProducts;
}

}  // namespace

std::set<int> hostTail(const Graph& graph, const std::vector<int>& order, const std::vector<Port>& outputs,
                       std::int64_t nodeWork, bool withLayers, const InfoOf& infoOf, const MayRun& mayRun) {
  std::set<int> tail, onDevice;
  for (const Port& port : outputs)
    if (const TensorInfo* info = infoOf(port); info && info->shape.size() == 4 && elementCount(info->shape) > kLargePicture)
      onDevice.insert(port.node);
  std::int64_t left = kNodes * nodeWork, products = withLayers ? shareOfProducts(graph, order, infoOf) : 0;
  for (auto next = order.rbegin(); next != order.rend(); ++next) {
    const Node& node = graph.nodes[static_cast<std::size_t>(*next)];
    const Sizes sizes = sizesOf(graph, *next, infoOf);
    if (!sizes.known || !sizes.computed || sizes.out == 0) continue;  // Constants, and what waits for a value.
    std::int64_t work = sizes.work(node.op);
    if (withLayers && multiplies(node.op) && findFastKernel(node.op) && work <= products) {
      if (!onDevice.count(*next)) products -= work;
      work /= kTailProducts;
    }
    if (!onDevice.count(*next) && work <= std::min(nodeWork, left) && mayRun(node)) {
      tail.insert(*next);
      left -= work;
    } else {
      for (const Port& port : node.inputs) onDevice.insert(port.node);
    }
  }
  return tail;
}

std::set<int> hostHead(const Graph& graph, const std::vector<int>& order, const std::map<Port, int>& feeds,
                       std::int64_t nodeWork, std::int64_t layerProducts, const InfoOf& infoOf, const MayRun& mayRun) {
  std::set<int> head, layers;  // `layers`: what comes from a layer of products, itself included.
  std::int64_t products = layerProducts > 0 ? shareOfProducts(graph, order, infoOf) : 0;
  for (int index : order) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const Sizes sizes = sizesOf(graph, index, infoOf);
    if (!sizes.known || !sizes.computed || sizes.out == 0) continue;
    const auto isReady = [&](const Port& port) { return infoOf(port)->value || feeds.count(port) || head.count(port.node); };
    if (!mayRun(node) || !std::all_of(node.inputs.begin(), node.inputs.end(), isReady)) continue;
    const bool isAfter = std::any_of(node.inputs.begin(), node.inputs.end(),
                                     [&](const Port& port) { return !feeds.count(port) && layers.count(port.node); });
    const std::int64_t work = sizes.work(node.op);
    if (multiplies(node.op)) {
      if (isAfter || !findFastKernel(node.op) || work > std::min(products, layerProducts)) continue;
      if (sizes.out > kHeadOutput * nodeWork) continue;
      products -= work;
    } else if (node.op.find("Pool") != std::string::npos || sizes.out > sizes.variable || work > nodeWork) {
      continue;
    }
    head.insert(index);
    if (isAfter || multiplies(node.op)) layers.insert(index);
  }
  return head;
}

}  // namespace texflow
