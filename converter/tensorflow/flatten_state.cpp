// Variables, tables and what only has effects.
#include <algorithm>
#include <unordered_set>

#include "tensorflow/flatten.h"

namespace texflow::tf {
namespace {

bool isLoopOrBranch(std::string_view op) {
  constexpr std::string_view kOps[] = {"Switch",   "RefSwitch",     "Merge",    "RefMerge", "Enter",
                                       "RefEnter", "NextIteration", "LoopCond", "Exit",     "RefExit"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

}  // namespace

Result<Port> Flattener::variableConst(const NodeView& handle, const std::string& name) {
  if (const auto known = constants_.find(&handle); known != constants_.end()) return known->second;
  auto value = context_.variables.find(&handle);
  if (value == context_.variables.end()) {
    if (!context_.resources)
      return Status::invalid(context_.graph.what() + " has the variable '" + std::string(handle.name) +
                             "', whose value is not in the file; freeze the graph, or convert the SavedModel.");
    std::vector<std::int64_t> wide;
    TEXFLOW_ASSIGN(Tensor tensor, context_.resources->variable(handle, wide));
    value = context_.variables.emplace(&handle, std::move(tensor)).first;
    if (!wide.empty()) context_.wideVariables.emplace(&handle, std::move(wide));
  }
  Node node;
  node.name = name;
  node.op = "Const";
  node.attrs.set("dtype", value->second.dtype());
  node.value = value->second;
  const Port port = addNode(std::move(node));
  constants_.emplace(&handle, port);
  if (const auto wide = context_.wideVariables.find(&handle); wide != context_.wideVariables.end())
    wide_[port.node] = wide->second;
  return port;
}

/// Reads become constants. A read that waits for a write of the same call gets what was written.
Result<Value> Flattener::resolveVariableOp(const Place& place) {
  Scope& scope = *place.scope;
  const NodeView& view = scope.body->nodes[static_cast<std::size_t>(place.node)];
  const std::string name = scope.prefix + std::string(view.name);
  if (view.op == "VarHandleOp") return Value{{}, &view};
  if (view.op == "VariableV2" || view.op == "Variable") {
    TEXFLOW_ASSIGN(const Port port, variableConst(view, name));
    return Value{port};
  }
  int& known = scope.flat[static_cast<std::size_t>(place.node)];
  if (known >= 0) return Value{{known, place.slot}};
  if (view.op == "VarIsInitializedOp" || view.op == "IsVariableInitialized") {
    Node node;
    node.name = name;
    node.op = "Const";
    node.value = Tensor(DType::kBool, Shape{}, std::vector<std::uint8_t>{1});
    node.attrs.set("dtype", DType::kBool);
    const Port port = addNode(std::move(node));
    scope.flat[static_cast<std::size_t>(place.node)] = port.node;
    return Value{port};
  }
  if (view.op == "Assign") return input(place, 1);
  if (view.op == "AssignAdd" || view.op == "AssignSub") {
    TEXFLOW_ASSIGN(const Value old, input(place, 0));
    TEXFLOW_ASSIGN(const Value change, input(place, 1));
    const Port port = addOp(name, view.op == "AssignAdd" ? "AddV2" : "Sub", {old.port, change.port});
    scope.flat[static_cast<std::size_t>(place.node)] = port.node;
    return Value{port};
  }
  TEXFLOW_ASSIGN(const Value handle, input(place, 0));
  if (!handle.handle)
    return Status::unsupported("The node '" + name + "' (" + std::string(view.op) +
                               ") reads a resource that is not a variable of the model.");
  if (view.op == "ReadVariableOp") {
    for (const std::string_view control : view.inputs) {
      if (!control.starts_with('^')) continue;
      TEXFLOW_ASSIGN(const Place writer, locate(scope, control));
      const std::string_view op = scope.body->nodes[static_cast<std::size_t>(writer.node)].op;
      if (op != "AssignVariableOp" && op != "AssignAddVariableOp" && op != "AssignSubVariableOp") continue;
      TEXFLOW_ASSIGN(const Value target, input(writer, 0));
      if (target.handle != handle.handle) continue;
      TEXFLOW_ASSIGN(const Value value, input(writer, 1));
      if (op == "AssignVariableOp") return value;
      TEXFLOW_ASSIGN(const Port old, variableConst(*handle.handle, name + "/before"));
      const Port sum = addOp(name, op == "AssignAddVariableOp" ? "AddV2" : "Sub", {old, value.port});
      scope.flat[static_cast<std::size_t>(place.node)] = sum.node;
      return Value{sum};
    }
    TEXFLOW_ASSIGN(const Port port, variableConst(*handle.handle, name));
    return Value{port};
  }
  TEXFLOW_ASSIGN(const Port variable, variableConst(*handle.handle, name + "/variable"));
  if (view.op == "VariableShape") {
    const Shape shape = nodes_[static_cast<std::size_t>(variable.node)].value.shape();
    Node node;
    node.name = name;
    node.op = "Const";
    node.value = Tensor::ints(shape);
    node.attrs.set("dtype", DType::kInt32);
    const Port port = addNode(std::move(node));
    scope.flat[static_cast<std::size_t>(place.node)] = port.node;
    return Value{port};
  }
  TEXFLOW_ASSIGN(const Value indices, input(place, 1));
  Port gathered;
  if (view.op == "ResourceGather") {
    const std::int64_t batchDims = intOf(view.attr("batch_dims"), 0);
    Attrs attrs;
    attrs.set("batch_dims", batchDims);
    const Port axis = scalarConst(name + "/axis", static_cast<std::int32_t>(batchDims));
    gathered = addOp(name, "GatherV2", {variable, indices.port, axis}, std::move(attrs));
  } else {
    gathered = addOp(name, "GatherNd", {variable, indices.port});
  }
  scope.flat[static_cast<std::size_t>(place.node)] = gathered.node;
  return Value{gathered};
}

/// Keeps those control inputs that decide whether or when a node runs: of branches and loops, and ops that fill tables.
Status Flattener::controlInputs(Scope& scope, const NodeView& view, int flat) {
  std::vector<std::string_view> waiting;
  for (const std::string_view name : view.inputs)
    if (name.starts_with('^')) waiting.push_back(name);
  if (waiting.empty()) return {};
  std::unordered_set<int> seen;
  std::vector<int> controls;
  while (!waiting.empty()) {
    TEXFLOW_ASSIGN(Place place, locate(scope, waiting.back()));
    waiting.pop_back();
    if (!seen.insert(place.node).second) continue;
    if (--context_.budget < 0)
      return Status::unsupported(context_.graph.what() + " has too many control inputs, at the node '" +
                                 std::string(view.name) + "'.");
    const NodeView& source = scope.body->nodes[static_cast<std::size_t>(place.node)];
    // "switch_t" is an Identity of a Switch.
    bool decides =
        isLoopOrBranch(source.op) || fillsTable(source.op) || (!context_.options.stripDebugOps && isDebugOp(source.op));
    if (source.op == "Identity" && !source.inputs.empty()) {
      const auto from = locate(scope, source.inputs[0]);
      decides = from.ok() && isLoopOrBranch(scope.body->nodes[static_cast<std::size_t>(from->node)].op);
    }
    if (decides) {
      TEXFLOW_ASSIGN(const Value value, resolve(place));
      if (value.port.node >= 0 && value.port.node != flat) controls.push_back(value.port.node);
      continue;
    }
    for (const std::string_view name : source.inputs)
      if (name.starts_with('^')) waiting.push_back(name);
  }
  auto& to = nodes_[static_cast<std::size_t>(flat)].controls;
  to.insert(to.end(), controls.begin(), controls.end());
  return {};
}

Status Flattener::addEffects(Scope& start, std::string_view name) {
  std::vector<std::pair<Scope*, int>> waiting;
  TEXFLOW_ASSIGN(const Place first, locate(start, name));
  waiting.emplace_back(first.scope, first.node);
  std::set<std::pair<Scope*, int>> seen;
  while (!waiting.empty()) {
    const auto [scope, index] = waiting.back();
    waiting.pop_back();
    if (!seen.insert({scope, index}).second) continue;
    if (--context_.budget < 0)
      return Status::unsupported(context_.graph.what() + " has too large an initializer, at '" + std::string(name) + "'.");
    const NodeView& node = scope->body->nodes[static_cast<std::size_t>(index)];
    if (fillsTable(node.op)) {
      TEXFLOW_TRY(resolve(Place{scope, index, 0}).status());
      continue;
    }
    const bool isFunction = context_.graph.hasFunction(node.op);
    if (node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall" || isFunction) {
      TEXFLOW_ASSIGN(Scope * called, call(*scope, index, isFunction ? node.op : functionOf(node.attr("f"))));
      for (const std::string_view effect : called->body->controlReturns) {
        TEXFLOW_ASSIGN(const Place place, locate(*called, effect));
        waiting.emplace_back(place.scope, place.node);
      }
    }
    for (const std::string_view input : node.inputs) {
      // Values matter only where they are needed; what must have happened always does.
      if (!input.starts_with('^') && node.op != "Identity" && node.op != "NoOp") continue;
      TEXFLOW_ASSIGN(const Place place, locate(*scope, input));
      waiting.emplace_back(place.scope, place.node);
    }
  }
  return {};
}

/// The lines of the file become constants: a model has no files to read when it runs.
Status Flattener::tableFromFile(const Pending& pending, Node& node) {
  const NodeView& view = pending.scope->body->nodes[static_cast<std::size_t>(pending.node)];
  const std::string context = "reading " + Graph::describe(node);
  if (node.inputs.size() != 2 || !context_.resources)
    return Status::unsupported("The table's file is not part of the model.").during(context);
  const Node& file = nodes_[static_cast<std::size_t>(node.inputs[1].node)];
  if (file.op != "Const" || file.value.dtype() != DType::kString || file.value.size() != 1)
    return Status::unsupported("The name of the table's file is computed by the graph.").during(context);
  auto text = context_.resources->asset(file.value.data<std::string>()[0]);
  if (!text.ok()) return text.status().during(context);

  const std::int64_t keyIndex = intOf(view.attr("key_index"), -2), valueIndex = intOf(view.attr("value_index"), -1);
  const std::string_view delimiterText = bytesOf(view.attr("delimiter"));
  const char delimiter = delimiterText.empty() ? '\t' : delimiterText[0];
  const std::int64_t most = intOf(view.attr("vocab_size"), -1), offset = intOf(view.attr("offset"), 0);
  std::vector<std::string> columns[2];
  std::vector<std::int64_t> numbers[2];
  const std::int64_t index[2] = {keyIndex, valueIndex};
  // -2 is the whole line, -1 its number, others a column.
  std::string_view rest = *text;
  for (std::int64_t line = 0; !rest.empty() && (most < 0 || line < most); ++line) {
    const std::size_t end = rest.find('\n');
    std::string_view row = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (line < offset) continue;
    for (int part = 0; part < 2; ++part) {
      if (index[part] == -1) {
        numbers[part].push_back(line - offset);
        continue;
      }
      std::string_view cell = row;
      for (std::int64_t column = 0; index[part] >= 0 && column < index[part]; ++column) {
        const std::size_t cut = cell.find(delimiter);
        if (cut == std::string_view::npos)
          return Status::invalid("Line " + std::to_string(line + 1) + " of the table's file has no column " +
                                 std::to_string(index[part]) + ": '" + std::string(row.substr(0, 80)) + "'.")
              .during(context);
        cell.remove_prefix(cut + 1);
      }
      columns[part].emplace_back(index[part] >= 0 ? cell.substr(0, cell.find(delimiter)) : cell);
    }
  }
  // The table says the types of keys and values.
  const Node& table = nodes_[static_cast<std::size_t>(node.inputs[0].node)];
  const char* attrs[2] = {"key_dtype", "value_dtype"};
  std::vector<Port> inputs = {node.inputs[0]};
  for (int part = 0; part < 2; ++part) {
    const DType fallback = index[part] == -1 ? DType::kInt32 : DType::kString;
    const DType dtype = table.attrs.get<DType>(attrs[part], fallback);
    Node constant;
    constant.name = node.name + (part == 0 ? "/keys" : "/values");
    constant.op = "Const";
    if (index[part] == -1) {
      constant.value = Tensor::ints(numbers[part]);
    } else {
      const Shape shape = {static_cast<std::int64_t>(columns[part].size())};
      constant.value = Tensor(dtype == DType::kString || dtype == DType::kFloat32 ? dtype : DType::kInt32, shape);
      for (std::size_t i = 0; i < columns[part].size(); ++i) {
        if (dtype == DType::kString) constant.value.mutableData<std::string>()[i] = columns[part][i];
        else if (dtype == DType::kFloat32)
          constant.value.mutableData<float>()[i] = std::strtof(columns[part][i].c_str(), nullptr);
        else
          constant.value.mutableData<std::int32_t>()[i] =
              static_cast<std::int32_t>(std::strtoll(columns[part][i].c_str(), nullptr, 10));
      }
    }
    constant.attrs.set("dtype", constant.value.dtype());
    inputs.push_back(addNode(std::move(constant)));
  }
  node.op = "LookupTableImportV2";
  node.inputs = std::move(inputs);
  node.attrs = {};
  node.attrs.set("Tin", table.attrs.get<DType>("key_dtype", DType::kString));
  node.attrs.set("Tout", table.attrs.get<DType>("value_dtype", DType::kInt32));
  return {};
}

}  // namespace texflow::tf
