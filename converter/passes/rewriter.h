// Edits a graph: who reads what, new nodes, redirected readers. A pass works on one, finish() puts the graph in order.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

/// Node indices stay valid until finish(); new nodes come last. What a pass no longer needs it just stops reading.
class Rewriter {
 public:
  /// `isFunction`: outputs are results of a function body, whose nodes keep their place.
  explicit Rewriter(Graph& graph, bool isFunction = false);

  int size() const { return static_cast<int>(graph_.nodes.size()); }
  const Node& node(int index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
  const Node& node(const Port& port) const { return node(port.node); }
  /// For attributes and op; inputs have their own setters.
  Node& edit(int index) { return graph_.nodes[static_cast<std::size_t>(index)]; }
  const Graph& graph() const { return graph_; }
  bool isFunction() const { return isFunction_; }

  /// Nodes that read any output of this one, once for each input that does.
  const std::vector<int>& readers(int index) const { return readers_[static_cast<std::size_t>(index)]; }
  bool isOutput(int index) const;
  /// The only reader of the node, when exactly one input of one node reads it and no output of the graph does; else -1.
  int onlyReader(int index) const;
  /// True when no node and no output reads this port.
  bool isUnread(const Port& port) const;

  /// The value of a constant, null for any other node.
  const Tensor* constant(const Port& port) const;
  /// True when the node may be computed at another time, once for several or not at all: it has a kernel, no state, and no
  /// control input that could keep it from running.
  bool isPure(int index) const;
  /// True when a Switch decides whether the node runs at all.
  bool isConditional(int index) const { return conditional_[static_cast<std::size_t>(index)]; }

  /// Adds a node under a name that is free; answers its index. References from node() and edit() end here.
  int add(Node node);
  int add(std::string op, const std::string& name, std::vector<Port> inputs,
          std::vector<std::pair<std::string, Attr>> attrs = {});
  int addConstant(const std::string& name, Tensor value);
  void setInput(int index, std::size_t slot, Port port);
  void setInputs(int index, std::vector<Port> inputs);
  void clearControls(int index);
  /// All readers of `from`, and the outputs, read `to` from now on. What nobody reads then becomes a NoOp without inputs:
  /// copy what you need of it before. The name of an output goes to the node that takes its place.
  void replace(const Port& from, const Port& to);
  /// Makes `replacement` (with one output) what `index` was, under its name: readers, outputs and name move over.
  void takePlace(int index, int replacement);
  void swapNames(int a, int b) { std::swap(edit(a).name, edit(b).name); }
  /// Output number `output` of the graph alone is `to` from now on.
  void moveOutput(std::size_t output, const Port& to) { graph_.outputs[output].port = to; }
  std::string freeName(const std::string& wanted) const;

  /// Drops nodes that no output needs, and sorts.
  void finish();

 private:
  void forget(const Port& port, int reader);
  void release(int index);
  void redirect(const Port& from, const Port& to);

  Graph& graph_;
  bool isFunction_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> conditional_;
  std::vector<bool> controls_;  ///< Others wait for this node: it stays even when nobody reads it.
  std::unordered_set<std::string> names_;
};

/// True when an input of the node may come from a later one: the end of a loop.
inline bool isBackEdge(const Node& reader, const Node& source) {
  return reader.op == "Merge" && source.op == "NextIteration";
}

}  // namespace texflow
