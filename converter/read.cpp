// The readers of graphs behind one function.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "json.h"
#include "keras/keras_routes.h"
#include "readers.h"
#include "tensorflow/saved_model.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

/// Functions and tables are not among what the engine's loader reads; written again without them the model would be wrong.
Status refuseLostParts(const std::string& path) {
  std::filesystem::path file(path);
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) file /= "model.json";
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string& bytes = text.str();
  if (bytes.find("\"modelInitializer\"") == std::string::npos && bytes.find("\"function\"") == std::string::npos) return {};
  TEXFLOW_ASSIGN(const Json model, parseJson(bytes, "The model file '" + file.string() + "'"));
  const Json* topology = member(model, "modelTopology");
  const Json* library = topology ? member(*topology, "library") : nullptr;
  const Json* functions = library ? member(*library, "function") : nullptr;
  const Json* initializer = member(model, "modelInitializer");
  const char* what = functions && !functions->empty() ? "functions" : nullptr;
  if (initializer && !initializer->is_null()) what = "hash tables";
  if (!what) return {};
  return Status::unsupported("The graph-model '" + file.string() + "' has " + what +
                             ", which cannot be read from this format; convert its source instead.");
}

Result<Graph> readTfjsGraph(const std::string& path, const ConvertOptions&) {
  TEXFLOW_TRY(refuseLostParts(path));
  return loadGraphModel(path);
}

struct Reader {
  ModelFormat format;
  GraphReader read;
};
constexpr Reader kReaders[] = {
    {ModelFormat::kTfjsGraph, readTfjsGraph},
    {ModelFormat::kSavedModel, tf::readSavedModel},
    {ModelFormat::kKerasSavedModel, tf::readSavedModel},
    {ModelFormat::kHub, tf::readHubModule},
    {ModelFormat::kFrozen, tf::readFrozenGraph},
    {ModelFormat::kTfjsLayers, readLayersModelGraph},
    {ModelFormat::kKeras, readKerasHdf5Graph},
    {ModelFormat::kKerasV3, readKerasZipGraph},
};

}  // namespace

Result<SourceModel> readModel(const std::string& path, const ConvertOptions& options) {
  SourceModel source;
  source.format = options.inputFormat;
  if (source.format == ModelFormat::kAuto) {
    TEXFLOW_ASSIGN(source.format, detectFormat(path));
  }
  for (const Reader& reader : kReaders) {
    if (reader.format != source.format) continue;
    TEXFLOW_ASSIGN(source.graph, reader.read(path, options));
    return source;
  }
  return Status::unsupported("The input '" + path + "' is a " + std::string(formatName(source.format)) +
                             ", which cannot be read as a graph.");
}

}  // namespace texflow
