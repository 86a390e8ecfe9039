#include <algorithm>

#include "tensorflow/flatten_control.h"
#include "tensorflow/op_outputs.h"

namespace texflow::tf {
namespace {

constexpr int kMaxDepth = 1000;     // Of calls inside calls.
constexpr int kMaxRecursion = 100;  // Of decisions that need other decisions first.
constexpr std::size_t kMaxPrefix = 2000;

bool among(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

bool isCall(std::string_view op) {
  return among(op, {"PartitionedCall", "StatefulPartitionedCall", "TPUPartitionedCall", "RemoteCall", "SymbolicGradient"}) &&
         op != "SymbolicGradient";
}

}  // namespace

bool fillsTable(std::string_view op) {
  return among(op, {"InitializeTable", "InitializeTableV2", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
                    "LookupTableImport", "LookupTableImportV2", "LookupTableInsert", "LookupTableInsertV2"});
}

bool isDebugOp(std::string_view op) {
  return among(op, {"Assert", "Print", "PrintV2", "CheckNumerics", "CheckNumericsV2", "EnsureShape"});
}

Flattener::Flattener(FlattenContext& context) : context_(context) {
  auto scope = std::make_unique<Scope>();
  scope->body = &context.graph.main();
  scope->flat.assign(scope->body->nodes.size(), -1);
  main_ = scope.get();
  scopes_.push_back(std::move(scope));
}

Flattener::~Flattener() = default;

Result<Scope*> Flattener::addScope(const Body& body, Scope* parent, int callNode, const std::string& prefix) {
  auto scope = std::make_unique<Scope>();
  scope->body = &body;
  scope->parent = parent;
  scope->callNode = callNode;
  scope->depth = parent ? parent->depth + 1 : 0;
  for (const Scope* outer = parent; outer; outer = outer->parent) {
    if (outer->body == &body)
      return Status::unsupported(context_.graph.what() + ": the function '" + std::string(body.name) +
                                 "' calls itself, which a graph without functions cannot do.");
    if (outer->depth + 64 < scope->depth) break;  // Longer cycles end at the limit of depth.
  }
  if (scope->depth > kMaxDepth)
    return Status::unsupported(context_.graph.what() + ": functions call functions more than " + std::to_string(kMaxDepth) +
                               " deep, at the function '" + std::string(body.name) + "'.");
  context_.budget -= static_cast<std::int64_t>(body.nodes.size()) + 16;
  if (context_.budget < 0)
    return Status::unsupported(context_.graph.what() +
                               ": with its functions inlined the graph is too large; the limit was reached in '" +
                               std::string(body.name) + "'.");
  scope->prefix = prefix.size() > kMaxPrefix ? "call_" + std::to_string(scopes_.size()) + "/" : prefix;
  scope->flat.assign(body.nodes.size(), -1);
  scopes_.push_back(std::move(scope));
  return scopes_.back().get();
}

Result<Scope*> Flattener::enter(const Body& body, std::vector<Value> args) {
  TEXFLOW_ASSIGN(Scope * scope, addScope(body, nullptr, -1, ""));
  scope->kind = Scope::Kind::kGiven;
  scope->args = std::move(args);
  return scope;
}

Result<Scope*> Flattener::call(Scope& scope, int node, std::string_view function) {
  if (const auto known = scope.calls.find(node); known != scope.calls.end()) return known->second;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(node)];
  const auto body = context_.graph.function(function);
  if (!body.ok())
    return Status::invalid("The node '" + std::string(view.name) + "' (" + std::string(view.op) + ") calls the function '" +
                           std::string(function) + "': " + body.status().message());
  TEXFLOW_ASSIGN(Scope * called, addScope(**body, &scope, node, scope.prefix + std::string(view.name) + "/"));
  called->kind = Scope::Kind::kCall;
  scope.calls.emplace(node, called);
  return called;
}

Result<Flattener::Place> Flattener::locate(Scope& scope, std::string_view name) const {
  TEXFLOW_ASSIGN(const InputName input, parseInput(name));
  const auto found = scope.body->index.find(input.node);
  const std::string in = scope.body->name.empty() ? "the graph" : "the function '" + std::string(scope.body->name) + "'";
  if (found == scope.body->index.end())
    return Status::invalid(context_.graph.what() + ": there is no node '" + std::string(input.node) + "' in " + in + ".");
  Place place{&scope, found->second, input.slot};
  const NodeView& node = scope.body->nodes[static_cast<std::size_t>(place.node)];
  if (input.output.empty()) return place;
  if (!context_.graph.hasFunction(node.op)) {
    place.slot = flatSlot(node, input.output, input.slot);
    return place;
  }
  // A node whose op is a function: its outputs have the names of the function's.
  TEXFLOW_ASSIGN(const Body* body, context_.graph.function(node.op));
  const auto result = std::find(body->outputs.begin(), body->outputs.end(), input.output);
  if (result != body->outputs.end()) place.slot = static_cast<int>(result - body->outputs.begin()) + input.slot;
  return place;
}

Result<Value> Flattener::resolve(Scope& scope, std::string_view name) {
  TEXFLOW_ASSIGN(const Place place, locate(scope, name));
  return resolve(place);
}

Result<Port> Flattener::resolvePort(Scope& scope, std::string_view name) {
  TEXFLOW_ASSIGN(const Value value, resolve(scope, name));
  if (value.handle)
    return Status::unsupported(context_.graph.what() + ": the variable '" + std::string(value.handle->name) +
                               "' is used as a tensor.");
  return value.port;
}

Result<Value> Flattener::resolve(Place place) {
  if (++depth_ > kMaxRecursion) {
    depth_ = 0;
    return Status::unsupported(context_.graph.what() + ": control flow or variables are nested too deeply at the node '" +
                               std::string(place.scope->body->nodes[static_cast<std::size_t>(place.node)].name) + "'.");
  }
  std::size_t steps = 0;
  const std::size_t most = 1'000'000;
  for (bool moved = true; moved;) {
    moved = false;
    auto value = resolveNode(place, moved);
    if (!value.ok() || !moved) {
      if (depth_ > 0) --depth_;
      return value;
    }
    if (++steps > most) break;
  }
  return Status::invalid(context_.graph.what() + ": the graph has a cycle through the node '" +
                         std::string(place.scope->body->nodes[static_cast<std::size_t>(place.node)].name) + "'.");
}

Result<Value> Flattener::input(const Place& place, std::size_t i) {
  const NodeView& node = place.scope->body->nodes[static_cast<std::size_t>(place.node)];
  if (i >= node.inputs.size() || node.inputs[i].starts_with('^'))
    return Status::invalid("The node '" + place.scope->prefix + std::string(node.name) + "' (" + std::string(node.op) +
                           ") has no input " + std::to_string(i) + ".");
  return resolve(*place.scope, node.inputs[i]);
}

/// One step: a value, or another place that has the same value (`moved`).
Result<Value> Flattener::resolveNode(Place& place, bool& moved) {
  Scope& scope = *place.scope;
  const NodeView& node = scope.body->nodes[static_cast<std::size_t>(place.node)];
  if (scope.kind == Scope::Kind::kMain) {
    const auto fed = fed_.find({place.node, place.slot});
    if (fed != fed_.end()) return fed->second;
  }
  const std::string_view op = node.op;
  const auto follow = [&](std::size_t i) -> Result<Value> {
    if (i >= node.inputs.size() || node.inputs[i].starts_with('^'))
      return Status::invalid("The node '" + scope.prefix + std::string(node.name) + "' (" + std::string(op) +
                             ") has no input " + std::to_string(i) + ".");
    TEXFLOW_ASSIGN(place, locate(scope, node.inputs[i]));
    moved = true;
    return Value{};
  };
  if (op == "_Arg" && !scope.body->args.empty()) return resolveArgument(place, moved);
  if (isCall(op) || context_.graph.hasFunction(op)) {
    const std::string_view function = isCall(op) ? functionOf(node.attr("f")) : op;
    TEXFLOW_ASSIGN(Scope * called, call(scope, place.node, function));
    const auto& outputs = called->body->outputs;
    if (place.slot >= static_cast<int>(outputs.size()))
      return Status::invalid("The output " + std::to_string(place.slot) + " of the node '" + scope.prefix +
                             std::string(node.name) + "' is asked for; the function '" + std::string(function) + "' has " +
                             std::to_string(outputs.size()) + ".");
    const auto result = called->body->returns.find(outputs[static_cast<std::size_t>(place.slot)]);
    if (result == called->body->returns.end())
      return Status::invalid("The function '" + std::string(function) + "' says nothing of its result '" +
                             std::string(outputs[static_cast<std::size_t>(place.slot)]) + "'.");
    TEXFLOW_ASSIGN(place, locate(*called, result->second));
    moved = true;
    return Value{};
  }
  if (op == "IdentityN") return follow(static_cast<std::size_t>(place.slot));
  if (among(op, {"StopGradient", "PreventGradient", "_EagerConst", "RefIdentity", "ReadVariableXlaSplitND"}))
    return follow(0);
  // The handle of a variable is the same everywhere, in loops and branches too.
  if (among(op, {"Identity", "Enter", "Switch"}) && typeOf(node.attr("T")) % 100 == kResourceType) return follow(0);
  if (context_.options.stripDebugOps && isDebugOp(op) && op != "Assert" && op != "PrintV2") return follow(0);
  if (op == "PlaceholderWithDefault") return follow(0);
  if (among(op, {"While", "StatelessWhile"})) return resolveWhile(place);
  if (among(op, {"If", "StatelessIf"})) return resolveIf(place);
  if (among(op, {"Case", "StatelessCase"})) return resolveCase(place);
  if (among(op, {"VarHandleOp", "VariableV2", "Variable", "ReadVariableOp", "ResourceGather", "ResourceGatherNd",
                 "VariableShape", "VarIsInitializedOp", "IsVariableInitialized", "Assign", "AssignAdd", "AssignSub"}))
    return resolveVariableOp(place);
  return ordinary(place);
}

Result<Value> Flattener::resolveArgument(Place& place, bool& moved) {
  Scope& scope = *place.scope;
  const int i = place.node;  // Arguments are the first nodes.
  switch (scope.kind) {
    case Scope::Kind::kGiven:
      if (i < static_cast<int>(scope.args.size())) return scope.args[static_cast<std::size_t>(i)];
      break;
    case Scope::Kind::kCall: {
      const NodeView& node = scope.parent->body->nodes[static_cast<std::size_t>(scope.callNode)];
      if (i >= static_cast<int>(node.inputs.size()) || node.inputs[static_cast<std::size_t>(i)].starts_with('^')) break;
      TEXFLOW_ASSIGN(place, locate(*scope.parent, node.inputs[static_cast<std::size_t>(i)]));
      moved = true;
      return Value{};
    }
    case Scope::Kind::kLoopCondition: return loopArgument(*scope.loop, i, false);
    case Scope::Kind::kLoopBody: return loopArgument(*scope.loop, i, true);
    case Scope::Kind::kThen: return branchArgument(*scope.branches, i, true);
    case Scope::Kind::kElse: return branchArgument(*scope.branches, i, false);
    case Scope::Kind::kMain: break;
  }
  return Status::invalid("The function '" + std::string(scope.body->name) + "' is called without its argument '" +
                         std::string(scope.body->args[static_cast<std::size_t>(i)]) + "'.");
}

std::string Flattener::uniqueName(std::string name) {
  if (names_.insert(name).second) return name;
  for (int i = 1;; ++i) {
    std::string other = name + "_" + std::to_string(i);
    if (names_.insert(other).second) return other;
  }
}

Port Flattener::addNode(Node node) {
  node.name = uniqueName(std::move(node.name));
  nodes_.push_back(std::move(node));
  return {static_cast<int>(nodes_.size()) - 1, 0};
}

/// A new node for a node of a body, its attributes read, its inputs still to come.
Result<int> Flattener::allocate(Scope& scope, const NodeView& view, int index) {
  if (--context_.budget < 0)
    return Status::unsupported(context_.graph.what() +
                               ": with its functions inlined the graph is too large; the limit was reached at '" +
                               scope.prefix + std::string(view.name) + "'.");
  Node node;
  node.name = scope.prefix + std::string(view.name);
  node.op = std::string(view.op);
  const auto fault = [&](const Status& status, std::string_view attr) {
    return Status(status.code(), context_.graph.what() + ": the attribute '" + std::string(attr) + "' of " +
                                     Graph::describe(node) + " cannot be read: " + status.message());
  };
  const bool isConst = node.op == "Const";
  bool hasValue = false;
  std::vector<std::int64_t> wideValues;
  for (const auto& [name, message] : view.attrs) {
    if (name.starts_with('_')) continue;  // TensorFlow's own notes.
    auto value = context_.attrs.read(message);
    std::vector<std::int64_t> wide = context_.attrs.takeWide();
    if (!value.ok()) return fault(value.status(), name);
    if (!*value) continue;
    if (isConst && name == "value") {
      if (auto* tensor = std::get_if<Tensor>(&**value)) {
        node.value = std::move(*tensor);
        hasValue = true;
        wideValues = std::move(wide);
      }
      continue;
    }
    node.attrs.set(std::string(name), std::move(**value));
  }
  if (isConst && !hasValue) return Status::invalid("The attribute 'value' of " + Graph::describe(node) + " is missing.");
  if (isConst) node.attrs.set("dtype", node.value.dtype());
  const Port port = addNode(std::move(node));
  if (!wideValues.empty()) wide_[port.node] = std::move(wideValues);
  scope.flat[static_cast<std::size_t>(index)] = port.node;
  return port.node;
}

Result<Value> Flattener::ordinary(const Place& place) {
  Scope& scope = *place.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  int& known = scope.flat[static_cast<std::size_t>(place.node)];
  if (known >= 0) return Value{{known, place.slot}};
  if (view.op == "Const") {
    if (const auto shared = constants_.find(&view); shared != constants_.end()) return Value{shared->second};
  }
  if (scope.kind == Scope::Kind::kMain && view.op == "Placeholder" && context_.resources)
    return Status::invalid(context_.graph.what() + ": the outputs need the placeholder '" + std::string(view.name) +
                           "', which is not among the inputs of the signature.");
  TEXFLOW_ASSIGN(const int flat, allocate(scope, view, place.node));
  if (view.op == "Const") constants_.emplace(&view, Port{flat, 0});
  pending_.push_back({&scope, place.node, flat});
  return Value{{flat, place.slot}};
}

Status Flattener::fill(const Pending& pending) {
  Scope& scope = *pending.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(pending.node)];
  const auto at = static_cast<std::size_t>(pending.flat);
  std::vector<Port> inputs;
  for (const std::string_view name : view.inputs) {
    if (name.starts_with('^')) continue;
    const auto port = resolvePort(scope, name);
    if (!port.ok()) return port.status().during("reading " + Graph::describe(nodes_[at]));
    inputs.push_back(*port);
  }
  nodes_[at].inputs = std::move(inputs);
  if (view.op.starts_with("InitializeTableFromTextFile")) {
    Node node = std::move(nodes_[at]);
    const Status status = tableFromFile(pending, node);
    nodes_[at] = std::move(node);
    TEXFLOW_TRY(status);
  }
  return controlInputs(scope, view, pending.flat);
}

Status Flattener::drain() {
  while (!pending_.empty() || !later_.empty()) {
    if (!pending_.empty()) {
      const Pending next = pending_.back();
      pending_.pop_back();
      TEXFLOW_TRY(fill(next));
    } else {
      const auto next = std::move(later_.back());
      later_.pop_back();
      TEXFLOW_TRY(next());
    }
  }
  return {};
}

}  // namespace texflow::tf
