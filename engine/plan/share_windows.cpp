// One program for pools and for depthwise convolutions of any window without dilation: the weights of a pool are ones.
#include <algorithm>

#include "plan/draw_work.h"
#include "plan/expression.h"

namespace texflow {
namespace {

// The shared program may do this share of a run's work: it takes about a tenth longer than those of its own.
constexpr double kMostWork = 0.3;
// Where the parameters of both kernels have their numbers: see conv.glsl and pool.glsl.
enum : std::size_t { kKernelHeight, kKernelWidth, kOutHeight, kHeight, kStrideY, kStrideX, kPadTop, kPadLeft };
constexpr std::size_t kDilationY = 8, kDilationX = 9, kChannels = 15, kParams = 16;
constexpr float kAllChannels = 1 << 22;

bool isPool(const DrawStep& draw) { return draw.kernel.name == "pool" && draw.params.size() >= kParams && draw.weights < 0; }
bool isDepthwise(const DrawStep& draw) {
  return draw.kernel.name == "depthwise" && draw.params.size() >= kParams && defineOf(draw.kernel, "ACT") == "0" &&
         draw.params[kDilationY] == 1 && draw.params[kDilationX] == 1;
}

/// Whether every window has a pixel: the mean of none is not a number, which the end of a convolution drops.
bool seesPixels(const Plan& plan, const DrawStep& draw) {
  const auto layout = [&](int id) -> const TextureLayout& { return plan.tensors[static_cast<std::size_t>(id)].layout; };
  const auto& p = draw.params;
  const auto lastOf = [](float outputs, float stride, float pad) { return (outputs - 1) * stride - pad; };
  return p[kPadTop] < p[kKernelHeight] && p[kPadLeft] < p[kKernelWidth] &&
         lastOf(p[kOutHeight], p[kStrideY], p[kPadTop]) < p[kHeight] &&
         lastOf(static_cast<float>(layout(draw.output).width), p[kStrideX], p[kPadLeft]) <
             static_cast<float>(layout(draw.inputs[0]).width);
}

/// The draw by the shared program; `ones` are the weights of a pool.
DrawStep shared(DrawStep draw, int ones) {
  if (isPool(draw)) {
    draw.kernel.defines.insert(draw.kernel.defines.begin(), {"ACT", "0"});
    draw.weights = ones;
  } else {
    draw.kernel.name = "pool";
    draw.params[kChannels] = kAllChannels;
  }
  return draw;
}

PlannedConstant weightsOfOnes() {
  PlannedConstant ones;
  ones.key = "weights of ones";
  // Bias, alpha and taps.
  ones.pack = [](WeightTexels& into) {
    into.assign(3, 3, 1);
    std::fill_n(into.texels.begin(), 12, 0.0F);
  };
  return ones;
}

/// Gives the shared program to the draws that can have it; with `known` programs to those that then have one of these.
void share(Plan& plan, const KnownPrograms* known) {
  const int ones = static_cast<int>(plan.constants.size());
  bool usesOnes = false;
  for (Step& step : plan.steps) {
    auto* draw = std::get_if<DrawStep>(&step);
    if (!draw || !(isDepthwise(*draw) || (isPool(*draw) && seesPixels(plan, *draw)))) continue;
    DrawStep candidate = shared(*draw, ones);
    if (known && (known->count(programText(*draw)) || !known->count(programText(candidate)))) continue;
    *draw = std::move(candidate);
    usesOnes = usesOnes || draw->weights == ones;
  }
  if (usesOnes) plan.constants.push_back(weightsOfOnes());
}

/// The programs that are to be compiled in the end.
std::size_t programsInTheEnd(Plan plan, bool sharesWindows, const KnownPrograms& compiled) {
  if (sharesWindows) share(plan, nullptr);
  shareEnds(plan);
  return newPrograms(plan, &compiled);
}

}  // namespace

void shareWindows(Plan& plan, const KnownPrograms* known, const KnownPrograms* compiled) {
  if (known) return share(plan, known);
  double all = 0, windows = 0;
  for (const Step& step : plan.steps) {
    const auto* draw = std::get_if<DrawStep>(&step);
    if (!draw) continue;
    const double work = drawWork(plan, *draw);
    all += work;
    if (isPool(*draw) || isDepthwise(*draw)) windows += work;
  }
  if (windows == 0 || windows > kMostWork * all) return;
  Plan draws;  // What programs depend on.
  draws.tensors = plan.tensors;
  draws.steps = plan.steps;
  KnownPrograms there;
  if (compiled)
    for (const std::string& program : *compiled) there.insert(wholeProgram(program));
  if (programsInTheEnd(draws, true, there) < programsInTheEnd(draws, false, there)) share(plan, nullptr);
}

}  // namespace texflow
