// SavedModels and TF-Hub modules as graphs.
#pragma once
#include "readers.h"

namespace texflow::tf {

/// A folder with saved_model.pb and, where it has variables, variables/variables.*.
Result<Graph> readSavedModel(const std::string& folder, const ConvertOptions& options);
/// A frozen graph: a GraphDef, binary or text.
Result<Graph> readFrozenGraph(const std::string& path, const ConvertOptions& options);
/// A module of TF-Hub: a folder or the .tar.gz that a hub serves.
Result<Graph> readHubModule(const std::string& path, const ConvertOptions& options);

}  // namespace texflow::tf
