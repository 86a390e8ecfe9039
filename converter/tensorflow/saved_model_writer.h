// Graphs as SavedModels.
#pragma once
#include <string>

#include "texflow/converter.h"

namespace texflow::tf {

/// saved_model.pb: one MetaGraph, tagged "serve", with the signature "serving_default". The weights are constants of the
/// graph, so there are no variables.
Result<std::string> savedModelBytes(const Graph& graph);

}  // namespace texflow::tf
