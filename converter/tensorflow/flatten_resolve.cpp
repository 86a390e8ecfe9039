// What the inputs of nodes stand for: values of nodes, through calls, variables and what passes its input on.
#include "tensorflow/flatten_control.h"
#include "tensorflow/op_outputs.h"

namespace texflow::tf {
namespace {

constexpr int kMaxRecursion = 100;  // Of decisions that need other decisions first.

bool isCall(std::string_view op) {
  return among(op, {"PartitionedCall", "StatefulPartitionedCall", "TPUPartitionedCall", "RemoteCall", "SymbolicGradient"}) &&
         op != "SymbolicGradient";
}

}  // namespace

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

}  // namespace texflow::tf
