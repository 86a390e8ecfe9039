// What the commands share: options of a model and its session, inputs from files or random numbers.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "image.h"
#include "texflow/context.h"
#include "texflow/loader.h"
#include "texflow/session.h"

namespace texflow::cli {

/// Options of run, bench and check.
struct ModelOptions {
  std::string model;
  std::vector<std::string> inputs;  ///< "NAME=FILE"
  std::vector<std::string> shapes;  ///< "NAME=1,64,64,3": of random inputs.
  std::string scale;                ///< "LO,HI", empty: 0,1 for float32 inputs and 0,255 for int32 inputs.
  std::string backend = "gl", api = "gles";
  std::string start = "prepared";  ///< Or "tiered".
  std::string storage = "float32";
  int stripes = 0;
  std::string cacheFolder;  ///< Empty: the default one where the command uses it.
  bool cacheByDefault = true, noCache = false;
  std::uint64_t seed = 1;
};

/// A session with the context it needs. The session goes first.
struct OpenModel {
  std::unique_ptr<Context> context;
  std::unique_ptr<Session> session;
};

using Tensors = std::map<std::string, Tensor>;

/// Reads a model of any format that the converter reads; what is no graph-model is converted in memory.
Result<Graph> loadModel(const std::string& path, LoadTimes* times = nullptr);
/// The folder of programs that these options ask for, made where it is missing; empty for none.
Result<std::string> cacheFolderOf(const ModelOptions& options);
/// Makes a session for a graph that has been loaded.
Result<OpenModel> openModel(const ModelOptions& options, Graph graph, Backend backend);
/// Whether runs come before prepare() has been called.
bool startsAtOnce(const ModelOptions& options);
Backend backendOf(const ModelOptions& options);

/// Reads every --shape.
Result<InputShapes> readShapes(const std::vector<std::string>& texts);
/// Reads every --input.
Result<Tensors> readInputs(const ModelOptions& options, const Graph& graph);
/// An error naming the first input that has no tensor.
Status requireInputs(const Graph& graph, const Tensors& inputs);
/// Adds random tensors for the inputs without one, of the sizes of --shape or the model's: floats in [0,1), integers in
/// [0,255]; an unknown batch is 1. Inputs of otherwise unknown size are errors that say what to pass.
Status addRandomInputs(const ModelOptions& options, const Graph& graph, Tensors& inputs);

/// Options of prepare() for these inputs.
PrepareOptions prepareOptions(const Tensors& inputs);

/// "float32[1,224,224,3]", with '?' for unknown sizes.
std::string endpointText(const Endpoint& endpoint);
/// Writes to the file, or to standard output for "-".
Status writeText(const std::string& path, const std::string& text);

}  // namespace texflow::cli
