#include <algorithm>

#include "tensorflow/flatten_control.h"

namespace texflow::tf {
namespace {

constexpr int kMaxDepth = 1000;  // Of calls inside calls.
constexpr std::size_t kMaxPrefix = 2000;

}  // namespace

bool among(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

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
