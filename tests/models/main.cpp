// model_tests [--api gles|gl33] [--only MODEL] [--skip-if-absent] CASES_FOLDER MODELS_FOLDER
// Runs every case whose model has been fetched, one line a case; models that are absent are named.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>

#include "models/model_cases.h"
#include "texflow/context.h"
#include "texflow/loader.h"
#include "texflow/session.h"

namespace texflow::models {
namespace {

constexpr int kSkipped = 77;                  // ctest's SKIP_RETURN_CODE
constexpr std::int64_t kSmallPlan = 1 << 20;  // Below it a line more or less is a large share.
constexpr double kMostOverBound = 1.5;        // Texture bytes over what lives at once.
constexpr int kMostPrograms = 25;
// Of all models together, one prepared after the other in one context; maxim, handtrack and faceboxes apart, whose ops no
// other model has.
constexpr std::size_t kMostProgramsTogether = 45;
constexpr std::string_view kApart[] = {"maxim", "handtrack", "faceboxes"};

// Models that need what the engine does not have yet; any other model that fails is a failure.
struct NotYet {
  std::string_view model, needs;
};
constexpr NotYet kNotYet[] = {{"handtrack", "control flow"}, {"faceboxes", "control flow"}};

std::string_view needsOf(const std::string& model) {
  for (const NotYet& entry : kNotYet) {
    if (entry.model == model) return entry.needs;
  }
  return {};
}

struct Options {
  std::string api = "gles", only;
  bool skipIfAbsent = false;
  std::vector<std::string> folders;
};

const NamedTensor* findOutput(const std::vector<NamedTensor>& outputs, const CaseOutput& want) {
  for (const std::string& name : {want.name, want.node, want.name.substr(0, want.name.find(':'))}) {
    for (const NamedTensor& output : outputs) {
      if (!name.empty() && output.name == name) return &output;
    }
  }
  return nullptr;
}

// The worst output relative to its limit, and the first problem.
struct Outcome {
  std::string problem;
  double relative = 0, limit = 0, largest = 0;
  double textures = 0;  ///< Planned texture bytes / lower bound.
};

Outcome runCase(const ModelCase& modelCase, Session& session) {
  Outcome outcome;
  std::map<std::string, Tensor> inputs;
  for (const CaseInput& input : modelCase.inputs) inputs.emplace(input.name, makeInput(input));
  const auto outputs = session.run(inputs);
  if (!outputs.ok()) {
    outcome.problem = outputs.status().message();
    return outcome;
  }
  double worst = -1;
  for (const CaseOutput& want : modelCase.outputs) {
    const NamedTensor* output = findOutput(*outputs, want);
    const Comparison result = output ? compare(want, output->value) : Comparison{0, 0, "missing"};
    if (!result.problem.empty() && outcome.problem.empty()) outcome.problem = want.name + ": " + result.problem;
    outcome.largest = std::max(outcome.largest, result.largest);
    const double share = want.tolerance > 0 ? result.relative / want.tolerance : result.relative;
    if (share > worst) {
      worst = share;
      outcome.relative = result.relative;
      outcome.limit = want.tolerance;
    }
  }
  const Report report = session.report();
  const double share = static_cast<double>(report.textureBytesPlanned) / static_cast<double>(report.textureBytesLowerBound);
  outcome.textures = share;
  if (share > kMostOverBound && report.textureBytesPlanned > kSmallPlan && outcome.problem.empty()) {
    outcome.problem = "textures of " + std::to_string(report.textureBytesPlanned) + " bytes, " + std::to_string(share) +
                      " times the lower bound";
  }
  const int programs = report.programsUsed;
  if (programs > kMostPrograms && outcome.problem.empty()) {
    outcome.problem = std::to_string(programs) + " programs, at most " + std::to_string(kMostPrograms) + " are allowed";
  }
  return outcome;
}

// A model of any batch runs two at once with the programs that it has.
std::string runAtAnotherBatch(const ModelCase& modelCase, Session& session) {
  for (const Endpoint& endpoint : session.graph().inputs)
    if (!endpoint.knownRank || endpoint.shape.empty() || endpoint.shape[0] >= 0) return {};
  std::map<std::string, Tensor> inputs;
  for (const CaseInput& input : modelCase.inputs) {
    Shape shape = input.shape;
    shape[0] *= 2;
    inputs.emplace(input.name, Tensor(input.dtype, shape));
  }
  const int before = session.report().programsCompiled;
  if (const auto outputs = session.run(inputs); !outputs.ok()) return outputs.status().message();
  const int compiled = session.report().programsCompiled - before;
  return compiled ? std::to_string(compiled) + " programs compiled for another batch" : "";
}

/// Prepared for the sizes of one case: afterwards the host has no copy of most weights, and other sizes must do without.
Result<std::unique_ptr<Session>> open(const std::string& path, const ModelCase& modelCase, Context* context) {
  TEXFLOW_ASSIGN(Graph graph, loadGraphModel(path));
  TEXFLOW_ASSIGN(std::unique_ptr<Session> session, Session::create(std::move(graph), context));
  PrepareOptions options;
  for (const CaseInput& input : modelCase.inputs) options.inputShapes[input.name] = input.shape;
  TEXFLOW_TRY(session->prepare(options));
  return session;
}

int run(const Options& options) {
  auto cases = readCases(options.folders[0]);
  if (!cases.ok()) {
    std::cerr << cases.status().message() << "\n";
    return options.skipIfAbsent ? kSkipped : 1;
  }
  auto context = makeEglContext(options.api == "gles" ? GlApi::kGles3 : GlApi::kGl33);
  if (!context.ok() || !(*context)->makeCurrent().ok()) {
    std::cerr << (context.ok() ? "The context cannot be made current." : context.status().message()) << "\n";
    return 1;
  }
  int passed = 0, failed = 0, skipped = 0;
  std::string model;
  std::set<std::string> together;
  Result<std::unique_ptr<Session>> session = Status::invalid("no session");
  for (const ModelCase& modelCase : *cases) {
    if (!options.only.empty() && options.only != modelCase.model && options.only != modelCase.id) continue;
    const std::string path = options.folders[1] + "/" + modelCase.path;
    const std::string needs(needsOf(modelCase.model));
    if (!needs.empty() || !std::ifstream(path)) {
      std::printf("skip %-28s %s\n", modelCase.id.c_str(),
                  needs.empty() ? (modelCase.path + " is absent").c_str() : ("needs " + needs).c_str());
      ++skipped;
      continue;
    }
    // All cases of one model run on one session: other sizes must not need another one.
    const auto start = std::chrono::steady_clock::now();
    const bool first = model != modelCase.model;
    if (first) session = open(path, modelCase, context->get());
    model = modelCase.model;
    Outcome outcome = session.ok() ? runCase(modelCase, **session) : Outcome{session.status().message()};
    const bool apart = std::any_of(std::begin(kApart), std::end(kApart),
                                   [&](std::string_view prefix) { return model.starts_with(prefix); });
    if (first && session.ok() && outcome.problem.empty() && !apart) {
      for (const Manifest::Program& program : (*session)->manifest().programs) together.insert(Manifest{{program}}.toJson());
      outcome.problem = runAtAnotherBatch(modelCase, **session);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++(outcome.problem.empty() ? passed : failed);
    std::printf("%s %-28s relL2 %.1e (limit %.0e) maxAbs %.1e  %2d programs, textures %.2f, %5.2f s  %s\n",
                outcome.problem.empty() ? "ok  " : "FAIL", modelCase.id.c_str(), outcome.relative, outcome.limit,
                outcome.largest, session.ok() ? (*session)->report().programsUsed : 0, outcome.textures, seconds,
                outcome.problem.c_str());
    std::fflush(stdout);
  }
  session = Status::invalid("closed");  // before its context
  std::printf("%zu programs together, at most %zu are allowed\n", together.size(), kMostProgramsTogether);
  failed += together.size() > kMostProgramsTogether ? 1 : 0;
  std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  if (failed) return 1;
  return passed ? 0 : options.skipIfAbsent ? kSkipped : 1;
}

}  // namespace
}  // namespace texflow::models

int main(int argc, char** argv) {
  texflow::models::Options options;
  bool understood = true;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (arg == "--api" && (value == "gles" || value == "gl33")) {
      options.api = argv[++i];
    } else if (arg == "--only" && !value.empty()) {
      options.only = argv[++i];
    } else if (arg == "--skip-if-absent") {
      options.skipIfAbsent = true;
    } else if (!arg.starts_with("--")) {
      options.folders.push_back(arg);
    } else {
      understood = false;
    }
  }
  if (!understood || options.folders.size() != 2) {
    std::cerr << "Usage: model_tests [--api gles|gl33] [--only MODEL|CASE] CASES_FOLDER MODELS_FOLDER\n";
    return 1;
  }
  return texflow::models::run(options);
}
