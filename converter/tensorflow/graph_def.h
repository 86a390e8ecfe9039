// Graphs of TensorFlow as graphs of the engine.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tensorflow/flatten.h"
#include "texflow/converter.h"

namespace texflow::tf {

/// A GraphDef, binary or text. Outputs are those named, else the nodes that nobody reads; inputs are the placeholders that
/// they need, and the nodes named in `inputs`, whatever they are. `what` names the bytes in messages: "The GraphDef 'a.pb'".
Result<Graph> readGraphDef(std::string_view bytes, const std::string& what, const std::vector<std::string>& outputs,
                           const FlattenOptions& options, const std::vector<std::string>& inputs = {});

/// Runs shape functions where all operands are known before the graph runs: an error names the node whose operands, their
/// number or shapes, do not fit.
Status checkShapes(const Graph& graph, const std::string& what);

/// The binary form of a GraphDef in text format.
Result<std::string> binaryOfText(std::string_view text, const std::string& what);
/// Whether the bytes are more likely text than a binary GraphDef.
bool looksLikeText(std::string_view bytes);

/// The functions that the flattened nodes call, and those that these call.
Result<std::vector<Function>> keptFunctions(FlattenContext& context);

}  // namespace texflow::tf
