#include <map>

#include "plan/plan.h"

namespace texflow {
namespace {

// A specialised program must do this share of a run's work; a first draw costs about as much as a run of a small model.
constexpr double kLeastWork = 0.04;

struct Specialised {
  const char *name, *general;
};
// Kernels whose parameters and weights a general kernel reads, too; they differ by these defines.
constexpr Specialised kSpecialised[] = {{"conv_k", "conv"}, {"depthwise_k", "depthwise"}};
constexpr const char* kSpecialDefines[] = {"KW", "SX", "KH"};

/// Rough work of a draw in texel accesses; sums over channels and windows count by their length.
double workOf(const Plan& plan, const DrawStep& draw) {
  const auto layout = [&](int id) -> const TextureLayout& { return plan.tensors[static_cast<std::size_t>(id)].layout; };
  const auto texels = static_cast<double>(layout(draw.output).texels());
  const std::string& name = draw.kernel.name;
  const auto blocks = draw.inputs.empty() ? 1.0 : static_cast<double>(layout(draw.inputs[0]).blocks);
  const double taps = draw.params.size() > 1 ? static_cast<double>(draw.params[0]) * draw.params[1] : 1;
  if (name == "conv1x1") return texels * (1 + 2 * blocks);
  if (name == "dense") return texels * (1 + 5 * blocks);
  if (name == "conv" || name == "conv_k") return texels * (1 + 2 * blocks * taps);
  if (name == "depthwise" || name == "depthwise_k" || name == "pool") return texels * (1 + taps);
  double accesses = texels;
  for (int input : draw.inputs) accesses += static_cast<double>(layout(input).texels());
  return accesses;
}

}  // namespace

void shareKernels(Plan& plan) {
  double all = 0;
  std::map<std::string, double> work;
  std::vector<DrawStep*> draws;
  for (Step& step : plan.steps)
    if (auto* draw = std::get_if<DrawStep>(&step)) {
      draws.push_back(draw);
      all += workOf(plan, *draw);
      work[draw->kernel.text()] += workOf(plan, *draw);
    }
  for (const Specialised& family : kSpecialised) {
    bool generalIsUsed = false;
    std::map<std::string, int> rare;
    for (const DrawStep* draw : draws) {
      generalIsUsed = generalIsUsed || draw->kernel.name == family.general;
      const std::string key = draw->kernel.text();
      if (draw->kernel.name == family.name && work[key] < kLeastWork * all) ++rare[key];
    }
    if (rare.size() < (generalIsUsed ? 1u : 2u)) continue;
    for (DrawStep* draw : draws) {
      if (!rare.count(draw->kernel.text())) continue;
      draw->kernel.name = family.general;
      for (const char* define : kSpecialDefines)
        std::erase_if(draw->kernel.defines, [&](const auto& entry) { return entry.first == define; });
    }
  }
}

}  // namespace texflow
