// A Keras model, its config as JSON and its weights by name, lowered to a graph. Used for layers-models, HDF5 and .keras.
#pragma once
#include <span>
#include <vector>

#include "json.h"
#include "layers/layer.h"

namespace texflow {

/// The parts of a model file that say what the layers are.
struct KerasTopology {
  Json model;  ///< {"class_name", "config"} of the outermost model.
  int kerasMajor = 2;
  bool tfjsLayers = false;  ///< Written by TensorFlow.js.
};

/// From model_config or the like and the version that the file names ("2.19.0", "tfjs-layers 4.22.0"); older dialects are
/// rewritten to the newer one.
Result<KerasTopology> readKerasTopology(Json model, std::string_view kerasVersion);
/// The modelTopology of a layers-model.
Result<KerasTopology> readLayersTopology(const Json& modelTopology);

/// A graph whose weights have no values yet.
struct LoweredModel {
  Graph graph;
  std::vector<int> nodeOfWeight;       ///< The Const of each weight, -1 where the graph does not use it.
  std::vector<WeightTable::Use> uses;  ///< Of each weight; empty where the graph does not use it.
};

/// `observer` is told of the layers; the addresses of their configs are those in the topology. `loop` is for graphs that may
/// have loops.
Result<LoweredModel> lowerKerasModel(const KerasTopology& topology, std::span<const StoredWeight> weights,
                                     LayerObserver* observer = nullptr, LoopMaker loop = nullptr);

}  // namespace texflow
