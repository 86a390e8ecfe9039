#include "passes/rewriter.h"

#include <algorithm>
#include <set>

#include "ops/op.h"

namespace texflow {
namespace {

/// Ops that have a kernel here but are not functions of their inputs.
bool hasState(std::string_view op) {
  static const std::set<std::string_view> kOps = {"Placeholder", "PlaceholderWithDefault", "Print", "NoOp",
                                                  "Multinomial", "TruncatedNormal"};
  return kOps.contains(op) || op.starts_with("Random");
}

}  // namespace

Rewriter::Rewriter(Graph& graph, bool isFunction) : graph_(graph), isFunction_(isFunction) {
  readers_.resize(graph.nodes.size());
  conditional_.assign(graph.nodes.size(), false);
  controls_.assign(graph.nodes.size(), false);
  names_.reserve(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    names_.insert(node.name);
    bool conditional = node.op == "Switch" || node.op == "Merge";
    for (const Port& port : node.inputs) {
      readers_[static_cast<std::size_t>(port.node)].push_back(static_cast<int>(i));
      conditional = conditional || conditional_[static_cast<std::size_t>(port.node)];
    }
    for (const int control : node.controls) {
      conditional = conditional || conditional_[static_cast<std::size_t>(control)];
      controls_[static_cast<std::size_t>(control)] = true;
    }
    conditional_[i] = conditional;
  }
}

bool Rewriter::isOutput(int index) const {
  return std::any_of(graph_.outputs.begin(), graph_.outputs.end(),
                     [&](const Endpoint& output) { return output.port.node == index; });
}

int Rewriter::onlyReader(int index) const {
  const auto& all = readers(index);
  return all.size() == 1 && !isOutput(index) ? all[0] : -1;
}

bool Rewriter::isUnread(const Port& port) const {
  for (const Endpoint& output : graph_.outputs)
    if (output.port == port) return false;
  for (const int reader : readers(port.node)) {
    const auto& inputs = node(reader).inputs;
    if (std::find(inputs.begin(), inputs.end(), port) != inputs.end()) return false;
  }
  return true;
}

const Tensor* Rewriter::constant(const Port& port) const {
  const Node& source = node(port);
  return source.op == "Const" && port.slot == 0 ? &source.value : nullptr;
}

bool Rewriter::isPure(int index) const {
  const Node& candidate = node(index);
  return candidate.controls.empty() && !hasState(candidate.op) && findOp(candidate.op);
}

int Rewriter::add(Node added) {
  added.name = freeName(added.name);
  names_.insert(added.name);
  const int index = size();
  bool conditional = false;
  for (const Port& port : added.inputs) {
    readers_[static_cast<std::size_t>(port.node)].push_back(index);
    conditional = conditional || isConditional(port.node);
  }
  readers_.emplace_back();
  conditional_.push_back(conditional);
  controls_.push_back(false);
  graph_.nodes.push_back(std::move(added));
  return index;
}

int Rewriter::add(std::string op, const std::string& name, std::vector<Port> inputs,
                  std::vector<std::pair<std::string, Attr>> attrs) {
  Node added;
  added.op = std::move(op);
  added.name = name;
  added.inputs = std::move(inputs);
  for (auto& [key, value] : attrs) added.attrs.set(std::move(key), std::move(value));
  return add(std::move(added));
}

int Rewriter::addConstant(const std::string& name, Tensor value) {
  Node added;
  added.op = "Const";
  added.name = name;
  added.attrs.set("dtype", value.dtype());
  added.value = std::move(value);
  return add(std::move(added));
}

void Rewriter::forget(const Port& port, int reader) {
  auto& all = readers_[static_cast<std::size_t>(port.node)];
  if (const auto found = std::find(all.begin(), all.end(), reader); found != all.end()) all.erase(found);
}

void Rewriter::setInput(int index, std::size_t slot, Port port) {
  Port& input = edit(index).inputs[slot];
  forget(input, index);
  input = port;
  readers_[static_cast<std::size_t>(port.node)].push_back(index);
}

void Rewriter::setInputs(int index, std::vector<Port> inputs) {
  for (const Port& port : node(index).inputs) forget(port, index);
  for (const Port& port : inputs) readers_[static_cast<std::size_t>(port.node)].push_back(index);
  edit(index).inputs = std::move(inputs);
}

void Rewriter::clearControls(int index) { edit(index).controls.clear(); }

void Rewriter::replace(const Port& from, const Port& to) {
  const std::string& op = node(to).op;
  const bool inherits = from.slot == 0 && to.slot == 0 && !isFunction_ && isOutput(from.node) && !isOutput(to.node) &&
                        op != "Placeholder" && op != "Const";
  redirect(from, to);
  if (inherits) swapNames(from.node, to.node);
}

void Rewriter::redirect(const Port& from, const Port& to) {
  const std::vector<int> all = readers(from.node);  // A copy: setInput changes the list.
  for (const int reader : all) {
    if (reader == to.node) continue;
    for (std::size_t slot = 0; slot < node(reader).inputs.size(); ++slot)
      if (node(reader).inputs[slot] == from) setInput(reader, slot, to);
  }
  for (Endpoint& output : graph_.outputs)
    if (output.port == from) output.port = to;
  release(from.node);
}

void Rewriter::release(int index) {
  std::vector<int> dead = {index};
  while (!dead.empty()) {
    const int current = dead.back();
    dead.pop_back();
    if (!readers(current).empty() || isOutput(current) || node(current).op == "Placeholder") continue;
    if (controls_[static_cast<std::size_t>(current)] && isConditional(current)) continue;
    Node& gone = edit(current);
    gone.op = "NoOp";
    gone.controls.clear();
    const std::vector<Port> inputs = std::move(gone.inputs);
    gone.inputs.clear();
    for (const Port& port : inputs) {
      forget(port, current);
      dead.push_back(port.node);
    }
  }
}

void Rewriter::takePlace(int index, int replacement) {
  redirect({index, 0}, {replacement, 0});
  swapNames(index, replacement);
}

std::string Rewriter::freeName(const std::string& wanted) const {
  if (!names_.contains(wanted)) return wanted;
  for (int i = 1;; ++i)
    if (std::string name = wanted + "_" + std::to_string(i); !names_.contains(name)) return name;
}

void Rewriter::finish() {
  const auto count = graph_.nodes.size();
  // A control edge matters only where its source may not run at all; state of other kinds does not survive freezing.
  for (std::size_t i = 0; i < count; ++i) {
    Node& current = graph_.nodes[i];
    std::erase_if(current.controls, [&](int control) { return !isConditional(control); });
    if (current.op == "Const") current.controls.clear();
  }
  std::vector<char> state(count, 0);  // 0 new, 1 open, 2 done.
  std::vector<int> order;
  order.reserve(count);
  std::vector<std::pair<int, std::size_t>> stack;
  std::vector<int> later;  // Ends of loops, reached from their Merge.
  const auto visit = [&](int root) {
    if (state[static_cast<std::size_t>(root)]) return;
    state[static_cast<std::size_t>(root)] = 1;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      const auto [current, slot] = stack.back();
      const Node& reader = node(current);
      const std::size_t inputs = reader.inputs.size();
      if (slot == inputs + reader.controls.size()) {
        state[static_cast<std::size_t>(current)] = 2;
        order.push_back(current);
        stack.pop_back();
        continue;
      }
      ++stack.back().second;
      const int next = slot < inputs ? reader.inputs[slot].node : reader.controls[slot - inputs];
      if (isBackEdge(reader, node(next))) {
        later.push_back(next);
        continue;
      }
      if (state[static_cast<std::size_t>(next)]) continue;
      state[static_cast<std::size_t>(next)] = 1;
      stack.emplace_back(next, 0);
    }
  };
  for (const Endpoint& input : graph_.inputs) visit(input.port.node);
  for (const Endpoint& output : graph_.outputs) visit(output.port.node);
  for (std::size_t i = 0; i < later.size(); ++i) visit(later[i]);

  std::vector<int> newIndex(count, -1);
  for (std::size_t i = 0; i < order.size(); ++i) newIndex[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  std::vector<Node> nodes;
  nodes.reserve(order.size());
  for (const int old : order) {
    nodes.push_back(std::move(edit(old)));
    for (Port& port : nodes.back().inputs) port.node = newIndex[static_cast<std::size_t>(port.node)];
    for (int& control : nodes.back().controls) control = newIndex[static_cast<std::size_t>(control)];
  }
  graph_.nodes = std::move(nodes);
  for (auto* endpoints : {&graph_.inputs, &graph_.outputs})
    for (Endpoint& endpoint : *endpoints) endpoint.port.node = newIndex[static_cast<std::size_t>(endpoint.port.node)];
}

}  // namespace texflow
