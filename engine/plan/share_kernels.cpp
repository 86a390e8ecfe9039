#include <map>
#include <set>

#include "plan/draw_work.h"
#include "plan/expression.h"

namespace texflow {
namespace {

// A specialised program must do this share of a run's work; a first draw costs about as much as a run of a small model.
constexpr double kLeastWork = 0.04;
// With two stripes a convolution fetches no more than 1.13 times as often by the general one, which has half of its code.
constexpr double kLeastWorkOfTwoStripes = 0.5;

struct Specialised {
  const char *name, *general;
};
// Kernels whose parameters and weights a general kernel reads, too; they differ by these defines.
constexpr Specialised kSpecialised[] = {{"conv_k", "conv"}, {"depthwise_k", "depthwise"}};
constexpr const char* kSpecialDefines[] = {"KW", "SX", "KH"};

/// The general kernel that does the same, without a name where there is none.
Kernel generalOf(Kernel kernel) {
  for (const Specialised& family : kSpecialised)
    if (kernel.name == family.name) {
      kernel.name = family.general;
      for (const char* define : kSpecialDefines)
        std::erase_if(kernel.defines, [&](const auto& entry) { return entry.first == define; });
      return kernel;
    }
  return {};
}

/// Whether the general kernel is compiled in far less time: with eight stripes three lines of 17 columns are written out
/// here, with four a loop over one of 9, for which SwiftShader does not need a program of its own either. First draws on
/// llvmpipe, natively: 145 to 207 ms against 95.
bool isDear(const Kernel& kernel) {
  return kernel.name == "depthwise_k" && defineOf(kernel, "KW") == "3" && defineOf(kernel, "SX") == "2";
}

bool isRare(const Kernel& kernel, double share, int stripes) {
  return share < (kernel.name == "conv_k" && stripes == 2 ? kLeastWorkOfTwoStripes : kLeastWork);
}

}  // namespace

void shareKernels(Plan& plan, const KnownPrograms* known) {
  const double all = runWork(plan);
  std::map<std::string, double> work;
  std::vector<DrawStep*> draws;
  for (Step& step : plan.steps)
    if (auto* draw = std::get_if<DrawStep>(&step)) {
      draws.push_back(draw);
      work[draw->kernel.text()] += drawWork(plan, *draw);
    }
  std::map<std::string, std::set<std::string>> rare;  // By the general kernel.
  for (const DrawStep* draw : draws) {
    const std::string kernel = draw->kernel.text();
    const Kernel general = generalOf(draw->kernel);
    if (!general.name.empty() && isRare(draw->kernel, work[kernel] / all, plan.stripes)) rare[general.text()].insert(kernel);
  }
  for (DrawStep* draw : draws) {
    const Kernel general = generalOf(draw->kernel);
    if (known && !general.name.empty()) {
      if (known->count(programText(*draw))) continue;
      if (known->count(programText(general, draw->inputs.size(), vectorsOf(*draw), draw->weights >= 0))) {
        draw->kernel = general;
        continue;
      }
    }
    const auto found = rare.find(general.text());
    if (found == rare.end() || !found->second.count(draw->kernel.text())) continue;
    if (found->second.size() > 1 || work.count(found->first) || isDear(draw->kernel)) draw->kernel = general;
  }
}

}  // namespace texflow
