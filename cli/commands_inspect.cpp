#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "files.h"
#include "model.h"
#include "ops/op.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

std::string supportOf(const std::string& opName) {
  // Values and feeds are no work for an op.
  if (opName == "Const" || opName == "Placeholder") return "-";
  const Op* op = findOp(opName);
  if (!op) return "not supported";
  return op->lower ? "GPU" : "host only";
}

/// The document of a TensorFlow.js model; null for files of TensorFlow and Keras, which have none.
Result<nlohmann::json> modelJson(const std::string& path) {
  const bool isFolder = std::filesystem::is_directory(path);
  if (isFolder && !std::filesystem::exists(path + "/model.json")) return nlohmann::json();
  TEXFLOW_ASSIGN(const std::string text, readFile(isFolder ? path + "/model.json" : path));
  auto model = nlohmann::json::parse(text, nullptr, false);
  return model.is_object() ? std::move(model) : nlohmann::json();
}

/// Bytes of the weights by the dtype that the shards hold them in, as "float16 24, uint8 12". Strings count 0: their sizes
/// are in the shards.
std::string storedBytes(const nlohmann::json& model) {
  std::map<std::string, std::int64_t> bytes;
  if (model.is_null()) return "none";
  for (const auto& group : model.value("weightsManifest", nlohmann::json::array())) {
    for (const auto& weight : group["weights"]) {
      const auto quantized = weight.find("quantization");
      const std::string dtype = (quantized == weight.end() || quantized->is_null() ? weight : *quantized)["dtype"];
      const std::int64_t width = dtype == "string"                         ? 0
                                 : dtype == "complex64"                    ? 8
                                 : dtype == "uint8" || dtype == "bool"     ? 1
                                 : dtype == "uint16" || dtype == "float16" ? 2
                                                                           : 4;
      bytes[dtype] += elementCount(weight["shape"].get<Shape>()) * width;
    }
  }
  std::string list;
  for (const auto& [dtype, count] : bytes) list += (list.empty() ? "" : ", ") + dtype + " " + std::to_string(count);
  return list.empty() ? "none" : list;
}

/// What the converter has recognized in groups of nodes, as "Gelu 12, LayerNormalization 25"; empty where it has nothing.
std::string recognized(const nlohmann::json& model) {
  const auto pointer = nlohmann::json::json_pointer("/userDefinedMetadata/composites");
  std::map<std::string, int> counts;
  if (model.is_object() && model.contains(pointer) && model[pointer].is_array())
    for (const auto& composite : model[pointer])
      if (composite.is_object() && composite.contains("function") && composite["function"].is_string())
        ++counts[composite["function"].get<std::string>()];
  std::string list;
  for (const auto& [function, count] : counts) list += (list.empty() ? "" : ", ") + function + " " + std::to_string(count);
  return list;
}

Status inspect(const std::string& path) {
  TEXFLOW_ASSIGN(const Graph graph, loadModel(path));
  TEXFLOW_ASSIGN(const nlohmann::json json, modelJson(path));
  std::cout << "signature: " << (graph.hasSignature ? "yes" : "no") << "\ninputs:\n";
  for (const Endpoint& input : graph.inputs) std::cout << "  " << input.name << ": " << endpointText(input) << "\n";
  std::cout << "outputs:\n";
  for (const Endpoint& output : graph.outputs)
    std::cout << "  " << output.name << ": " << endpointText(output) << ", "
              << Graph::describe(graph.nodes[static_cast<std::size_t>(output.port.node)]) << "\n";

  std::map<std::string, int> ops;
  std::int64_t parameters = 0, bytes = 0;
  for (const Node& node : graph.nodes) {
    ++ops[node.op];
    if (node.op != "Const") continue;
    if (node.value.dtype() == DType::kFloat32 || node.value.dtype() == DType::kComplex64) parameters += node.value.size();
    bytes += static_cast<std::int64_t>(node.value.bytes());
  }
  std::cout << "nodes: " << graph.nodes.size() << "\nparameters: " << parameters << "\nbytes of constants: " << bytes
            << "\nstored bytes: " << storedBytes(json) << "\n";
  if (const std::string list = recognized(json); !list.empty()) std::cout << "recognized: " << list << "\n";
  std::cout << "ops:\n";
  std::map<std::string, int> totals;
  for (const auto& [op, count] : ops) {
    const std::string support = supportOf(op);
    totals[support] += count;
    std::printf("  %-32s %6d  %s\n", op.c_str(), count, support.c_str());
  }
  std::fflush(stdout);
  std::cout << "nodes on the GPU: " << totals["GPU"] << ", host only: " << totals["host only"]
            << ", not supported: " << totals["not supported"] << "\n";
  return {};
}

/// As this device runs the model, at the sizes that it gives or that are passed, one picture a batch.
Status writeManifest(const ModelOptions& options) {
  PrepareOptions prepare;
  TEXFLOW_ASSIGN(prepare.inputShapes, readShapes(options.shapes));
  TEXFLOW_ASSIGN(Graph graph, loadModel(options.model));
  TEXFLOW_ASSIGN(OpenModel model, openModel(options, std::move(graph), Backend::kGl));
  TEXFLOW_TRY(model.session->prepare(prepare).during("preparing '" + options.model + "'"));
  return writeText("-", model.session->manifest().toJson());
}

}  // namespace

Command addInspect(CLI::App& app) {
  struct Options : ModelOptions {
    bool manifest = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("MODEL", options->model, "model.json or its folder")->required();
  app.add_flag("--manifest", options->manifest, "write the list of the model's programs on this device as JSON instead");
  addShapeOption(app, options->shapes);
  return [options] { return options->manifest ? writeManifest(*options) : inspect(options->model); };
}

}  // namespace texflow::cli
