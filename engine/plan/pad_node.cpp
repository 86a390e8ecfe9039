#include "plan/pad_node.h"

#include <algorithm>

namespace texflow {

std::optional<std::array<std::int64_t, 8>> paddingOf(const Graph& graph, const Node& pad) {
  if (pad.op != "Pad" || pad.inputs.size() != 2) return {};
  const Node& sizes = graph.nodes[static_cast<std::size_t>(pad.inputs[1].node)];
  const Tensor& value = sizes.value;
  if (sizes.op != "Const" || value.dtype() != DType::kInt32 || value.shape() != Shape{4, 2} || !value.hasValues()) return {};
  std::array<std::int64_t, 8> padding{};
  std::copy_n(value.data<std::int32_t>(), padding.size(), padding.begin());
  if (std::any_of(padding.begin(), padding.end(), [](std::int64_t p) { return p < 0; })) return {};
  return padding;
}

}  // namespace texflow
