// Walks the needed nodes once and records what each becomes. Private to plan/.
#pragma once
#include <set>

#include "plan/plan.h"

namespace texflow {

/// Whether textures hold values of the type.
inline bool isGpuType(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kInt32 || dtype == DType::kBool; }

class PlanBuilder {
 public:
  /// `hostNodes` get their host kernels even where a device could compute them.
  PlanBuilder(Plan& plan, const PlanOptions& options, std::set<int> hostNodes = {})
      : plan_(plan), options_(options), hostNodes_(std::move(hostNodes)) {
    plan.stripes = options.stripes;
  }
  Status build(const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs);
  /// After build(): nodes that another builder had better be given as hostNodes.
  std::set<int> smallTail(const std::vector<Port>& outputs, bool withLayers) const;
  std::set<int> smallHead(bool withLayer) const;

  // For Lowering.
  const PlanOptions& options() const { return options_; }
  Result<GpuTensor> gpuValue(Port port);
  Result<GpuTensor> newTensor(const Shape& shape, Striping striping);
  void setOutput(int slot, int tensor);
  void aliasOutput(int slot, const GpuTensor& source);
  GpuWeights addWeights(const std::string& tag, const PackWeights& pack);
  void addDraw(DrawStep draw);
  int currentNode() const { return node_; }

 private:
  /// Limit for the nodes of smallTail() and smallHead().
  std::int64_t hostWork() const;
  /// A plan for a run needs the values of constants at once; before it they may still arrive.
  bool mayRunOnHost(const Node& node) const;
  /// What is known of one output of one node.
  struct Value {
    TensorInfo info;
    int host = -1;    ///< Index into Plan::values.
    int tensor = -1;  ///< Index into Plan::tensors.
  };

  Result<std::vector<int>> neededNodes(const std::vector<Port>& outputs, const std::map<Port, TensorInfo>& feeds) const;
  Status addNode(int node);
  Status addHostStep(int node, const std::vector<TensorInfo>& outputs);
  Result<bool> lower(int node, const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs);
  Result<std::vector<TensorInfo>> shapesOf(const Node& node, const Op& op, std::vector<TensorInfo>& inputs);
  bool belongsOnHost(const Node& node, const std::vector<TensorInfo>& outputs) const;
  const TensorInfo* infoOf(Port port) const;
  int hostValue(Port port);
  int addHostValue(const TensorInfo& info, const Tensor* known);
  /// Tells values apart that depend on the input's shape or on values of this run; empty for those of constants only.
  std::string variantOf(Port port) const;
  const Node& node(int index) const { return plan_.graph.nodes[static_cast<std::size_t>(index)]; }
  int step() const { return static_cast<int>(plan_.steps.size()); }
  void touch(int tensor, int step);

  Plan& plan_;
  PlanOptions options_;
  std::set<int> hostNodes_;
  std::vector<int> order_;  ///< Needed nodes, operands first.
  std::map<Port, Value> values_;
  std::set<int> deferred_;
  std::set<int> fixed_;  ///< Nodes that depend on constants only, so that every plan of a session has the same values.
  std::map<std::string, int> constants_;
  int node_ = -1;
};

}  // namespace texflow
