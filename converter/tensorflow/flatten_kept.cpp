// Control flow v2: If and While stay calls of functions. Variables of the model that are handed to them are bound, so each
// function is made for what it is given.
#include "tensorflow/flatten_control.h"

namespace texflow::tf {
namespace {

/// Numbers of types.proto as the engine's types; those without values are left out of the list as a whole.
std::optional<std::vector<DType>> dtypesOf(const std::vector<std::int64_t>& numbers) {
  std::vector<DType> types;
  for (const std::int64_t number : numbers) {
    const DataTypeInfo* type = dataType(number);
    if (!type) return std::nullopt;
    types.push_back(type->dtype);
  }
  return types;
}

}  // namespace

/// The name under which a function with these variables bound is in the result.
Result<std::string> Flattener::keep(const Body& body, std::vector<const NodeView*> handles, bool loopBody) {
  std::string key = (loopBody ? "body " : "") + std::string(body.name);
  for (const NodeView* handle : handles) key += handle ? "|" + std::string(handle->name) : "|";
  const auto known = context_.keptNames.find(key);
  if (known != context_.keptNames.end()) return known->second;
  std::string name(body.name);
  for (int i = 1; !context_.functionNames.insert(name).second; ++i) name = std::string(body.name) + "_" + std::to_string(i);
  context_.keptNames.emplace(key, name);
  context_.kept.push_back({&body, name, std::move(handles), loopBody});
  return name;
}

Result<Value> Flattener::keptCall(const Place& place, const std::vector<std::pair<std::string, std::string_view>>& functions,
                                  std::size_t firstArg) {
  Scope& scope = *place.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  const bool loop = firstArg == 0;
  std::vector<std::string_view> data;
  for (const std::string_view name : view.inputs)
    if (!name.starts_with('^')) data.push_back(name);
  std::vector<Value> args;
  for (std::size_t i = firstArg; i < data.size(); ++i) {
    TEXFLOW_ASSIGN(const Value value, resolve(scope, data[i]));
    args.push_back(value);
  }
  // Outputs of a loop are its variables, without those that are bound.
  int slot = place.slot;
  if (loop) {
    if (place.slot >= static_cast<int>(args.size()))
      return Status::invalid("The output " + std::to_string(place.slot) + " of the loop '" + scope.prefix +
                             std::string(view.name) + "' is asked for; it has " + std::to_string(args.size()) + ".");
    if (args[static_cast<std::size_t>(place.slot)].handle) return args[static_cast<std::size_t>(place.slot)];
    for (int i = 0; i < place.slot; ++i)
      if (args[static_cast<std::size_t>(i)].handle) --slot;
  }
  if (const auto known = scope.kept.find(place.node); known != scope.kept.end()) return Value{{known->second, slot}};

  Node node;
  node.name = scope.prefix + std::string(view.name);
  node.op = std::string(view.op);
  std::vector<const NodeView*> handles;
  std::vector<std::int64_t> types;
  const std::vector<std::int64_t> given = typesOf(view.attr(loop ? "T" : "Tin"));
  for (std::size_t i = 0; i < args.size(); ++i) {
    handles.push_back(args[i].handle);
    if (!args[i].handle && i < given.size()) types.push_back(given[i]);
  }
  for (const auto& [attr, function] : functions) {
    TEXFLOW_ASSIGN(const Body* body, context_.graph.function(function));
    if (loop) TEXFLOW_TRY(checkPure(*body, node.name));
    if (body->args.size() != args.size())
      return Status::invalid("The node '" + node.name + "' (" + node.op + ") gives the function '" + std::string(function) +
                             "' " + std::to_string(args.size()) + " arguments; it takes " +
                             std::to_string(body->args.size()) + ".");
    TEXFLOW_ASSIGN(std::string name, keep(*body, handles, attr == "body"));
    node.attrs.set(attr, std::move(name));
  }
  if (auto dtypes = dtypesOf(types)) node.attrs.set(loop ? "T" : "Tin", std::move(*dtypes));
  if (!loop) {
    if (auto dtypes = dtypesOf(typesOf(view.attr("Tout")))) node.attrs.set("Tout", std::move(*dtypes));
    TEXFLOW_ASSIGN(const Value condition, input(place, 0));
    node.inputs.push_back(condition.port);
  }
  for (const Value& arg : args)
    if (!arg.handle) node.inputs.push_back(arg.port);
  const Port port = addNode(std::move(node));
  scope.kept.emplace(place.node, port.node);
  return Value{{port.node, slot}};
}

}  // namespace texflow::tf
