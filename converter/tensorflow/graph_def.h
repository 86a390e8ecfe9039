// Graphs of TensorFlow as graphs of the engine.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tensorflow/flatten.h"
#include "texflow/converter.h"

namespace texflow::tf {

/// A GraphDef, binary or text. Outputs are those named, else the nodes that nobody reads; inputs are the placeholders that
/// they need. `what` names the bytes in messages: "The GraphDef 'model.pb'".
Result<Graph> readGraphDef(std::string_view bytes, const std::string& what, const std::vector<std::string>& outputs,
                           const FlattenOptions& options);

/// The binary form of a GraphDef in text format.
Result<std::string> binaryOfText(std::string_view text, const std::string& what);
/// Whether the bytes are more likely text than a binary GraphDef.
bool looksLikeText(std::string_view bytes);

/// The functions that the flattened nodes call, and those that these call.
Result<std::vector<Function>> keptFunctions(FlattenContext& context);

}  // namespace texflow::tf
