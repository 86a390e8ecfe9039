#include "tensorflow/variable_keys.h"

#include "saved_model.pb.h"
#include "tensorflow/op_outputs.h"
#include "tensorflow/wire.h"

namespace texflow::tf {
namespace {

using Keys = std::unordered_map<std::string_view, VariableKey>;

/// The node that a name leads to through nodes that only hand on.
const NodeView* source(const Body& body, std::string_view name, int& slot) {
  for (int steps = 0; steps < 16; ++steps) {
    const auto input = parseInput(name);
    if (!input.ok()) return nullptr;
    const auto found = body.index.find(input->node);
    if (found == body.index.end()) return nullptr;
    const NodeView& node = body.nodes[static_cast<std::size_t>(found->second)];
    slot = input->slot;
    const bool handsOn = node.op == "Identity" || node.op == "Cast" || node.op == "Reshape";
    if (!handsOn || node.inputs.empty()) return &node;
    name = node.inputs[0];
  }
  return nullptr;
}

/// The strings of a constant input, none when it is not one.
std::vector<std::string> stringsOf(const Body& body, std::string_view name, AttrReader& attrs) {
  int slot = 0;
  const NodeView* node = source(body, name, slot);
  const std::string_view* value = node && node->op == "Const" ? node->attr("value") : nullptr;
  if (!value) return {};
  auto attr = attrs.read(*value);
  if (!attr.ok() || !*attr) return {};
  const auto* tensor = std::get_if<Tensor>(&**attr);
  if (!tensor || tensor->dtype() != DType::kString) return {};
  return {tensor->data<std::string>(), tensor->data<std::string>() + tensor->size()};
}

/// Assign(variable, RestoreV2:i) for all of a body; `target` turns the variable's name into one of the main graph.
template <class Target>
void readRestores(const Body& body, AttrReader& attrs, Keys& keys, Target target) {
  std::unordered_map<const NodeView*, std::pair<std::vector<std::string>, std::vector<std::string>>> restores;
  for (const NodeView& node : body.nodes)
    if (node.op == "RestoreV2" && node.inputs.size() >= 3)
      restores.emplace(&node, std::pair(stringsOf(body, node.inputs[1], attrs), stringsOf(body, node.inputs[2], attrs)));
  if (restores.empty()) return;
  for (const NodeView& node : body.nodes) {
    if ((node.op != "Assign" && node.op != "AssignVariableOp") || node.inputs.size() < 2) continue;
    int slot = 0;
    const auto restore = restores.find(source(body, node.inputs[1], slot));
    if (restore == restores.end()) continue;
    const auto& [names, slices] = restore->second;
    const auto at = static_cast<std::size_t>(slot);
    const std::string_view variable = target(node.inputs[0]);
    if (at >= names.size() || variable.empty()) continue;
    keys.emplace(variable, VariableKey{names[at], at < slices.size() ? slices[at] : std::string()});
  }
}

/// VariableDef: its name and, of a partition, the name and part of the whole variable.
void readVariableDef(const GraphView& graph, std::string_view message, Keys& keys) {
  std::string_view name, whole;
  std::vector<std::int64_t> shape, offset, length;
  WireReader reader(message);
  for (WireField field; reader.next(field);) {
    if (field.number == 1 && field.wire == 2) name = field.bytes;
    if (field.number != 4 || field.wire != 2) continue;
    WireReader slice(field.bytes);
    for (WireField part; slice.next(part);) {
      if (part.number == 1 && part.wire == 2) whole = part.bytes;
      auto* list = part.number == 2 ? &shape : part.number == 3 ? &offset : part.number == 4 ? &length : nullptr;
      if (!list) continue;
      if (part.wire == 0) list->push_back(static_cast<std::int64_t>(part.value));
      else
        for (const char c : part.bytes)  // Packed; numbers over 127 are put together below.
          list->push_back(static_cast<std::uint8_t>(c));
      if (part.wire == 2) {
        std::vector<std::int64_t> numbers;
        std::int64_t value = 0;
        int shift = 0;
        for (const std::int64_t byte : *list) {
          value |= (byte & 127) << shift;
          shift = byte < 128 ? 0 : shift + 7;
          if (byte >= 128 && shift < 56) continue;
          numbers.push_back(value);
          value = 0;
          shift = 0;
        }
        *list = numbers;
      }
    }
  }
  const auto node = graph.main().index.find(name.substr(0, name.find(':')));
  if (node == graph.main().index.end() || whole.empty() || offset.size() != length.size() || offset.empty()) return;
  std::string slice;
  for (const std::int64_t dim : shape) slice += std::to_string(dim) + " ";
  for (std::size_t i = 0; i < offset.size(); ++i)
    slice += (i ? ":" : "") + std::to_string(offset[i]) + "," + std::to_string(length[i]);
  keys.emplace(node->first, VariableKey{std::string(whole), slice});
}

}  // namespace

Result<Keys> variableKeys(GraphView& graph, const MetaGraph& meta) {
  const MetaGraphDef& parts = *meta.parts;
  Keys keys;
  AttrReader attrs(1 << 20);
  const Body& main = graph.main();
  const auto nodeName = [](std::string_view input) { return input.substr(0, input.find(':')); };
  readRestores(main, attrs, keys, nodeName);
  const std::string& restoreName = parts.saver_def().restore_op_name();
  const auto found = main.index.find(std::string_view(restoreName).substr(0, restoreName.find(':')));
  if (found != main.index.end()) {
    const NodeView& call = main.nodes[static_cast<std::size_t>(found->second)];
    const std::string_view function = functionOf(call.attr("f"));
    if (!function.empty()) {
      TEXFLOW_ASSIGN(const Body* body, graph.function(function));
      readRestores(*body, attrs, keys, [&](std::string_view input) -> std::string_view {
        int slot = 0;
        const NodeView* arg = source(*body, input, slot);
        if (!arg || arg->op != "_Arg") return {};
        const auto i = static_cast<std::size_t>(arg - body->nodes.data());
        return i < call.inputs.size() ? nodeName(call.inputs[i]) : std::string_view();
      });
    }
  }
  for (const char* collection : {"variables", "trainable_variables"}) {
    const auto list = parts.collection_def().find(collection);
    if (list == parts.collection_def().end()) continue;
    for (const std::string& variable : list->second.bytes_list().value()) readVariableDef(graph, variable, keys);
  }
  // `main` outlives the keys, but names may be those of a proto: keep only the main graph's own.
  Keys stable;
  for (auto& [name, key] : keys) {
    const auto node = main.index.find(name);
    if (node != main.index.end()) stable.emplace(node->first, std::move(key));
  }
  return stable;
}

}  // namespace texflow::tf
