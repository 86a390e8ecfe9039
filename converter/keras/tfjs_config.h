// Configs as TensorFlow.js 4.22 reads them: what Keras 3 and newer Keras 2 write is rewritten, layers that it lacks become
// several that it has, and what remains is named.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "json.h"
#include "layer_records.h"
#include "layers/keras_model.h"
#include "texflow/status.h"

namespace texflow {

struct TfjsConfig {
  Json model;  ///< {"class_name", "config"}
  /// Why TensorFlow.js cannot load the model or gets it wrong; ok when it can.
  Status supported;
  /// "layer/kernel" → what TensorFlow.js calls that weight, where it differs.
  std::map<std::string, std::string> renamed;
  /// A layer → the layer that has its weights, where that is another one. Empty: none has.
  std::map<std::string, std::string> moved;
  /// Weights of layers that were made.
  struct Made {
    std::string name;
    Tensor value;
    bool exact = false;  ///< Must not be quantized.
  };
  std::vector<Made> made;
};

/// Where the parts of a layer have their weights from.
struct TfjsSource {
  const LoweredModel* lowered = nullptr;  ///< Null: layers are not composed of others.
  const LayerRecords* records = nullptr;  ///< Of the same lowering.
  std::function<Result<Tensor>(std::size_t)> read;
};

/// The topology is the one that was lowered: layers are found by their addresses.
TfjsConfig configForTfjs(const KerasTopology& topology, const TfjsSource& source);

/// The weight's name in the written model; empty where the model does not have it.
std::string tfjsWeightName(const TfjsConfig& config, const std::string& name);

}  // namespace texflow
