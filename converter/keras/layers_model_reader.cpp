// TensorFlow.js layers-models as input: model.json and its shards.
#include <filesystem>
#include <fstream>

#include "keras_file.h"
#include "weights.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

Result<std::uintmax_t> sizeOf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return Status::invalid("The file '" + path.string() + "' does not exist or is not a regular file.");
  const auto size = fs::file_size(path, error);
  if (error) return Status::invalid("The file '" + path.string() + "' cannot be read: " + error.message() + ".");
  return size;
}

Result<std::string> readWhole(const fs::path& path, std::uintmax_t size) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size)))
    return Status::invalid("The file '" + path.string() + "' cannot be read.");
  return bytes;
}

bool leavesFolder(const fs::path& path) {
  if (path.is_absolute() || path.empty()) return true;
  for (const fs::path& part : path)
    if (part == "..") return true;
  return false;
}

/// Reads the shards of one group of the manifest.
Status readGroup(const Json& group, const fs::path& folder, WeightDecoder& decoder, KerasFile& to,
                 std::vector<std::size_t>& kept) {
  const Json *paths = member(group, "paths"), *weights = member(group, "weights");
  if (!paths || !paths->is_array() || !weights || !weights->is_array())
    return Status::invalid("A group of the weightsManifest lacks its paths or its weights.");
  std::uintmax_t declared = 0, total = 0;
  for (const Json& entry : *weights) {
    TEXFLOW_ASSIGN(WeightSpec spec, parseWeightSpec(entry));
    declared += static_cast<std::uintmax_t>(spec.storedBytes());
    // The state of an optimizer is no part of the model.
    if (textOf(member(entry, "group")) != "optimizer") {
      const std::string name = spec.name.ends_with(":0") ? spec.name.substr(0, spec.name.size() - 2) : spec.name;
      to.weights.push_back({name, {}, spec.dtype, spec.shape});
      kept.push_back(decoder.specs().size());
    }
    decoder.add(std::move(spec));
  }
  std::vector<std::pair<fs::path, std::uintmax_t>> shards;
  for (const Json& path : *paths) {
    const fs::path relative(textOf(&path));
    if (leavesFolder(relative))
      return Status::invalid("The weight shard path " + excerpt(path) + " is not one inside the model's folder.");
    TEXFLOW_ASSIGN(const std::uintmax_t size, sizeOf(folder / relative));
    shards.emplace_back(folder / relative, size);
    total += size;
  }
  if (total != declared)
    return Status::invalid("The weight shards in '" + folder.string() + "' hold " + std::to_string(total) +
                           " bytes, but the weightsManifest describes " + std::to_string(declared) + ".");
  for (const auto& [path, size] : shards) {
    TEXFLOW_ASSIGN(const std::string bytes, readWhole(path, size));
    TEXFLOW_TRY(decoder.feed(std::as_bytes(std::span(bytes.data(), bytes.size()))));
  }
  return {};
}

}  // namespace

Result<KerasFile> readLayersModel(const std::string& path) {
  fs::path file(path);
  std::error_code error;
  if (fs::is_directory(file, error)) file /= "model.json";
  TEXFLOW_ASSIGN(const std::uintmax_t size, sizeOf(file));
  if (size > (std::uintmax_t{1} << 30))
    return Status::invalid("The model file '" + file.string() + "' has more than 2^30 bytes.");
  TEXFLOW_ASSIGN(const std::string text, readWhole(file, size));
  TEXFLOW_ASSIGN(const Json model, parseJson(text, "The model file '" + file.string() + "'"));
  const Json* topology = member(model, "modelTopology");
  if (!topology || !topology->is_object())
    return Status::invalid("The model file '" + file.string() + "' has no modelTopology.");
  KerasFile result;
  const Json* config = member(*topology, "model_config");
  result.model = config ? *config : *topology;
  if (config && config->is_string()) {
    TEXFLOW_ASSIGN(result.model, parseJson(textOf(config), "The model_config"));
  }
  result.kerasVersion = textOf(member(*topology, "keras_version"));
  result.backend = textOf(member(*topology, "backend"));
  if (const Json* training = member(*topology, "training_config")) result.trainingConfig = *training;
  if (const Json* metadata = member(model, "userDefinedMetadata")) result.userMetadata = *metadata;
  WeightDecoder decoder;
  std::vector<std::size_t> kept;
  if (const Json* manifest = member(model, "weightsManifest"); manifest && manifest->is_array())
    for (const Json& group : *manifest) {
      const Status status = readGroup(group, file.parent_path(), decoder, result, kept);
      if (!status.ok()) return status.during("loading '" + file.string() + "'");
    }
  if (decoder.position() < decoder.specs().size())
    return Status::invalid("The weights of '" + file.string() + "' end too early.");
  auto tensors = std::make_shared<std::vector<Tensor>>(decoder.take());
  result.read = [tensors, kept](std::size_t index) -> Result<Tensor> { return (*tensors)[kept[index]]; };
  return result;
}

}  // namespace texflow
