// The models of tests/data/models in memory, with the inputs and outputs that TensorFlow.js recorded for them.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "conformance/vector_case.h"
#include "texflow/loader.h"

namespace texflow {

struct ModelFolder {
  std::string name, path, modelJson;
  std::map<std::string, std::string> shards;  ///< File name → bytes.
  std::map<std::string, Tensor> inputs, outputs;
};

/// All of them, by name; a fault of the files is a failure of the calling test.
const std::vector<ModelFolder>& modelFolders();
/// Loads from memory as a browser would: topology first, then the shards that it asks for.
Result<Graph> loadFromMemory(const ModelFolder& folder);

}  // namespace texflow
