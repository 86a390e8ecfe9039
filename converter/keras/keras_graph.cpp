#include "keras_file.h"
#include "layers/keras_model.h"
#include "layers/recurrent.h"

namespace texflow {

Result<Graph> kerasGraph(const KerasFile& file) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(file.model, file.kerasVersion));
  TEXFLOW_ASSIGN(LoweredModel lowered, lowerKerasModel(topology, file.weights, nullptr, loop));
  for (std::size_t i = 0; i < file.weights.size(); ++i) {
    const int node = lowered.nodeOfWeight[i];
    if (node < 0) continue;
    TEXFLOW_ASSIGN(lowered.graph.nodes[static_cast<std::size_t>(node)].value, file.read(i));
  }
  return std::move(lowered.graph);
}

}  // namespace texflow
