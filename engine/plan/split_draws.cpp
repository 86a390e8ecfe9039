// Draws of rare programs, made twice: a program that writes half of the layers is compiled in two thirds of the time.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plan/draw_work.h"

namespace texflow {
namespace {

// With fewer stripes less is saved.
constexpr int kSplitStripes = 8;
constexpr int kPartOutputs = 4;
// What all parts together may add to the work of a run.
constexpr double kMostExtra = 0.05;
// And the parts of one program that the device has already, where it lacks the whole.
constexpr double kMostExtraOfCompiled = 0.05;
// A draw more, as texel accesses: what a software device does in 30 microseconds.
constexpr double kDrawAccesses = 30000;
// Textures for weights and parameters come on top.
constexpr std::size_t kMostInputs = 5;

/// What two halves add to the work of a draw. Products fetch their weights for half as many pixels, kernels that share
/// columns fetch those between the halves twice; the others fetch their parameters.
double extraShare(std::string_view kernel) {
  if (kernel == "conv1x1" || kernel == "conv" || kernel == "conv_k" || kernel == "matmul") return 0.4;
  return kernel == "depthwise_k" ? 0.35 : 0.2;
}

bool canSplit(const DrawStep& draw) { return vectorsOf(draw) <= kParamsWidth && draw.inputs.size() <= kMostInputs; }

DrawStep partOf(DrawStep draw, int firstLayer) {
  draw.kernel.defines.emplace_back(kOutputsDefine, std::to_string(kPartOutputs));
  draw.firstLayer = firstLayer;
  return draw;
}

/// Programs, by programText(), whose draws are made twice.
std::set<std::string> splitPrograms(const Plan& plan, const PlanOptions& options) {
  const KnownPrograms* known = options.known;
  std::set<std::string> split, compiled;
  std::map<std::string, double> extra;
  double all = 0;
  const KnownPrograms* const there = options.compiledAlike();
  const auto has = [&](const std::string& program) { return there && there->count(program) > 0; };
  for (const Step& step : plan.steps) {
    const auto* draw = std::get_if<DrawStep>(&step);
    if (!draw) continue;
    const double work = drawWork(plan, *draw);
    all += work;
    if (!canSplit(*draw)) continue;
    const std::string program = programText(*draw), part = programText(partOf(*draw, 0));
    if (known && known->count(part)) split.insert(program);
    if (has(part)) compiled.insert(program);
    if (!has(program)) extra[program] += kDrawAccesses + extraShare(draw->kernel.name) * work;
  }
  if (known) return split;
  double left = kMostExtra * all;
  while (!extra.empty()) {
    const auto cheapest =
        std::min_element(extra.begin(), extra.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto& [program, accesses] = *cheapest;
    const bool isThere = compiled.count(program) > 0;
    if (isThere ? accesses <= kMostExtraOfCompiled * all : (left -= accesses) >= 0) split.insert(program);
    extra.erase(cheapest);
  }
  return split;
}

}  // namespace

std::string wholeProgram(std::string program) {
  const std::size_t at = program.find(std::string(" ") + kOutputsDefine + "=");
  return at == std::string::npos ? program : program.erase(at, program.find(' ', at + 1) - at);
}

void splitDraws(Plan& plan, const PlanOptions& options) {
  // The texture of parameters has a line for each part.
  const bool hasLines = 2 * plan.steps.size() <= static_cast<std::size_t>(options.maxTextureSize);
  if (options.stripes != kSplitStripes || !hasLines) return;
  const std::set<std::string> split = splitPrograms(plan, options);
  std::vector<Step> steps;
  for (Step& step : plan.steps) {
    const auto* draw = std::get_if<DrawStep>(&step);
    if (draw && split.count(programText(*draw)))
      for (int layer = 0; layer < kSplitStripes; layer += kPartOutputs) steps.emplace_back(partOf(*draw, layer));
    else steps.push_back(std::move(step));
  }
  plan.steps = std::move(steps);
}

}  // namespace texflow
