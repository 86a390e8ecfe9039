// SavedModels that Keras 2 wrote: the config in keras_metadata.pb, the weights in the checkpoint under the names that the
// object graph gives them.
#include <filesystem>

#include "file_bytes.h"
#include "keras/keras_file.h"
#include "saved_model.pb.h"
#include "tensorflow/checkpoint.h"
#include "tensorflow/wire.h"

namespace texflow {
namespace {

constexpr std::uint32_t kNodes = 1, kNodePath = 3, kMetadata = 5;

/// Tuples are objects there: {"class_name": "__tuple__", "items": [...]}. JSON that was parsed nests 200 deep at most.
void plainTuples(Json& json) {
  if (!json.is_structured()) return;
  if (textOf(member(json, "class_name")) == "__tuple__" && member(json, "items")) json = Json(*member(json, "items"));
  for (Json& item : json) plainTuples(item);
}

/// The JSON that the node "root" of keras_metadata.pb has.
Result<Json> rootMetadata(const std::string& path) {
  TEXFLOW_ASSIGN(const FileBytes file, FileBytes::open(path));
  tf::WireReader reader(file.bytes());
  for (tf::WireField node; reader.next(node);) {
    if (node.number != kNodes || node.wire != 2) continue;
    std::string_view nodePath, metadata;
    tf::WireReader inner(node.bytes);
    for (tf::WireField field; inner.next(field);) {
      if (field.wire == 2 && field.number == kNodePath) nodePath = field.bytes;
      if (field.wire == 2 && field.number == kMetadata) metadata = field.bytes;
    }
    if (inner.failed()) break;
    if (nodePath == "root") return parseJson(metadata, "The metadata of the model in '" + path + "'");
  }
  return Status::invalid("The file '" + path + "' is damaged or has no node 'root', which says what the layers are.");
}

}  // namespace

Result<KerasFile> readKerasSavedModel(const std::string& folder) {
  const std::string metadata = (std::filesystem::path(folder) / "keras_metadata.pb").string();
  std::error_code error;
  if (!std::filesystem::exists(metadata, error))
    return Status::invalid("The SavedModel '" + folder +
                           "' has no keras_metadata.pb, so its layers are not known: convert it to a graph-model with "
                           "--input_format=tf_saved_model.");
  TEXFLOW_ASSIGN(const Json root, rootMetadata(metadata));
  KerasFile result;
  const Json* model = member(root, "model_config");
  result.model = Json::object();
  for (const char* key : {"class_name", "config"})
    if (const Json* value = member(model && model->is_object() ? *model : root, key)) result.model[key] = *value;
  plainTuples(result.model);
  result.kerasVersion = textOf(member(root, "keras_version"));
  if (result.kerasVersion.empty()) result.kerasVersion = "2";
  result.backend = textOf(member(root, "backend"));

  TEXFLOW_ASSIGN(const auto checkpoint,
                 tf::Checkpoint::open((std::filesystem::path(folder) / "variables" / "variables").string()));
  TEXFLOW_ASSIGN(const std::string objects, checkpoint->readBytes("_CHECKPOINTABLE_OBJECT_GRAPH"));
  tf::TrackableObjectGraph graph;
  if (!graph.ParseFromString(objects))
    return Status::invalid("The object graph in the checkpoint of '" + folder + "' is damaged.");
  auto tensors = std::make_shared<std::vector<Tensor>>();
  for (const auto& node : graph.nodes())
    for (const auto& attribute : node.attributes()) {
      // The state of the optimizer and of metrics is no part of the model.
      const std::string& key = attribute.checkpoint_key();
      if (attribute.full_name().empty() || key.starts_with("optimizer/") || key.starts_with("keras_api/")) continue;
      auto tensor = checkpoint->read(key);
      if (!tensor.ok()) return tensor.status().during("reading the weight '" + attribute.full_name() + "'");
      result.weights.push_back({attribute.full_name(), {}, tensor->dtype(), tensor->shape()});
      tensors->push_back(std::move(*tensor));
    }
  result.read = [tensors](std::size_t index) -> Result<Tensor> { return (*tensors)[index]; };
  return result;
}

}  // namespace texflow
