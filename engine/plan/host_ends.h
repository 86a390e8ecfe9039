// The small ends of a graph, which the host computes sooner than a device would be asked.
#pragma once
#include <functional>
#include <map>
#include <set>

#include "ops/op.h"

namespace texflow {

/// Answers null for what is not known of a port.
using InfoOf = std::function<const TensorInfo*(Port)>;
/// Whether the host may compute a node, as far as its constants go: those that the device had may have left memory.
using MayRun = std::function<bool(const Node&)>;

/// Nodes of `order` (operands first) whose values only the caller and other such nodes need, and that are little work: at
/// most `nodeWork` elements or, in convolutions and matrix products, products; `withLayers` 16 times as many products, but a
/// quarter of the graph's at most. Large pictures stay on the device, where they may be drawn.
std::set<int> hostTail(const Graph& graph, const std::vector<int>& order, const std::vector<Port>& outputs,
                       std::int64_t nodeWork, bool withLayers, const InfoOf& infoOf, const MayRun& mayRun);

/// Nodes of `order` that start from `feeds`, make them no larger, and are little work: what prepares an input. Also the
/// first convolution or matrix product, up to `layerProducts` products and a quarter of the graph's: the program of a
/// picture's first convolution is seldom used again, and its three channels fill texels badly.
std::set<int> hostHead(const Graph& graph, const std::vector<int>& order, const std::map<Port, int>& feeds,
                       std::int64_t nodeWork, std::int64_t layerProducts, const InfoOf& infoOf, const MayRun& mayRun);

}  // namespace texflow
