// What a Pad node does, where it is known before the graph runs.
#pragma once
#include <array>
#include <optional>

#include "texflow/graph.h"

namespace texflow {

/// Zeros before and behind each of the four dimensions of an image that the Pad node adds by a constant; nothing for other
/// nodes, and where one of the numbers is negative.
std::optional<std::array<std::int64_t, 8>> paddingOf(const Graph& graph, const Node& pad);

}  // namespace texflow
