// From the nodes in the order they were asked for to a graph in topological order.
#include "tensorflow/flatten_control.h"

namespace texflow::tf {
namespace {

/// The edge that closes a loop: it is not followed when nodes are put in order.
bool closesLoop(const Node& reader, const Node& source) { return reader.op == "Merge" && source.op == "NextIteration"; }

}  // namespace

/// Constants are there in every branch and every iteration. Where a branch decides about one, or a loop sets a variable to
/// what does not depend on it, a node that waits for the branch or the iteration hands it on.
void Flattener::pinConstants() {
  const std::size_t count = nodes_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (nodes_[i].op != "Merge" && nodes_[i].op != "NextIteration") continue;
    for (std::size_t k = 0; k < nodes_[i].inputs.size(); ++k) {
      const Port port = nodes_[i].inputs[k];
      const Node& source = nodes_[static_cast<std::size_t>(port.node)];
      if (source.op != "Const" || source.controls.empty()) continue;
      const std::vector<int> controls = source.controls;
      const Port identity = addOp(source.name + "/pinned", "Identity", {port});
      nodes_[static_cast<std::size_t>(identity.node)].controls = controls;
      nodes_[i].inputs[k] = identity;
    }
  }
  for (Node& node : nodes_)
    if (node.op == "Const") node.controls.clear();

  for (const auto& loop : loops_) {
    std::vector<std::vector<int>> readers(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      for (const Port& port : nodes_[i].inputs) readers[static_cast<std::size_t>(port.node)].push_back(static_cast<int>(i));
    std::vector<char> inside(nodes_.size(), 0);
    std::vector<int> waiting;
    for (const LoopVariable& variable : loop->variables)
      if (variable.merge.node >= 0) waiting.push_back(variable.merge.node);
    while (!waiting.empty()) {
      const auto at = static_cast<std::size_t>(waiting.back());
      waiting.pop_back();
      if (inside[at]) continue;
      inside[at] = 1;
      for (const int reader : readers[at]) waiting.push_back(reader);
    }
    for (LoopVariable& variable : loop->variables) {
      if (variable.next.node < 0) continue;
      const Port source = nodes_[static_cast<std::size_t>(variable.next.node)].inputs[0];
      if (inside[static_cast<std::size_t>(source.node)]) continue;
      const Port pinned =
          addOp(nodes_[static_cast<std::size_t>(variable.next.node)].name + "/pinned", "Switch", {source, loop->test});
      nodes_[static_cast<std::size_t>(variable.next.node)].inputs[0] = {pinned.node, 1};
    }
  }
}

Result<std::vector<Node>> Flattener::take(std::vector<Endpoint>& inputs, std::vector<Endpoint>& outputs) {
  foldWide();
  pinConstants();
  const std::size_t count = nodes_.size();
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(count, kNew);
  std::vector<int> sorted;
  sorted.reserve(count);
  std::vector<std::pair<int, std::size_t>> stack;  // A node and its next input, controls after data.
  const auto start = [&](int node) {
    if (state[static_cast<std::size_t>(node)] != kNew) return;
    state[static_cast<std::size_t>(node)] = kOpen;
    stack.emplace_back(node, 0);
  };
  const auto visit = [&](int root) -> Status {
    start(root);
    while (!stack.empty()) {
      const int current = stack.back().first;
      const Node& node = nodes_[static_cast<std::size_t>(current)];
      const std::size_t next = stack.back().second++;
      if (next >= node.inputs.size() + node.controls.size()) {
        state[static_cast<std::size_t>(current)] = kDone;
        sorted.push_back(current);
        stack.pop_back();
        continue;
      }
      const int source = next < node.inputs.size() ? node.inputs[next].node : node.controls[next - node.inputs.size()];
      if (closesLoop(node, nodes_[static_cast<std::size_t>(source)])) continue;
      if (state[static_cast<std::size_t>(source)] == kOpen)
        return Status::invalid(context_.graph.what() + ": the graph has a cycle through " +
                               Graph::describe(nodes_[static_cast<std::size_t>(source)]) + " that is not a loop.");
      start(source);
    }
    return {};
  };
  for (const Endpoint& endpoint : inputs) TEXFLOW_TRY(visit(endpoint.port.node));
  for (std::size_t i = 0; i < count; ++i) TEXFLOW_TRY(visit(static_cast<int>(i)));

  std::vector<int> newIndex(count);
  for (std::size_t i = 0; i < count; ++i) newIndex[static_cast<std::size_t>(sorted[i])] = static_cast<int>(i);
  std::vector<Node> ordered;
  ordered.reserve(count);
  for (const int old : sorted) {
    Node& node = ordered.emplace_back(std::move(nodes_[static_cast<std::size_t>(old)]));
    for (Port& port : node.inputs) port.node = newIndex[static_cast<std::size_t>(port.node)];
    for (int& control : node.controls) control = newIndex[static_cast<std::size_t>(control)];
  }
  for (auto* endpoints : {&inputs, &outputs})
    for (Endpoint& endpoint : *endpoints) endpoint.port.node = newIndex[static_cast<std::size_t>(endpoint.port.node)];
  nodes_.clear();
  return ordered;
}

}  // namespace texflow::tf
