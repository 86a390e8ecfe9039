// The small end of a graph, which the host computes sooner than a device would be asked.
#pragma once
#include <functional>
#include <set>

#include "ops/op.h"

namespace texflow {

/// Nodes of `order` (operands first) whose values only the caller and other such nodes need, and that are little work: at
/// most `nodeWork` elements or, in convolutions and matrix products, products. Large outputs stay on the device, where they
/// may be drawn. `infoOf` answers null for what is not known.
std::set<int> hostTail(const Graph& graph, const std::vector<int>& order, const std::vector<Port>& outputs,
                       std::int64_t nodeWork, const std::function<const TensorInfo*(Port)>& infoOf);

}  // namespace texflow
