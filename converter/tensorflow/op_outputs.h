// Inside functions an input names the output of a node by the op's own name for it; elsewhere outputs are numbered.
#pragma once
#include "tensorflow/graph_view.h"

namespace texflow::tf {

/// The number of output `slot` of the group `output` of a node: "values" of a TopKV2 is 0, "indices" is 1.
int flatSlot(const NodeView& node, std::string_view output, int slot);

}  // namespace texflow::tf
