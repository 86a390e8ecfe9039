// Which entry of the checkpoint is the value of which variable.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "tensorflow/attr_value.h"
#include "tensorflow/graph_view.h"
#include "tensorflow/meta_graph.h"

namespace texflow::tf {

struct VariableKey {
  std::string key;
  std::string slice;  ///< Of partitioned variables: "5 4 0,3:0,4".
};

/// By node of the main graph that makes the variable. Taken from the part of the graph that restores checkpoints, and where
/// there is none from the collection of variables. Variables that it does not name are stored under their own name.
Result<std::unordered_map<std::string_view, VariableKey>> variableKeys(GraphView& graph, const MetaGraph& meta);

}  // namespace texflow::tf
