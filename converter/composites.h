// Groups of nodes that together compute one function which TensorFlow.js has no op for.
#pragma once
#include <string>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

class JsonWriter;

struct Composite {
  std::string function;  ///< "Gelu", "GeluApproximate", "HardSwish" or "LayerNormalization".
  Port input, output;
  std::vector<int> nodes;  ///< Those that compute it, in order; others may read their values, too.
  /// LayerNormalization, over the last axis: the constants that scale and shift; node -1 where there is none.
  Port gamma{-1, 0}, beta{-1, 0};
  double epsilon = 0;
};

/// Found by their values: the nodes between one value and another are run on probes and compared with the function, so that
/// it does not matter how a framework or a pass has spelled it.
std::vector<Composite> findComposites(const Graph& graph);

/// The value of userDefinedMetadata.composites, as docs/formats/graph-model.md has it.
void writeComposites(const std::vector<Composite>& composites, const Graph& graph, JsonWriter& json);

}  // namespace texflow
