// The readers of graphs behind one function.
#include "keras/keras_routes.h"
#include "readers.h"
#include "tensorflow/saved_model.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

Result<Graph> readTfjsGraph(const std::string& path, const ConvertOptions&) { return loadGraphModel(path); }

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
    {ModelFormat::kTfjsLayers, readTfjsGraph},
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
