#include "fuzz/targets.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tensorflow/checkpoint.h"
#include "tensorflow/graph_def.h"
#include "tensorflow/sorted_table.h"
#include "texflow/converter.h"
#include "texflow/loader.h"

namespace texflow::fuzz {
namespace {

/// Between the files of a model that has several.
constexpr std::string_view kNextFile = "\n==NEXT FILE==\n";

std::vector<std::string_view> filesOf(std::string_view bytes) {
  std::vector<std::string_view> files;
  for (;;) {
    const std::size_t end = bytes.find(kNextFile);
    files.push_back(bytes.substr(0, end));
    if (end == std::string_view::npos) return files;
    bytes.remove_prefix(end + kNextFile.size());
  }
}

/// One folder a process, so that fuzzers can run side by side.
std::filesystem::path folder() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("texflow-fuzz-" + std::to_string(getpid()));
  return path;
}

/// Writes the parts of `bytes` under these names; parts that are missing are files that are missing.
std::filesystem::path writeFiles(std::string_view bytes, const std::vector<std::string>& names) {
  const auto parts = filesOf(bytes);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::filesystem::path path = folder() / names[i];
    std::filesystem::create_directories(path.parent_path());
    if (i < parts.size()) std::ofstream(path, std::ios::binary | std::ios::trunc) << parts[i];
    else std::filesystem::remove(path);
  }
  return folder();
}

void expectSentence(const Status& status) {
  if (status.ok() || (!status.message().empty() && status.message().back() == '.')) return;
  std::fprintf(stderr, "Not a sentence: '%s'\n", status.message().c_str());
  std::abort();
}

void convertTo(ModelFormat to, ModelFormat from, const std::filesystem::path& path) {
  ConvertOptions options;
  options.inputFormat = from;
  options.outputFormat = to;
  options.skipOpCheck = true;
  MemorySink sink;
  expectSentence(convert(path.string(), options, sink).status());
}

void graphDef(std::string_view bytes) {
  for (const bool functions : {false, true}) {
    tf::FlattenOptions flatten;
    flatten.controlFlowV2 = functions;
    auto graph = tf::readGraphDef(bytes, "The GraphDef", {}, flatten);
    if (!graph.ok()) return expectSentence(graph.status());
    ConvertOptions options;
    options.controlFlowV2 = functions;
    graph = optimize(std::move(*graph), options);
    if (!graph.ok()) return expectSentence(graph.status());
    MemorySink sink;
    expectSentence(writeGraphModel(*graph, options, sink));
  }
}

void savedModel(std::string_view bytes) {
  convertTo(ModelFormat::kTfjsGraph, ModelFormat::kSavedModel,
            writeFiles(bytes, {"saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"}));
}

void checkpoint(std::string_view bytes) {
  const auto table = tf::readSortedTable(filesOf(bytes)[0], "The index");
  if (!table.ok()) return expectSentence(table.status());
  const auto path = writeFiles(bytes, {"variables.index", "variables.data-00000-of-00001"});
  const auto file = tf::Checkpoint::open((path / "variables").string());
  if (!file.ok()) return expectSentence(file.status());
  for (const auto& [key, value] : *table) {
    std::vector<std::int64_t> wide;
    expectSentence((*file)->read(key, {}, &wide).status());
  }
}

void kerasHdf5(std::string_view bytes) {
  const auto path = writeFiles(bytes, {"model.h5"}) / "model.h5";
  convertTo(ModelFormat::kTfjsGraph, ModelFormat::kKeras, path);
  convertTo(ModelFormat::kTfjsLayers, ModelFormat::kKeras, path);
}

void kerasZip(std::string_view bytes) {
  const auto path = writeFiles(bytes, {"model.keras"}) / "model.keras";
  convertTo(ModelFormat::kTfjsGraph, ModelFormat::kKerasV3, path);
  convertTo(ModelFormat::kTfjsLayers, ModelFormat::kKerasV3, path);
}

void graphModel(std::string_view bytes) {
  const auto path = writeFiles(bytes, {"model.json", "group1-shard1of1.bin"});
  convertTo(ModelFormat::kTfjsGraph, ModelFormat::kTfjsGraph, path);
  expectSentence(loadGraphModel(path.string()).status());
}

void layersModel(std::string_view bytes) {
  const auto path = writeFiles(bytes, {"model.json", "group1-shard1of1.bin"});
  convertTo(ModelFormat::kTfjsGraph, ModelFormat::kTfjsLayers, path);
  convertTo(ModelFormat::kKeras, ModelFormat::kTfjsLayers, path);
  convertTo(ModelFormat::kKerasV3, ModelFormat::kTfjsLayers, path);
}

constexpr Target kTargets[] = {
    {"graph_def", graphDef}, {"saved_model", savedModel}, {"checkpoint", checkpoint},    {"keras_hdf5", kerasHdf5},
    {"keras_zip", kerasZip}, {"graph_model", graphModel}, {"layers_model", layersModel},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace texflow::fuzz
