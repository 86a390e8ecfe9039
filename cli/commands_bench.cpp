#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.h"
#include "model.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

struct BenchOptions : ModelOptions {
  int runs = 20;
  std::string json;
};

/// The value below which that share of the sorted values lies.
double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void print(const Report& report) {
  const auto line = [](const char* what, double ms) {
    if (ms >= 0) std::printf("%-22s %10.2f ms\n", what, ms);
  };
  std::printf("backend                %s\n", report.backend.c_str());
  if (!report.renderer.empty())
    std::printf("device                 %s, %s, %s, %d stripes\n", report.renderer.c_str(), report.version.c_str(),
                report.storage.c_str(), report.stripes);
  line("read", report.readMs);
  line("parse", report.parseMs);
  line("plan", report.planMs);
  line("upload", report.uploadMs);
  line("compile", report.compileMs);
  line("first draws", report.firstDrawMs);
  line("first run", report.firstRunMs);
  if (report.runMs.size() > 2) {
    std::vector<double> steady(report.runMs.begin() + 2, report.runMs.end());
    std::sort(steady.begin(), steady.end());
    line("steady run, median", quantile(steady, 0.5));
    line("steady run, 90th perc.", quantile(steady, 0.9));
    line("steady run, fastest", steady.front());
  }
  std::printf("programs               %d, %d compiled\n", report.programsUsed, report.programsCompiled);
  std::printf("draws, host steps      %d, %d\n", report.drawsPerRun, report.hostSteps);
  std::printf("weights, uploaded      %.2f MB, %.2f MB\n", static_cast<double>(report.weightBytes) / 1e6,
              static_cast<double>(report.uploadedBytes) / 1e6);
  std::printf("textures: plan, peak   %.2f MB, %.2f MB\n", static_cast<double>(report.textureBytesPlanned) / 1e6,
              static_cast<double>(report.textureBytesPeak) / 1e6);
}

Status bench(const BenchOptions& options) {
  LoadTimes times;
  TEXFLOW_ASSIGN(Graph graph, loadGraphModel(options.model, &times));
  TEXFLOW_ASSIGN(Tensors inputs, readInputs(options, graph));
  TEXFLOW_TRY(addRandomInputs(options, graph, inputs));
  TEXFLOW_ASSIGN(OpenModel model, openModel(options, std::move(graph), backendOf(options)));
  TEXFLOW_TRY(model.session->prepare(prepareOptions(inputs)));
  for (int i = 0; i < options.runs; ++i) {
    if (const auto outputs = model.session->run(inputs); !outputs.ok()) return outputs.status();
  }
  Report report = model.session->report();
  report.readMs = times.readMs;
  report.parseMs = times.parseMs;
  if (options.json.empty()) print(report);
  else return writeText(options.json, report.toJson());
  return {};
}

}  // namespace

Command addBench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  addModelOptions(app, *options, true);
  app.add_option("--runs", options->runs, "runs after preparing")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", options->seed, "seed of the random inputs")->capture_default_str();
  app.add_option("--json", options->json, "write the report as JSON to this file, or to standard output for -");
  return [options] { return bench(*options); };
}

}  // namespace texflow::cli
