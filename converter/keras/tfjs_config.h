// Configs as TensorFlow.js 4.22 reads them: what Keras 3 and newer Keras 2 write is rewritten, and what TensorFlow.js lacks
// or computes otherwise is named.
#pragma once
#include <map>
#include <string>

#include "json.h"
#include "texflow/status.h"

namespace texflow {

struct TfjsConfig {
  Json model;  ///< {"class_name", "config"}
  /// Why TensorFlow.js cannot load the model or gets it wrong; ok when it can.
  Status supported;
  /// "layer/kernel" → what TensorFlow.js calls that weight, where it differs.
  std::map<std::string, std::string> renamed;
};

TfjsConfig configForTfjs(Json model, int kerasMajor);

}  // namespace texflow
