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

/// Bytes of the weights by the dtype that the shards hold them in, as "float16 24, uint8 12". Strings count 0: their sizes
/// are in the shards.
Result<std::string> storedBytes(const std::string& path) {
  const bool isFolder = std::filesystem::is_directory(path);
  std::map<std::string, std::int64_t> bytes;
  // Files of TensorFlow and Keras have no manifest.
  if (isFolder && !std::filesystem::exists(path + "/model.json")) return std::string("none");
  TEXFLOW_ASSIGN(const std::string text, readFile(isFolder ? path + "/model.json" : path));
  const auto model = nlohmann::json::parse(text, nullptr, false);
  if (!model.is_object()) return std::string("none");
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

Status inspect(const std::string& path) {
  TEXFLOW_ASSIGN(const Graph graph, loadModel(path));
  TEXFLOW_ASSIGN(const std::string stored, storedBytes(path));
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
            << "\nstored bytes: " << stored << "\nops:\n";
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

/// As this device runs the model, at the sizes that it gives, one picture a batch.
Status writeManifest(const std::string& path) {
  ModelOptions options;
  options.model = path;
  TEXFLOW_ASSIGN(Graph graph, loadModel(path));
  TEXFLOW_ASSIGN(OpenModel model, openModel(options, std::move(graph), Backend::kGl));
  TEXFLOW_TRY(model.session->prepare());
  return writeText("-", model.session->manifest().toJson());
}

}  // namespace

Command addInspect(CLI::App& app) {
  struct Options {
    std::string model;
    bool manifest = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("MODEL", options->model, "model.json or its folder")->required();
  app.add_flag("--manifest", options->manifest, "write the list of the model's programs on this device as JSON instead");
  return [options] { return options->manifest ? writeManifest(options->model) : inspect(options->model); };
}

}  // namespace texflow::cli
