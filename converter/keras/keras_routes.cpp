#include "keras_routes.h"

#include "keras_writers.h"

namespace texflow {
namespace {

Result<KerasFile> readKeras(const std::string& path, const ConvertOptions& options) {
  ModelFormat format = options.inputFormat;
  if (format == ModelFormat::kAuto) {
    TEXFLOW_ASSIGN(format, detectFormat(path));
  }
  if (format == ModelFormat::kKeras) return readKerasHdf5(path);
  return format == ModelFormat::kKerasV3 ? readKerasZip(path) : readLayersModel(path);
}

Result<Graph> graphOf(Result<KerasFile> file, const std::string& path) {
  if (!file.ok()) return file.status();
  auto graph = kerasGraph(*file);
  return graph.ok() ? std::move(graph) : graph.status().during("reading '" + path + "'");
}

}  // namespace

Status kerasToLayersModel(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const KerasFile file, readKeras(path, options));
  return writeLayersModel(file, options, sink, &report).during("converting '" + path + "'");
}

Status kerasToHdf5(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const KerasFile file, readKeras(path, options));
  return writeKerasHdf5(file, sink, &report).during("converting '" + path + "'");
}

Status kerasToZip(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  TEXFLOW_ASSIGN(const KerasFile file, readKeras(path, options));
  return writeKerasZip(file, sink, &report).during("converting '" + path + "'");
}

Result<Graph> readKerasHdf5Graph(const std::string& path, const ConvertOptions&) {
  return graphOf(readKerasHdf5(path), path);
}
Result<Graph> readKerasZipGraph(const std::string& path, const ConvertOptions&) { return graphOf(readKerasZip(path), path); }

}  // namespace texflow
