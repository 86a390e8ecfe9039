// conformance [--backend host|fast|gl] [--stripes 1|2|4|8] [--kernel NAME] [--per-kernel N] [--every-op-of LIST] FILE
// Runs the kernel vectors or TensorFlow op cases of FILE (jsonl, gzip or plain). With --every-op-of an op of that list and
// of the table that no case runs is a failure, too. The last line is "N passed, N failed, N skipped".
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "conformance/compare.h"
#include "conformance/runner.h"
#include "ops/op.h"
#ifdef TEXFLOW_HAS_GL
#include "conformance/op_case.h"
#endif

namespace texflow::conformance {
namespace {

constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE

struct Options {
  std::string file, backend = "host", kernel, everyOpOf;
  int perKernel = 1 << 30, stripes = 0;
  bool skipIfAbsent = false;
};

struct Tally {
  int passed = 0, failed = 0, skipped = 0, seen = 0;
  std::map<std::string, int> reasons;
};

// Lines of a text file through gzip, which hands plain text through as it is (-f).
class Lines {
 public:
  explicit Lines(const std::string& path) {
    std::string quoted;
    for (char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    pipe_ = popen(("gzip -dcf -- '" + quoted + "'").c_str(), "r");
  }
  ~Lines() {
    if (pipe_) pclose(pipe_);
    std::free(line_);
  }
  bool next(std::string& line) {
    const ssize_t length = pipe_ ? getline(&line_, &capacity_, pipe_) : -1;
    if (length < 0) return false;
    line.assign(line_, std::size_t(length));
    return true;
  }

 private:
  FILE* pipe_ = nullptr;
  char* line_ = nullptr;
  std::size_t capacity_ = 0;
};

// The first op of the case that the engine lacks, or nothing.
std::string missingOp(const MappedCase& mapped) {
  if (!findOp(mapped.node.op)) return mapped.node.op;
  for (const MappedCase::Step& step : mapped.then) {
    if (!findOp(step.node.op)) return step.node.op;
  }
  return {};
}

void runCase(const VectorCase& vector, Runner& runner, Tally& tally, std::set<std::string>& ops) {
  const MappedCase mapped = mapCase(vector);
  ops.insert(mapped.node.op);
  if (const std::string missing = missingOp(mapped); !missing.empty()) {
    ++tally.skipped;
    ++tally.reasons["this engine has no op " + missing];
    return;
  }
  std::string problem = mapped.problem;
  if (problem.empty()) {
    auto outputs = runner.run(mapped, vector.outputs.size());
    if (outputs.ok() && mapped.dropsBatch) {
      for (Tensor& output : *outputs) {
        Shape shape = output.shape();
        shape.insert(shape.begin(), 1);
        output = output.reshaped(std::move(shape));
      }
    }
    problem = outputs.ok() ? difference(*outputs, vector.outputs) : outputs.status().message();
  }
  if (problem.empty()) {
    ++tally.passed;
    return;
  }
  ++tally.failed;
  std::cout << "FAIL " << vector.kernel << " (line " << vector.line << ", " << vector.spec << "): " << problem << "\n";
}

#ifdef TEXFLOW_HAS_GL
void runGraph(const std::string& line, const Options& options, Context* context, std::map<std::string, Tally>& kernels) {
  const Json json = Json::parse(line, nullptr, false);
  if (!options.kernel.empty() && json.value("op", "") != options.kernel) return;
  Tally& tally = kernels[json.value("op", "")];
  if (tally.seen++ >= options.perKernel) return;
  const OpResult result = runOpCase(json, context);
  if (!result.skip.empty()) {
    ++tally.skipped;
    ++tally.reasons[result.skip];
  } else if (result.problem.empty()) {
    ++tally.passed;
  } else {
    ++tally.failed;
    std::cout << "FAIL " << result.name << ": " << result.problem << "\n";
  }
}
#endif

// Names the ops that the table and the list (one a line) share and that are not among `ops`, and counts them.
int uncovered(const std::string& list, const std::set<std::string>& ops) {
  std::ifstream file(list);
  int count = 0, listed = 0;
  for (std::string op; std::getline(file, op); ++listed) {
    if (!findOp(op) || ops.count(op)) continue;
    std::cout << "FAIL " << op << ": no case runs this op\n";
    ++count;
  }
  if (listed == 0) std::cout << "FAIL the list of ops '" << list << "' is empty or absent\n";
  return listed == 0 ? 1 : count;
}

int run(const Options& options) {
  FILE* file = std::fopen(options.file.c_str(), "rb");
  if (!file) {
    std::cerr << "The vectors '" << options.file << "' cannot be opened.\n";
    return options.skipIfAbsent ? kSkipped : 1;
  }
  std::fclose(file);
  std::unique_ptr<Runner> runner = makeHostRunner(options.backend == "fast");
  if (options.backend == "gl") {
#ifdef TEXFLOW_HAS_GL
    auto gl = makeGlRunner(options.stripes);
    if (!gl.ok()) {
      std::cerr << gl.status().message() << "\n";
      return 1;
    }
    runner = std::move(*gl);
#else
    std::cerr << "This binary was built without GL.\n";
    return 1;
#endif
  }

  std::map<std::string, Tally> kernels;
  std::set<std::string> ops;
  Lines lines(options.file);
  int number = 0;
  for (std::string line; lines.next(line);) {
    ++number;
    if (line.find("\"graph_def\"") != std::string::npos) {
#ifdef TEXFLOW_HAS_GL
      runGraph(line, options, options.backend == "gl" ? runner->context() : nullptr, kernels);
      continue;
#else
      std::cerr << "This binary was built without sessions, which graphs need.\n";
      return options.skipIfAbsent ? kSkipped : 1;
#endif
    }
    auto vector = parseCase(line, number);
    if (!vector.ok()) {
      std::cerr << vector.status().message() << "\n";
      return 1;
    }
    if (!options.kernel.empty() && vector->kernel != options.kernel) continue;
    Tally& tally = kernels[vector->kernel];
    if (tally.seen++ < options.perKernel) runCase(*vector, *runner, tally, ops);
  }
  Tally total;
  if (!options.everyOpOf.empty()) total.failed = uncovered(options.everyOpOf, ops);
  for (const auto& [kernel, tally] : kernels) {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    for (const auto& [reason, count] : tally.reasons) {
      std::cout << "skip " << kernel << ": " << count << " (" << reason << ")\n";
    }
  }
  for (const auto& [kernel, tally] : kernels) {
    if (tally.failed) std::cout << kernel << ": " << tally.failed << " of " << tally.failed + tally.passed << " failed\n";
  }
  std::cout << total.passed << " passed, " << total.failed << " failed, " << total.skipped << " skipped\n";
  return total.failed || total.passed + total.skipped == 0 ? 1 : 0;
}

}  // namespace
}  // namespace texflow::conformance

int main(int argc, char** argv) {
  texflow::conformance::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (arg == "--backend" && (value == "host" || value == "fast" || value == "gl")) {
      options.backend = argv[++i];
    } else if (arg == "--kernel" && !value.empty()) {
      options.kernel = argv[++i];
    } else if (arg == "--per-kernel" && std::atoi(value.c_str()) > 0) {
      options.perKernel = std::atoi(argv[++i]);
    } else if (arg == "--skip-if-absent") {
      options.skipIfAbsent = true;
    } else if (arg == "--every-op-of" && !value.empty()) {
      options.everyOpOf = argv[++i];
    } else if (arg == "--stripes" && std::atoi(value.c_str()) > 0) {
      options.stripes = std::atoi(argv[++i]);
    } else if (arg.starts_with("--") || !options.file.empty()) {
      std::cerr << "Argument '" << arg << "' is not understood.\n"
                << "Usage: conformance [--backend host|fast|gl] [--stripes 1|2|4|8] [--kernel NAME] [--per-kernel N] "
                   "[--every-op-of LIST] FILE\n";
      return 1;
    } else {
      options.file = arg;
    }
  }
  return texflow::conformance::run(options);
}
