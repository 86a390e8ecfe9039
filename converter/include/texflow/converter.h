// Turns TensorFlow and Keras files into TensorFlow.js models, without Python. Native only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

/// Formats under the names of tensorflowjs_converter, which tfjs_graph_model as an input is not one of.
enum class ModelFormat {
  kAuto,             ///< Input: told by the content. Output: the usual one for the input.
  kSavedModel,       ///< tf_saved_model
  kHub,              ///< tf_hub: a folder or a .tar.gz
  kFrozen,           ///< tf_frozen_model: a GraphDef, binary or text
  kKeras,            ///< keras: HDF5
  kKerasV3,          ///< keras_keras: the zip of Keras 3
  kKerasSavedModel,  ///< keras_saved_model
  kTfjsGraph,        ///< tfjs_graph_model
  kTfjsLayers,       ///< tfjs_layers_model
};
/// "tf_saved_model" and so on.
std::string_view formatName(ModelFormat format);
std::optional<ModelFormat> formatNamed(std::string_view name);
/// What an input becomes when no output format is asked for.
ModelFormat usualOutput(ModelFormat input);
/// Looks at the content, not at the ending; an error says what the path holds.
Result<ModelFormat> detectFormat(const std::string& path);

enum class Quantization { kUint8, kUint16, kFloat16 };
/// Which ops the written model may hold: those of TensorFlow.js 4.22 or those of this engine.
enum class Target { kTfjs, kTexflow };

/// Where a conversion is: "reading", "optimizing" or "writing", and of what it writes how much is done.
struct ConvertProgress {
  std::string_view phase;
  std::int64_t bytes = 0, totalBytes = 0;  ///< Of the weights; 0 before they are written.
};

/// The flags of tensorflowjs_converter and those it lacks.
struct ConvertOptions {
  ModelFormat inputFormat = ModelFormat::kAuto;
  ModelFormat outputFormat = ModelFormat::kAuto;
  std::string signatureName;  ///< Empty: "serving_default", or "default" of a hub module that has it.
  std::vector<std::string> tags = {"serve"};
  std::vector<std::string> outputNodeNames;  ///< Frozen graphs only.
  bool skipOpCheck = false;
  bool stripDebugOps = true;
  bool controlFlowV2 = false;
  bool useStructuredOutputsNames = false;
  /// Patterns (as fnmatch has them) of weight names; "*" alone takes what no other pattern does.
  std::map<Quantization, std::vector<std::string>> quantization;
  std::int64_t weightShardSizeBytes = 4 << 20;
  bool splitWeightsByLayer = false;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< Key and the text of a JSON document.
  Target target = Target::kTfjs;
  std::optional<std::vector<std::string>> passes;  ///< Empty: all, in the order of passNames().
  std::function<void(const ConvertProgress&)> onProgress;
};

/// Takes the files of a converted model. Nothing counts before commit(), and what is not committed leaves no trace.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Begins a file; `name` is relative, without "..".
  virtual Status write(const std::string& name, std::string_view bytes) = 0;
  /// Goes on with the file that was begun last.
  virtual Status append(std::string_view bytes) = 0;
  virtual Status commit() = 0;
};

/// Writes into a new folder beside the target and moves that into place on commit(). A target that exists is replaced.
class FolderSink : public Sink {
 public:
  explicit FolderSink(std::string target) : target_(std::move(target)) {}
  ~FolderSink() override;
  FolderSink(const FolderSink&) = delete;
  FolderSink& operator=(const FolderSink&) = delete;
  Status write(const std::string& name, std::string_view bytes) override;
  Status append(std::string_view bytes) override;
  Status commit() override;

 private:
  std::string target_, temporary_, last_;
};

/// Writes the one file of a single-file format, also through a temporary one.
class FileSink : public Sink {
 public:
  explicit FileSink(std::string target) : target_(std::move(target)) {}
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  Status write(const std::string& name, std::string_view bytes) override;
  Status append(std::string_view bytes) override;
  Status commit() override;

 private:
  std::string target_, temporary_;
};

/// Keeps the files.
class MemorySink : public Sink {
 public:
  Status write(const std::string& name, std::string_view bytes) override;
  Status append(std::string_view bytes) override;
  Status commit() override { return {}; }
  const std::map<std::string, std::string>& files() const { return files_; }

 private:
  std::map<std::string, std::string> files_;
  std::string* last_ = nullptr;
};

/// What one pass did.
struct PassResult {
  std::string name;
  std::size_t nodesBefore = 0, nodesAfter = 0;
  double milliseconds = 0;
};
using PassReport = std::vector<PassResult>;

/// The rounding error that quantization gave one weight.
struct WeightError {
  std::string name;
  Quantization to = Quantization::kUint8;
  double largest = 0;   ///< Largest absolute error.
  double relative = 0;  ///< Root of the squared error over the squared values.
};

struct ConvertReport {
  ModelFormat inputFormat = ModelFormat::kAuto, outputFormat = ModelFormat::kAuto;
  std::size_t nodesBefore = 0, nodesAfter = 0;  ///< Graph-models only.
  PassReport passes;
  std::vector<WeightError> quantized;
  std::vector<std::pair<std::string, std::size_t>> files;  ///< Written, with their sizes.
  double readMs = 0, optimizeMs = 0, writeMs = 0;
};

/// A source as a graph, before any pass.
struct SourceModel {
  ModelFormat format = ModelFormat::kAuto;
  Graph graph;
};

/// Reads any of the formats as a graph, with the dtypes of the engine: int64 and narrower integers are int32, half and
/// double are float32, in values and in attributes, as TensorFlow.js reads them.
Result<SourceModel> readModel(const std::string& path, const ConvertOptions& options);

/// All passes in their order.
std::vector<std::string> passNames();
/// Runs the passes that the options name; outputs keep their names, order and values.
Result<Graph> optimize(Graph graph, const ConvertOptions& options, PassReport* report = nullptr);

/// An error lists the ops that the target lacks: count, first nodes, nearest name or advice.
Status checkOps(const Graph& graph, Target target);

/// model.json and its shards; the caller commits. `report` gets quantization errors and files.
Status writeGraphModel(const Graph& graph, const ConvertOptions& options, Sink& sink, ConvertReport* report = nullptr);
/// The same; the values of each constant leave memory when they are written.
Status writeGraphModel(Graph&& graph, const ConvertOptions& options, Sink& sink, ConvertReport* report = nullptr);

/// Reads, optimizes, checks and writes; commits on success.
Result<ConvertReport> convert(const std::string& source, const ConvertOptions& options, Sink& sink);
/// The same for a model in memory: its files by name, such as {"model.h5", bytes}, or "model.json" and its shards. They are
/// in a folder for temporary files while this runs.
Result<ConvertReport> convert(const std::map<std::string, std::string>& source, const ConvertOptions& options, Sink& sink);

}  // namespace texflow
