#include <algorithm>

#include "tensorflow/flatten_control.h"

namespace texflow::tf {

/// Whether the condition of an If is known: then only one branch exists.
std::optional<bool> Flattener::knownCondition(Port condition) const {
  const Node& node = nodes_[static_cast<std::size_t>(condition.node)];
  if (node.op != "Const" || node.value.size() != 1) return std::nullopt;
  if (node.value.dtype() == DType::kString) return !node.value.data<std::string>()[0].empty();
  return node.value.number(0) != 0;
}

/// The branches that may be taken; a known condition leaves one.
Result<Branches*> Flattener::branchesAt(const Place& place, std::optional<std::string_view> thenName,
                                        std::optional<std::string_view> elseName, std::size_t firstArg, Port condition,
                                        const std::string& prefix) {
  Scope& scope = *place.scope;
  auto branches = std::make_unique<Branches>();
  branches->scope = &scope;
  branches->node = place.node;
  branches->firstArg = firstArg;
  branches->name = prefix;
  branches->condition = condition;
  if (thenName) {
    TEXFLOW_ASSIGN(const Body* body, context_.graph.function(*thenName));
    TEXFLOW_ASSIGN(branches->taken, addScope(*body, &scope, place.node, prefix + "/then/"));
    branches->taken->kind = Scope::Kind::kThen;
    branches->taken->branches = branches.get();
  }
  if (elseName) {
    TEXFLOW_ASSIGN(const Body* body, context_.graph.function(*elseName));
    TEXFLOW_ASSIGN(branches->other, addScope(*body, &scope, place.node, prefix + "/else/"));
    branches->other->kind = Scope::Kind::kElse;
    branches->other->branches = branches.get();
  }
  branches_.push_back(std::move(branches));
  return branches_.back().get();
}

Result<Value> Flattener::branchArgument(Branches& branches, int i, bool taken) {
  const auto at = static_cast<std::size_t>(i);
  if (at >= branches.args.size()) {
    branches.args.resize(at + 1);
    branches.argStates.resize(at + 1, ArgState::kUnknown);
  }
  ArgState& state = branches.argStates[at];
  if (state == ArgState::kUnknown) {
    TEXFLOW_ASSIGN(Value value, input(Place{branches.scope, branches.node, 0}, branches.firstArg + at));
    // Variables and constants need not be kept from the branch that is not taken.
    const bool plain =
        value.handle || branches.condition.node < 0 || nodes_[static_cast<std::size_t>(value.port.node)].op == "Const";
    if (!plain)
      value.port = addOp(branches.name + "/Switch_" + std::to_string(i), "Switch", {value.port, branches.condition});
    branches.args[at] = value;
    state = plain ? ArgState::kPlain : ArgState::kSwitched;
  }
  const Value value = branches.args[at];
  return state == ArgState::kPlain ? value : Value{{value.port.node, taken ? 1 : 0}};
}

Result<Value> Flattener::branchResult(Branches& branches, int slot) {
  if (const auto known = branches.results.find(slot); known != branches.results.end()) return known->second;
  const Port merge = addOp(branches.name + "/Merge" + (slot ? "_" + std::to_string(slot) : ""), "Merge", {});
  branches.results.emplace(slot, Value{merge});
  Branches* at = &branches;
  later_.push_back([this, at, merge, slot]() -> Status {
    for (const Scope* side : {at->other, at->taken}) {
      const Body& body = *side->body;
      const auto index = static_cast<std::size_t>(slot);
      const auto name = index < body.outputs.size() ? body.returns.find(body.outputs[index]) : body.returns.end();
      if (name == body.returns.end())
        return Status::invalid("The branch '" + std::string(body.name) + "' of '" + at->name + "' has no result " +
                               std::to_string(slot) + ".");
      TEXFLOW_ASSIGN(const Port port, resolvePort(side == at->taken ? *at->taken : *at->other, name->second));
      // The result is alive only when its branch is taken, whatever it depends on.
      const Port alive = addOp(at->name + (side == at->taken ? "/then" : "/else") + "_result_" + std::to_string(slot),
                               "Switch", {port, at->condition});
      auto& inputs = nodes_[static_cast<std::size_t>(merge.node)].inputs;
      inputs.push_back({alive.node, side == at->taken ? 1 : 0});
    }
    return {};
  });
  return Value{merge};
}

Result<Value> Flattener::resolveIf(const Place& place) {
  Scope& scope = *place.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  const std::string_view thenName = functionOf(view.attr("then_branch")), elseName = functionOf(view.attr("else_branch"));
  TEXFLOW_ASSIGN(const Value condition, input(place, 0));
  const std::optional<bool> known = knownCondition(condition.port);
  const bool keeps = context_.options.controlFlowV2 && !known;
  if (keeps) return keptCall(place, {{"then_branch", thenName}, {"else_branch", elseName}}, 1);
  Branches* branches = nullptr;
  const std::string name = scope.prefix + std::string(view.name);
  if (const auto found = scope.branchesAt.find(place.node); found != scope.branchesAt.end()) branches = found->second;
  if (!branches) {
    const bool both = !known;
    TEXFLOW_ASSIGN(branches, branchesAt(place, both || *known ? std::optional(thenName) : std::nullopt,
                                        both || !*known ? std::optional(elseName) : std::nullopt, 1,
                                        both ? condition.port : Port{}, name));
    scope.branchesAt.emplace(place.node, branches);
  }
  if (!known) return branchResult(*branches, place.slot);
  Scope& side = *known ? *branches->taken : *branches->other;
  const auto index = static_cast<std::size_t>(place.slot);
  const auto result =
      index < side.body->outputs.size() ? side.body->returns.find(side.body->outputs[index]) : side.body->returns.end();
  if (result == side.body->returns.end())
    return Status::invalid("The branch '" + std::string(side.body->name) + "' of '" + name + "' has no result " +
                           std::to_string(place.slot) + ".");
  return resolve(side, result->second);
}

/// Branch i of a Case is the then branch of an If whose else branch is the rest.
Result<Value> Flattener::resolveCase(const Place& place) {
  Scope& scope = *place.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  const std::vector<std::string_view> names = functionsOf(view.attr("branches"));
  const std::string name = scope.prefix + std::string(view.name);
  if (names.empty()) return Status::invalid("The node '" + name + "' (Case) has no branches.");
  if (names.size() > 1000)
    return Status::unsupported("The node '" + name + "' (Case) has " + std::to_string(names.size()) +
                               " branches; at most 1000 are supported.");
  TEXFLOW_ASSIGN(const Value index, input(place, 0));
  const Node& chosen = nodes_[static_cast<std::size_t>(index.port.node)];
  const auto resultOf = [&](Scope& side) -> Result<Value> {
    const auto at = static_cast<std::size_t>(place.slot);
    const auto result =
        at < side.body->outputs.size() ? side.body->returns.find(side.body->outputs[at]) : side.body->returns.end();
    if (result == side.body->returns.end())
      return Status::invalid("The branch '" + std::string(side.body->name) + "' of '" + name + "' has no result " +
                             std::to_string(place.slot) + ".");
    return resolve(side, result->second);
  };
  if (names.size() == 1 || (chosen.op == "Const" && chosen.value.size() == 1)) {
    const double number = chosen.op == "Const" ? chosen.value.number(0) : 0;
    const std::size_t i =
        number < 0 || number >= static_cast<double>(names.size()) ? names.size() - 1 : static_cast<std::size_t>(number);
    Branches* branches = nullptr;
    if (const auto found = scope.branchesAt.find(place.node); found != scope.branchesAt.end()) branches = found->second;
    if (!branches) {
      TEXFLOW_ASSIGN(branches, branchesAt(place, names[i], std::nullopt, 1, Port{}, name));
      scope.branchesAt.emplace(place.node, branches);
    }
    return resultOf(*branches->taken);
  }
  // One set of branches a step; each has its own condition, and a Merge for every output that is asked for.
  auto& steps = scope.caseSteps[place.node];
  if (steps.empty()) {
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
      const std::string step = name + "/case_" + std::to_string(i);
      const Port number = scalarConst(step + "/index", static_cast<std::int32_t>(i));
      const Port equal = addOp(step + "/Equal", "Equal", {index.port, number});
      const bool last = i + 2 == names.size();
      TEXFLOW_ASSIGN(Branches * branches,
                     branchesAt(place, names[i], last ? std::optional(names[i + 1]) : std::nullopt, 1, equal, step));
      steps.push_back(branches);
    }
  }
  // From the last step, which has both branches, to the first.
  Value rest;
  for (std::size_t i = steps.size(); i-- > 0;) {
    Branches& step = *steps[i];
    if (i + 1 == steps.size()) {
      TEXFLOW_ASSIGN(rest, branchResult(step, place.slot));
      continue;
    }
    if (const auto known = step.results.find(place.slot); known != step.results.end()) {
      rest = known->second;
      continue;
    }
    TEXFLOW_ASSIGN(const Value taken, resultOf(*step.taken));
    const std::string suffix = "_" + std::to_string(place.slot);
    const Port yes = addOp(step.name + "/then_result" + suffix, "Switch", {taken.port, step.condition});
    const Port no = addOp(step.name + "/else_result" + suffix, "Switch", {rest.port, step.condition});
    rest = Value{addOp(step.name + "/Merge" + suffix, "Merge", {{no.node, 0}, {yes.node, 1}})};
    step.results.emplace(place.slot, rest);
  }
  return rest;
}

}  // namespace texflow::tf
