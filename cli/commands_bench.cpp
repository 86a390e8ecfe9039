#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>

#include "bench_page.h"
#include "commands.h"
#include "model.h"
#include "texflow/loader.h"

namespace texflow::cli {
namespace {

struct BenchOptions : ModelOptions {
  BenchOptions() { cacheByDefault = false; }  // A measurement must not depend on what ran before.
  int runs = 20, cold = 0;
  std::string json, html;
  std::int64_t launchedAt = 0;  ///< By whom starts this process, in nanoseconds of the steady clock.
  bool profile = false;
};

/// The value below which that share of the sorted values lies.
double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

/// Of sessions with two tiers: what computed the runs and how long each took.
void printTiers(const Report& report) {
  if (std::adjacent_find(report.runTiers.begin(), report.runTiers.end(), std::not_equal_to<>()) == report.runTiers.end())
    return;
  std::printf("tiers, run by run     ");
  for (std::size_t i = 0, first = 0; i < report.runTiers.size(); first = i) {
    while (i < report.runTiers.size() && report.runTiers[i] == report.runTiers[first]) ++i;
    std::vector<double> times(report.runMs.begin() + static_cast<std::ptrdiff_t>(first),
                              report.runMs.begin() + static_cast<std::ptrdiff_t>(i));
    std::sort(times.begin(), times.end());
    std::printf("%s %zu x %s (median %.2f ms)", first ? "," : "", i - first,
                std::string(tierName(report.runTiers[first])).c_str(), quantile(times, 0.5));
  }
  std::printf("\n");
  if (!report.prepareError.empty()) std::printf("no programs            %s\n", report.prepareError.c_str());
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
  line("warm-up", report.warmUpMs);
  line("first run", report.firstRunMs);
  if (report.runMs.size() > 2) {
    std::vector<double> steady(report.runMs.begin() + 2, report.runMs.end());
    std::sort(steady.begin(), steady.end());
    line("steady run, median", quantile(steady, 0.5));
    line("steady run, 90th perc.", quantile(steady, 0.9));
    line("steady run, fastest", steady.front());
  }
  printTiers(report);
  std::printf("programs               %d, %d compiled, %d from the cache\n", report.programsUsed, report.programsCompiled,
              report.programsFromCache);
  std::printf("draws, host steps      %d, %d\n", report.drawsPerRun, report.hostSteps);
  std::printf("weights, uploaded      %.2f MB, %.2f MB\n", static_cast<double>(report.weightBytes) / 1e6,
              static_cast<double>(report.uploadedBytes) / 1e6);
  std::printf("textures: plan, peak   %.2f MB, %.2f MB\n", static_cast<double>(report.textureBytesPlanned) / 1e6,
              static_cast<double>(report.textureBytesPeak) / 1e6);
}

/// The median of `rounds` profiled runs, step by step: totals by kind, then the slowest steps.
Status printProfile(Session& session, const Tensors& inputs, int rounds) {
  std::vector<StepTime> steps;
  std::vector<std::vector<double>> times;
  for (int round = 0; round < rounds; ++round) {
    TEXFLOW_ASSIGN(steps, session.profile(inputs));
    times.resize(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) times[i].push_back(steps[i].ms);
  }
  struct Total {
    double ms = 0;
    int count = 0;
  };
  std::map<std::string, Total> kinds;
  double sum = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::sort(times[i].begin(), times[i].end());
    steps[i].ms = quantile(times[i], 0.5);
    sum += steps[i].ms;
    Total& total = kinds[steps[i].kind];
    total.ms += steps[i].ms;
    ++total.count;
  }
  std::vector<std::pair<std::string, Total>> byTime(kinds.begin(), kinds.end());
  std::sort(byTime.begin(), byTime.end(), [](const auto& a, const auto& b) { return a.second.ms > b.second.ms; });
  std::printf("\n%d steps, %.2f ms when each is waited for\n", static_cast<int>(steps.size()), sum);
  for (const auto& [kind, total] : byTime)
    std::printf("%9.3f ms %5.1f%% %5d x  %s\n", total.ms, 100 * total.ms / sum, total.count, kind.c_str());
  std::sort(steps.begin(), steps.end(), [](const StepTime& a, const StepTime& b) { return a.ms > b.ms; });
  std::printf("\nslowest steps\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(20, steps.size()); ++i)
    std::printf("%9.3f ms  %-16s %s  %s '%s'\n", steps[i].ms, shapeText(steps[i].shape).c_str(), steps[i].kind.c_str(),
                steps[i].op.c_str(), steps[i].node.c_str());
  return {};
}

double steadyMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The arguments of a process that measures what this one is asked to.
std::vector<std::string> argumentsOf(const BenchOptions& options) {
  std::vector<std::string> arguments = {"bench", options.model, "--json", "-"};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) arguments.insert(arguments.end(), {name, value});
  };
  for (const std::string& input : options.inputs) add("--input", input);
  for (const std::string& shape : options.shapes) add("--shape", shape);
  add("--scale", options.scale);
  add("--backend", options.backend);
  add("--start", options.start);
  add("--api", options.api);
  add("--storage", options.storage);
  add("--stripes", std::to_string(options.stripes));
  add("--seed", std::to_string(options.seed));
  add("--runs", std::to_string(options.runs));
  add("--cache-dir", options.cacheFolder);
  return arguments;
}

/// The report of this process with what only the command line knows.
Json withLaunch(const Report& report, double contextMs, double firstResultMs) {
  Json json = Json::parse(report.toJson());
  json["phasesMs"]["context"] = contextMs;
  json["firstResultMs"] = firstResultMs;
  return json;
}

void print(const Json& summary) {
  const Json& medians = summary.at("medianMs");
  std::printf("medians of %d launches\n", summary.value("launches", 0));
  for (const auto& [name, ms] : medians.items())
    if (ms.get<double>() >= 0) std::printf("%-22s %10.2f ms\n", name.c_str(), ms.get<double>());
  for (const Json& report : summary.at("reports"))
    std::printf("%d programs, %d compiled, %d from the cache; first run %.2f ms\n", report.at("programs").value("used", 0),
                report.at("programs").value("compiled", 0), report.at("programs").value("fromCache", 0),
                report.value("firstRunMs", -1.0));
}

Status write(const BenchOptions& options, const Json& summary, const Json& json) {
  if (!options.html.empty()) TEXFLOW_TRY(writeText(options.html, benchPage(options.model, summary)));
  if (!options.json.empty()) return writeText(options.json, json.dump());
  return {};
}

Status benchCold(const BenchOptions& options) {
  // A folder for programs is to be measured with the driver's own cache, which then lies in it.
  const bool driverCache = !options.cacheFolder.empty();
  TEXFLOW_ASSIGN(const std::vector<Json> launches, launch(argumentsOf(options), options.cold, driverCache));
  const Json summary = summarize(launches);
  if (options.json != "-") print(summary);
  return write(options, summary, summary);
}

Status bench(const BenchOptions& options) {
  if (options.cold > 0) return benchCold(options);
  const double started = options.launchedAt > 0 ? static_cast<double>(options.launchedAt) / 1e6 : steadyMs();
  LoadTimes times;
  TEXFLOW_ASSIGN(Graph graph, loadModel(options.model, &times));
  TEXFLOW_ASSIGN(Tensors inputs, readInputs(options, graph));
  TEXFLOW_TRY(addRandomInputs(options, graph, inputs));
  const double opening = steadyMs();
  TEXFLOW_ASSIGN(OpenModel model, openModel(options, std::move(graph), backendOf(options)));
  const double contextMs = steadyMs() - opening;
  double firstResultMs = -1;
  if (!startsAtOnce(options)) TEXFLOW_TRY(model.session->prepare(prepareOptions(inputs)));
  for (int i = 0; i < options.runs; ++i) {
    if (const auto outputs = model.session->run(inputs); !outputs.ok()) return outputs.status();
    if (i == 0) firstResultMs = steadyMs() - started;
  }
  Report report = model.session->report();
  report.readMs = times.readMs;
  report.parseMs = times.parseMs;
  const Json json = withLaunch(report, contextMs, firstResultMs);
  if (options.json.empty()) print(report);
  TEXFLOW_TRY(write(options, summarize({json}), json));
  return options.profile ? printProfile(*model.session, inputs, 5) : Status();
}

}  // namespace

Command addBench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  addModelOptions(app, *options, true);
  addShapeOption(app, options->shapes);
  app.add_option("--runs", options->runs, "runs after preparing")->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--seed", options->seed, "seed of the random inputs")->capture_default_str();
  app.add_option("--cold", options->cold,
                 "measure that many launches in processes of their own, with the driver's caches off unless --cache-dir")
      ->check(CLI::Range(1, 1000));
  app.add_option("--html", options->html, "write phases and the time of every run as a page to this file");
  app.add_option("--launched-at", options->launchedAt)->group("");
  app.add_option("--json", options->json, "write the report as JSON to this file, or to standard output for -");
  app.add_flag("--profile", options->profile, "also print the time of every kind of step and of the slowest steps");
  return [options] { return bench(*options); };
}

}  // namespace texflow::cli
