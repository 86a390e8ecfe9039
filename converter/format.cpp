#include <array>
#include <filesystem>
#include <fstream>

#include "json.h"
#include "texflow/converter.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<ModelFormat, std::string_view>, 8> kNames = {{
    {ModelFormat::kSavedModel, "tf_saved_model"},
    {ModelFormat::kHub, "tf_hub"},
    {ModelFormat::kFrozen, "tf_frozen_model"},
    {ModelFormat::kKeras, "keras"},
    {ModelFormat::kKerasV3, "keras_keras"},
    {ModelFormat::kKerasSavedModel, "keras_saved_model"},
    {ModelFormat::kTfjsGraph, "tfjs_graph_model"},
    {ModelFormat::kTfjsLayers, "tfjs_layers_model"},
}};

std::string beginningOf(const fs::path& path, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// A model.json says its format in one of its first fields; where it does not, its topology tells.
Result<ModelFormat> jsonFormat(const fs::path& path) {
  const std::string begin = beginningOf(path, 256);
  if (begin.find("\"format\":\"graph-model\"") < begin.find("modelTopology")) return ModelFormat::kTfjsGraph;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > (std::uintmax_t{1} << 30))
    return Status::invalid("The model file '" + path.string() + "' has more than 2^30 bytes or cannot be read.");
  TEXFLOW_ASSIGN(const Json model,
                 parseJson(beginningOf(path, static_cast<std::size_t>(size)), "The model file '" + path.string() + "'"));
  const std::string_view format = textOf(member(model, "format"));
  if (format == "graph-model") return ModelFormat::kTfjsGraph;
  if (format == "layers-model") return ModelFormat::kTfjsLayers;
  const Json* topology = member(model, "modelTopology");
  if (topology && (member(*topology, "model_config") || member(*topology, "class_name"))) return ModelFormat::kTfjsLayers;
  if (topology && member(*topology, "node")) return ModelFormat::kTfjsGraph;
  return Status::invalid("The JSON file '" + path.string() + "' is not a TensorFlow.js model: it has no modelTopology.");
}

}  // namespace

std::string_view formatName(ModelFormat format) {
  for (const auto& [value, name] : kNames)
    if (value == format) return name;
  return "auto";
}

std::optional<ModelFormat> formatNamed(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  return std::nullopt;
}

ModelFormat usualOutput(ModelFormat input) {
  switch (input) {
    case ModelFormat::kKeras:
    case ModelFormat::kKerasV3:
    case ModelFormat::kKerasSavedModel: return ModelFormat::kTfjsLayers;
    case ModelFormat::kTfjsLayers: return ModelFormat::kKeras;
    default: return ModelFormat::kTfjsGraph;
  }
}

Result<ModelFormat> detectFormat(const std::string& path) {
  if (path.find("://") != std::string::npos)
    return Status::unsupported("The input '" + path + "' is a URL; download the model first and pass its folder or file.");
  const fs::path root(path);
  std::error_code error;
  if (fs::is_directory(root, error)) {
    if (fs::exists(root / "tfhub_module.pb", error)) return ModelFormat::kHub;
    if (fs::exists(root / "saved_model.pb", error) || fs::exists(root / "saved_model.pbtxt", error))
      return ModelFormat::kSavedModel;
    if (fs::exists(root / "model.json", error)) return jsonFormat(root / "model.json");
    return Status::invalid("The folder '" + path + "' holds neither saved_model.pb nor tfhub_module.pb nor model.json.");
  }
  if (!fs::is_regular_file(root, error))
    return Status::invalid("The path '" + path + "' does not exist or is neither a file nor a folder.");
  const std::string begin = beginningOf(root, 512);
  if (begin.empty()) return Status::invalid("The file '" + path + "' is empty.");
  if (begin.starts_with("\x89HDF\r\n\x1a\n")) return ModelFormat::kKeras;
  if (begin.starts_with("PK\x03\x04") || begin.starts_with("PK\x05\x06")) return ModelFormat::kKerasV3;
  if (begin.starts_with("\x1f\x8b")) return ModelFormat::kHub;
  if (root.filename() == "saved_model.pb" || root.filename() == "saved_model.pbtxt") return ModelFormat::kSavedModel;
  const auto text = begin.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (text != std::string::npos && begin[text] == '{') return jsonFormat(root);
  // A GraphDef begins with field 1 (node), 2 (library), 3 or 4 (versions); its text form with one of their names.
  const auto first = static_cast<unsigned char>(begin[0]);
  if (first == 0x0A || first == 0x12 || first == 0x22 || begin.find("node {") != std::string::npos ||
      begin.find("node{") != std::string::npos)
    return ModelFormat::kFrozen;
  return Status::invalid("The file '" + path +
                         "' is none of HDF5, a zip, a model.json and a GraphDef; pass --input_format if it is.");
}

}  // namespace texflow
