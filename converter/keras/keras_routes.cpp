#include "keras_routes.h"

#include "keras_writers.h"
#include "tensorflow/saved_model_writer.h"
#include "weight_writer.h"

namespace texflow {
namespace {

Result<KerasFile> readKeras(const std::string& path, const ConvertOptions& options) {
  ModelFormat format = options.inputFormat;
  if (format == ModelFormat::kAuto) {
    TEXFLOW_ASSIGN(format, detectFormat(path));
  }
  if (format == ModelFormat::kKeras) return readKerasHdf5(path);
  if (format == ModelFormat::kKerasSavedModel) return readKerasSavedModel(path);
  return format == ModelFormat::kKerasV3 ? readKerasZip(path) : readLayersModel(path);
}

Result<Graph> graphOf(Result<KerasFile> file, const std::string& path) {
  if (!file.ok()) return file.status();
  auto graph = kerasGraph(*file);
  return graph.ok() ? std::move(graph) : graph.status().during("reading '" + path + "'");
}

}  // namespace

Status kerasToLayersModel(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(KerasFile file, readKeras(path, options));
  return writeLayersModel(std::move(file), options, sink, &report).during("converting '" + path + "'");
}

Status kerasToHdf5(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const KerasFile file, readKeras(path, options));
  return writeKerasHdf5(file, sink, &report).during("converting '" + path + "'");
}

Status kerasToZip(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const KerasFile file, readKeras(path, options));
  return writeKerasZip(file, sink, &report).during("converting '" + path + "'");
}

Status kerasToSavedModel(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const Graph graph, graphOf(readKeras(path, options), path));
  auto bytes = tf::savedModelBytes(graph);
  if (!bytes.ok()) return bytes.status().during("converting '" + path + "'");
  return writeNoted(sink, "saved_model.pb", *bytes, &report);
}

Result<Graph> readKerasHdf5Graph(const std::string& path, const ConvertOptions&) {
  return graphOf(readKerasHdf5(path), path);
}
Result<Graph> readKerasZipGraph(const std::string& path, const ConvertOptions&) { return graphOf(readKerasZip(path), path); }
Result<Graph> readLayersModelGraph(const std::string& path, const ConvertOptions&) {
  return graphOf(readLayersModel(path), path);
}

}  // namespace texflow
