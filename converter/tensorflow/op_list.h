// The list of ops that a SavedModel carries.
#pragma once
#include <string>

#include "tensorflow/graph_view.h"
#include "tensorflow/meta_graph.h"

namespace texflow::tf {

/// An error names the first op of the graph, or of a function that it calls, which neither the model's own list of ops nor
/// this converter knows. TensorFlow lists all ops of the graph and of called functions when it saves, so such a file is
/// damaged or needs an op library, even where the signature at hand does not reach the op.
Status checkOpList(const MetaGraph& meta, GraphView& view, const std::string& path);

}  // namespace texflow::tf
