// While, If and Case, either as calls of functions or as Enter, Merge, Switch, NextIteration and Exit.
#include "tensorflow/flatten.h"
#include "tensorflow/flatten_control.h"

namespace texflow::tf {
namespace {

Attrs frameAttrs(const std::string& frame) {
  Attrs attrs;
  attrs.set("frame_name", frame);
  attrs.set("is_constant", false);
  attrs.set("parallel_iterations", std::int64_t{10});
  return attrs;
}

/// The argument that result i of a loop's body hands on unchanged, or -1.
int handedOn(const Body& body, std::size_t i) {
  if (i >= body.outputs.size()) return -1;
  const auto result = body.returns.find(body.outputs[i]);
  if (result == body.returns.end()) return -1;
  std::string_view name = result->second;
  for (int steps = 0; steps < 64; ++steps) {
    const auto input = parseInput(name);
    if (!input.ok()) return -1;
    const auto found = body.index.find(input->node);
    if (found == body.index.end()) return -1;
    const NodeView& node = body.nodes[static_cast<std::size_t>(found->second)];
    if (node.op == "_Arg") return found->second;
    if (node.op != "Identity" || node.inputs.empty()) return -1;
    name = node.inputs[0];
  }
  return -1;
}

}  // namespace

Status checkPure(const Body& body, const std::string& where) {
  for (const NodeView& node : body.nodes)
    if (node.op.starts_with("Assign") || node.op.starts_with("ResourceScatter"))
      return Status::unsupported("The loop '" + where + "' writes a variable in the node '" + std::string(node.name) +
                                 "' (" + std::string(node.op) + "); only loops over values can be converted.");
  return {};
}

Port Flattener::addOp(std::string name, std::string op, std::vector<Port> inputs, Attrs attrs) {
  Node node;
  node.name = std::move(name);
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.attrs = std::move(attrs);
  return addNode(std::move(node));
}

Port Flattener::scalarConst(const std::string& name, std::int32_t value) {
  Node node;
  node.name = name;
  node.op = "Const";
  node.value = Tensor::scalar(value);
  node.attrs.set("dtype", DType::kInt32);
  return addNode(std::move(node));
}

Result<Loop*> Flattener::loopAt(const Place& place) {
  Scope& scope = *place.scope;
  if (const auto known = scope.loops.find(place.node); known != scope.loops.end()) return known->second;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  const std::string name = scope.prefix + std::string(view.name);
  TEXFLOW_ASSIGN(const Body* condition, context_.graph.function(functionOf(view.attr("cond"))));
  TEXFLOW_ASSIGN(const Body* body, context_.graph.function(functionOf(view.attr("body"))));
  TEXFLOW_TRY(checkPure(*body, name));
  if (condition->outputs.empty() || !condition->returns.count(condition->outputs[0]))
    return Status::invalid("The condition of the loop '" + name + "' has no result.");
  auto loop = std::make_unique<Loop>();
  loop->scope = &scope;
  loop->node = place.node;
  loop->name = name;
  loop->variables.resize(body->args.size());
  TEXFLOW_ASSIGN(loop->condition, addScope(*condition, &scope, place.node, name + "/cond/"));
  TEXFLOW_ASSIGN(loop->body, addScope(*body, &scope, place.node, name + "/body/"));
  loop->condition->kind = Scope::Kind::kLoopCondition;
  loop->body->kind = Scope::Kind::kLoopBody;
  loop->condition->loop = loop->body->loop = loop.get();
  loop->test = addOp(name + "/LoopCond", "LoopCond", {});
  loops_.push_back(std::move(loop));
  Loop* made = loops_.back().get();
  scope.loops.emplace(place.node, made);
  later_.push_back([this, made, condition]() -> Status {
    TEXFLOW_ASSIGN(const Port port, resolvePort(*made->condition, condition->returns.at(condition->outputs[0])));
    nodes_[static_cast<std::size_t>(made->test.node)].inputs = {port};
    return {};
  });
  return made;
}

/// What the loop is given for variable i: a variable of the model and a constant stay what they are.
Result<Value> Flattener::loopArgument(Loop& loop, int i, bool inBody) {
  if (i >= static_cast<int>(loop.variables.size()))
    return Status::invalid("The loop '" + loop.name + "' has no variable " + std::to_string(i) + ".");
  LoopVariable& variable = loop.variables[static_cast<std::size_t>(i)];
  if (!variable.known) {
    TEXFLOW_ASSIGN(const Value start, input(Place{loop.scope, loop.node, 0}, static_cast<std::size_t>(i)));
    const bool handed = handedOn(*loop.body->body, static_cast<std::size_t>(i)) == i;
    if (start.handle && !handed)
      return Status::unsupported("The loop '" + loop.name + "' exchanges the variable '" + std::string(start.handle->name) +
                                 "' of the model for another; that cannot be converted.");
    variable.known = true;
    variable.start = start;
    variable.constant = start.handle || (handed && nodes_[static_cast<std::size_t>(start.port.node)].op == "Const");
  }
  if (variable.constant) return variable.start;
  return loopVariable(loop, i, inBody);
}

Result<Value> Flattener::loopVariable(Loop& loop, int i, bool inBody) {
  LoopVariable& variable = loop.variables[static_cast<std::size_t>(i)];
  if (variable.merge.node < 0) {
    const std::string suffix = i ? "_" + std::to_string(i) : "";
    const Port enter = addOp(loop.name + "/Enter" + suffix, "Enter", {variable.start.port}, frameAttrs(loop.name));
    const Port next = addOp(loop.name + "/NextIteration" + suffix, "NextIteration", {});
    variable.merge = addOp(loop.name + "/Merge" + suffix, "Merge", {enter, next});
    variable.branch = addOp(loop.name + "/Switch" + suffix, "Switch", {variable.merge, loop.test});
    variable.next = next;
    if (static_cast<std::size_t>(i) >= loop.body->body->outputs.size())
      return Status::invalid("The body of the loop '" + loop.name + "' has no result " + std::to_string(i) + ".");
    const std::string_view result = loop.body->body->outputs[static_cast<std::size_t>(i)];
    Loop* at = &loop;
    later_.push_back([this, at, next, result]() -> Status {
      const auto name = at->body->body->returns.find(result);
      if (name == at->body->body->returns.end())
        return Status::invalid("The body of the loop '" + at->name + "' says nothing of its result '" + std::string(result) +
                               "'.");
      TEXFLOW_ASSIGN(const Port port, resolvePort(*at->body, name->second));
      nodes_[static_cast<std::size_t>(next.node)].inputs = {port};
      return {};
    });
  }
  return Value{inBody ? Port{variable.branch.node, 1} : variable.merge};
}

Result<Value> Flattener::resolveWhile(const Place& place) {
  const NodeView& view = place.scope->body->nodes[static_cast<std::size_t>(place.node)];
  if (context_.options.controlFlowV2)
    return keptCall(place, {{"cond", functionOf(view.attr("cond"))}, {"body", functionOf(view.attr("body"))}}, 0);
  TEXFLOW_ASSIGN(Loop * loop, loopAt(place));
  if (place.slot >= static_cast<int>(loop->variables.size()) || loop->variables.size() != loop->body->body->outputs.size())
    return Status::invalid("The loop '" + loop->name + "' has " + std::to_string(loop->variables.size()) +
                           " variables and its body " + std::to_string(loop->body->body->outputs.size()) +
                           " results; the output " + std::to_string(place.slot) + " is asked for.");
  TEXFLOW_ASSIGN(const Value inside, loopArgument(*loop, place.slot, true));
  LoopVariable& variable = loop->variables[static_cast<std::size_t>(place.slot)];
  if (variable.constant) return inside;
  if (variable.exit.node < 0)
    variable.exit = addOp(loop->name + "/Exit" + (place.slot ? "_" + std::to_string(place.slot) : ""), "Exit",
                          {Port{variable.branch.node, 0}});
  return Value{variable.exit};
}

}  // namespace texflow::tf
