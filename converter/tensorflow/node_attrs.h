// The attributes that TensorFlow wants of a node, where TensorFlow.js and this engine do without.
#pragma once
#include <vector>

#include "texflow/graph.h"

namespace texflow::tf {

/// Type of each node's outputs, from the types of its inputs. Split and Unpack have outputs of one type.
std::vector<DType> outputTypes(const Graph& graph);

/// The attributes of TensorFlow's op definition: those of the node and the types that follow from its inputs. An error names
/// the op where it is none of those that Keras layers are lowered to.
Result<Attrs> tensorFlowAttrs(const Node& node, const std::vector<DType>& types);

}  // namespace texflow::tf
