#include "tensorflow/model_resources.h"

#include <filesystem>

#include "saved_model.pb.h"

namespace texflow::tf {
namespace {

namespace fs = std::filesystem;

}  // namespace

Status ModelResources::open() {
  if (checkpoint_) return {};
  const fs::path variables = fs::path(folder_) / "variables";
  std::error_code error;
  if (!fs::is_directory(variables, error))
    return Status::invalid("The SavedModel '" + folder_ + "' has no folder 'variables', and its graph has variables.");
  if (!fs::exists(variables / "variables.index", error))
    return Status::invalid("The SavedModel '" + folder_ +
                           "' has no file 'variables/variables.index', and its graph has variables.");
  TEXFLOW_ASSIGN(checkpoint_, Checkpoint::open((variables / "variables").string()));
  TEXFLOW_ASSIGN(keys_, variableKeys(graph_, meta_));
  return {};
}

Result<Tensor> ModelResources::variable(const NodeView& handle, std::vector<std::int64_t>& wide) {
  TEXFLOW_TRY(open().during("reading the variable '" + std::string(handle.name) + "'"));
  VariableKey key;
  const std::string_view shared = bytesOf(handle.attr("shared_name"));
  if (const auto known = keys_.find(handle.name); known != keys_.end() && checkpoint_->has(known->second.key))
    key = known->second;
  else if (checkpoint_->has(handle.name)) key.key = handle.name;
  else if (!shared.empty() && checkpoint_->has(shared)) key.key = shared;
  else {
    if (!objectsRead_) objectKeys_ = keysOfObjects(graph_, meta_, *checkpoint_);
    objectsRead_ = true;
    const auto found = objectKeys_.find(handle.name);
    if (found == objectKeys_.end())
      return Status::invalid("The variable '" + std::string(handle.name) + "' of the SavedModel '" + folder_ +
                             "' has no value in variables/variables.index, which has " +
                             std::to_string(checkpoint_->size()) + " entries.");
    key.key = found->second;
  }
  auto tensor = checkpoint_->read(key.key, key.slice, &wide);
  if (!tensor.ok()) return tensor.status().during("reading the variable '" + std::string(handle.name) + "'");
  // Unknown dimensions of the declaration fit anything.
  if (const auto* shape = handle.attr("shape")) {
    auto attr = AttrReader(1 << 10).read(*shape);
    const Shape* declared = attr.ok() && *attr ? std::get_if<Shape>(&**attr) : nullptr;
    bool fits = !declared || declared->size() == tensor->shape().size();
    for (std::size_t i = 0; fits && declared && i < declared->size(); ++i)
      fits = (*declared)[i] < 0 || (*declared)[i] == tensor->shape()[i];
    if (!fits)
      return Status::invalid("The variable '" + std::string(handle.name) + "' is declared with the shape " +
                             shapeText(*declared) + ", and its value '" + key.key + "' has the shape " +
                             shapeText(tensor->shape()) + ".");
  }
  return tensor;
}

Result<std::string> ModelResources::asset(const std::string& name) {
  const fs::path relative(name);
  for (const fs::path& part : relative)
    if (relative.is_absolute() || part == "..")
      return Status::invalid("The SavedModel '" + folder_ + "' names the asset '" + name +
                             "', which is not inside its folder 'assets'.");
  const fs::path path = fs::path(folder_) / "assets" / relative;
  TEXFLOW_ASSIGN(const FileBytes file, FileBytes::open(path.string()));
  return std::string(file.bytes());
}

std::unordered_map<std::string_view, std::string> keysOfObjects(GraphView& graph, const MetaGraph& meta,
                                                                Checkpoint& checkpoint) {
  std::unordered_map<std::string_view, std::string> keys;
  SavedObjectGraph objects;
  TrackableObjectGraph stored;
  auto bytes = checkpoint.readBytes("_CHECKPOINTABLE_OBJECT_GRAPH");
  if (!bytes.ok() || !stored.ParseFromString(*bytes)) return keys;
  if (!objects.ParseFromArray(meta.objectGraph.data(), static_cast<int>(meta.objectGraph.size()))) return keys;
  if (objects.nodes_size() == 0 || stored.nodes_size() == 0) return keys;
  // The same object has different numbers in both graphs: they are walked side by side, from the root along equal names.
  std::vector<int> storedOf(static_cast<std::size_t>(objects.nodes_size()), -1);
  std::vector<int> waiting = {0};
  storedOf[0] = 0;
  while (!waiting.empty()) {
    const int object = waiting.back();
    waiting.pop_back();
    const auto& node = stored.nodes(storedOf[static_cast<std::size_t>(object)]);
    std::unordered_map<std::string_view, int> children;
    for (const auto& child : node.children()) children.emplace(child.local_name(), child.node_id());
    for (const auto& child : objects.nodes(object).children()) {
      const auto found = children.find(child.local_name());
      if (found == children.end() || found->second < 0 || found->second >= stored.nodes_size()) continue;
      if (child.node_id() < 0 || child.node_id() >= objects.nodes_size()) continue;
      int& place = storedOf[static_cast<std::size_t>(child.node_id())];
      if (place >= 0) continue;
      place = found->second;
      waiting.push_back(child.node_id());
    }
  }
  // A call in the main graph hands its function first the inputs and then the objects that it is bound to.
  for (const NodeView& call : graph.main().nodes) {
    const auto function = objects.concrete_functions().find(std::string(functionOf(call.attr("f"))));
    if (function == objects.concrete_functions().end()) continue;
    const auto& bound = function->second.bound_inputs();
    std::size_t data = 0;
    while (data < call.inputs.size() && !call.inputs[data].starts_with('^')) ++data;
    if (data < static_cast<std::size_t>(bound.size())) continue;
    for (int i = 0; i < bound.size(); ++i) {
      if (bound[i] < 0 || bound[i] >= objects.nodes_size() || storedOf[static_cast<std::size_t>(bound[i])] < 0) continue;
      const std::string_view input = call.inputs[data - static_cast<std::size_t>(bound.size() - i)];
      for (const auto& attribute : stored.nodes(storedOf[static_cast<std::size_t>(bound[i])]).attributes())
        if (attribute.name() == "VARIABLE_VALUE" && checkpoint.has(attribute.checkpoint_key()))
          keys.emplace(input.substr(0, input.find(':')), attribute.checkpoint_key());
    }
  }
  return keys;
}

}  // namespace texflow::tf
