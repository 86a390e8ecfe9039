#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.h"
#include "files.h"
#include "model.h"
#include "npy.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

struct RunOptions : ModelOptions {
  std::vector<std::string> outputs;
  std::string outputDir;
  bool json = false;
};

/// Smallest, largest and mean element.
struct Summary {
  double low = std::numeric_limits<double>::infinity(), high = -low, mean = 0;
};

Summary summarize(const Tensor& tensor) {
  Summary summary;
  if (tensor.dtype() == DType::kString) return {0, 0, 0};
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const double value = tensor.number(i);
    summary.low = std::min(summary.low, value);
    summary.high = std::max(summary.high, value);
    summary.mean += value / static_cast<double>(tensor.size());
  }
  return summary;
}

/// DIR/<name>.npy, numbered where two names become the same file name.
std::string outputPath(const std::string& folder, const std::string& name, std::set<std::string>& taken) {
  const std::string safe = safeFileName(name);
  std::string file = safe;
  for (int i = 2; !taken.insert(file).second; ++i) file = safe + "_" + std::to_string(i);
  return (std::filesystem::path(folder) / (file + ".npy")).string();
}

Status run(const RunOptions& options) {
  LoadTimes times;
  TEXFLOW_ASSIGN(Graph graph, loadModel(options.model, &times));
  TEXFLOW_ASSIGN(const Tensors inputs, readInputs(options, graph));
  TEXFLOW_TRY(requireInputs(graph, inputs));
  for (const std::string& name : options.outputs) {
    if (const auto port = graph.find(name); !port.ok()) return port.status();
  }
  if (!options.outputDir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.outputDir, error);
    if (error) return Status::invalid("The folder '" + options.outputDir + "' cannot be made: " + error.message() + ".");
  }
  TEXFLOW_ASSIGN(OpenModel model, openModel(options, std::move(graph), backendOf(options)));
  TEXFLOW_ASSIGN(const std::vector<NamedTensor> outputs, model.session->run(inputs, options.outputs));

  auto list = nlohmann::ordered_json::array();
  std::set<std::string> taken;
  for (const NamedTensor& output : outputs) {
    std::string path;
    if (!options.outputDir.empty()) {
      TEXFLOW_ASSIGN(const std::string bytes, formatNpy(output.value));
      path = outputPath(options.outputDir, output.name, taken);
      TEXFLOW_TRY(writeFile(path, bytes));
    }
    const Summary summary = summarize(output.value);
    const std::string type(dtypeName(output.value.dtype()));
    if (options.json) {
      list.push_back({{"name", output.name},
                      {"dtype", type},
                      {"shape", output.value.shape()},
                      {"file", path},
                      {"min", summary.low},
                      {"max", summary.high},
                      {"mean", summary.mean}});
    } else {
      std::cout << output.name << ": " << type << shapeText(output.value.shape());
      if (output.value.dtype() != DType::kString)
        std::cout << ", min " << summary.low << ", max " << summary.high << ", mean " << summary.mean;
      std::cout << (path.empty() ? "" : " -> " + path) << "\n";
    }
  }
  if (!options.json) return {};
  Report report = model.session->report();
  report.readMs = times.readMs;
  report.parseMs = times.parseMs;
  const nlohmann::ordered_json document = {{"outputs", list},
                                           {"report", nlohmann::ordered_json::parse(report.toJson(), nullptr, false)}};
  return writeText("-", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

Command addRun(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  addModelOptions(app, *options, true);
  app.add_option("--output", options->outputs, "an output or node to return, instead of the model's outputs");
  app.add_option("--output-dir", options->outputDir, "where to write <output>.npy");
  app.add_flag("--json", options->json, "print outputs and report as JSON");
  return [options] { return run(*options); };
}

}  // namespace texflow::cli
