// Serialized tensorflow.GraphDef → the model.json of a graph-model whose constants are in place.
#pragma once
#include <string>
#include <string_view>

#include "texflow/status.h"

namespace texflow::conformance {

/// An error when the bytes are not a GraphDef.
Result<std::string> modelJsonOf(std::string_view graphDef);

}  // namespace texflow::conformance
