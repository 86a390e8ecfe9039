// Rewrites of ops that TensorFlow.js lacks or gets wrong, into ops that it has. Each answers false when it leaves the node.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "passes/known_shapes.h"
#include "passes/rewriter.h"

namespace texflow {

/// Makes nodes in place of one: their names begin with its name.
class Replacement {
 public:
  Replacement(Rewriter& graph, int index) : graph_(graph), index_(index), prefix_(graph.node(index).name) {}

  Port make(const char* op, std::vector<Port> inputs, std::vector<std::pair<std::string, Attr>> attrs = {}) {
    return {graph_.add(op, prefix_ + "/" + op, std::move(inputs), std::move(attrs)), 0};
  }
  Port floats(const char* op, std::vector<Port> inputs) { return make(op, std::move(inputs), {{"T", DType::kFloat32}}); }
  Port constant(Tensor value) { return {graph_.addConstant(prefix_ + "/constant", std::move(value)), 0}; }
  Port number(float value) { return constant(Tensor::scalar(value)); }
  Port integers(const std::vector<std::int64_t>& values) { return constant(Tensor::ints(values)); }
  Port reshape(Port value, const std::vector<std::int64_t>& shape) {
    return make("Reshape", {value, integers(shape)}, {{"T", DType::kFloat32}, {"Tshape", DType::kInt32}});
  }
  Port transpose(Port value, const std::vector<std::int64_t>& order) {
    return make("Transpose", {value, integers(order)}, {{"T", DType::kFloat32}, {"Tperm", DType::kInt32}});
  }
  /// `value` is what the node was.
  bool done(Port value) {
    graph_.takePlace(index_, value.node);
    return true;
  }

 private:
  Rewriter& graph_;
  int index_;
  std::string prefix_;
};

/// Statistics of the batch, which TensorFlow.js takes for those of training, and channels first, which it ignores.
bool lowerBatchNorm(Rewriter& graph, const KnownShapes& known, int index);
/// Convolutions, pools and bias with channels first.
bool lowerChannelsFirst(Rewriter& graph, const KnownShapes& known, int index);
/// Convolutions in groups; also for this engine, which has them on the host only.
bool lowerGroups(Rewriter& graph, const KnownShapes& known, int index);
/// Bucketize, SpaceToDepth, Roll.
bool lowerArrays(Rewriter& graph, const KnownShapes& known, int index);

}  // namespace texflow
