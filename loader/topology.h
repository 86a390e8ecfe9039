// modelTopology (a GraphDef in proto3-JSON) and signature → Graph.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json.h"
#include "texflow/graph.h"

namespace texflow {

/// What model.json declares about a constant whose values are among the weights.
struct PendingConst {
  int node = -1;
  bool hasDType = false;
  DType dtype = DType::kFloat32;
  bool knownRank = false;
  Shape shape;
};

/// The graph without the values of its weights.
struct Topology {
  Graph graph;
  std::unordered_map<std::string, PendingConst> pending;  ///< By node name.
};

/// Whether model.json holds Keras layers instead of a graph.
bool isLayersModel(const Json& model);

/// Reads nodes, orders them, and resolves inputs and outputs. `model` is the whole model.json.
Result<Topology> parseTopology(const Json& model);

}  // namespace texflow
