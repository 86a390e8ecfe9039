#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "plan/draw_work.h"
#include "plan/expression.h"

namespace texflow {
namespace {

// Programs that do more of a run's work stay as they are: the shared one finds its operands at any place and picks among all
// its expressions.
constexpr double kLeastWork = 0.05;

/// What an elementwise draw computes, as fuse_draws.cpp writes it, and what tells sharedForm() of shaders/elementwise.glsl
/// so.
struct Form {
  std::string_view lets, expression;
  std::size_t operands;
  float how, sign = 0, third = 0;
  bool clamps = false;
};

using Forms = std::span<const Form>;

constexpr Form kUnaryForms[] = {
    {"", "-a", 1, 0},      {"", "a * a", 1, 1},  {"", "sqrt(a)", 1, 2}, {"", "1.0 / sqrt(a)", 1, 3},
    {"", "1.0 / a", 1, 4}, {"", "exp(a)", 1, 5}, {"", "log(a)", 1, 6}};
constexpr Form kForms[] = {
    {"", "a + b", 2, 0, 1},
    {"", "a * b", 2, 1},
    {"", "a - b", 2, 0, -1},
    {"", "1.0 / (1.0 + exp(-a))", 1, -1},
    {"", "clampTo(a, K.x, K.y)", 1, 0, 0, 0, true},
    {"vec4 t0 = a + b;", "clampTo(t0, K.x, K.y)", 2, 0, 1, 0, true},
    {"vec4 t0 = a * b;", "t0 + c", 3, 1, 0, -1},
    {"vec4 t0 = a + b; vec4 t1 = clampTo(t0, K.x, K.y);", "t1 * c", 3, 0, 1, 1, true},
};

int sameMask(const DrawStep& draw) {
  const std::string_view mask = defineOf(draw.kernel, "SAME");
  return mask.empty() ? 0 : std::stoi(std::string(mask));
}

/// The draw's form, null for draws that cannot share: the shared program's first operand lies like the output.
const Form* formOf(const DrawStep& draw, Forms forms) {
  if (draw.kernel.name != "elementwise" || (sameMask(draw) & 1) == 0) return nullptr;
  for (const Form& form : forms)
    if (defineOf(draw.kernel, "LETS") == form.lets && defineOf(draw.kernel, "EXPR") == form.expression &&
        draw.inputs.size() == form.operands)
      return &form;
  return nullptr;
}

/// Milliseconds of a first draw on llvmpipe, as measured: operands at any place have dearer addresses.
double ownProgramMs(const DrawStep& draw) {
  double ms = 45;
  for (std::size_t k = 0; k < draw.inputs.size(); ++k) ms += (sameMask(draw) >> k) & 1 ? 8 : 20;
  return ms;
}
double sharedProgramMs(std::size_t operands) { return operands == 1 ? 80 : operands == 2 ? 116 : 145; }

Kernel sharedKernel(std::size_t operands) {
  constexpr const char* kCalls[] = {"sharedForm(a)", "sharedForm(a, b)", "sharedForm(a, b, c)"};
  return {"elementwise", {{"EXPR", kCalls[operands - 1]}, {"SAME", "1"}}};
}

void shareDraw(DrawStep& draw, const Form& form, std::size_t operands) {
  const std::vector<float> map(draw.params.begin(), draw.params.begin() + 8);
  const auto mapsEnd = [&] { return draw.params.begin() + static_cast<std::ptrdiff_t>(8 * draw.inputs.size()); };
  while (draw.inputs.size() < operands) {  // Operands that the form does not read.
    draw.params.insert(mapsEnd(), map.begin(), map.end());
    draw.inputs.push_back(draw.inputs[0]);
  }
  // One size of block, so that it is one program: the scalars end it.
  const std::size_t size = 8 * operands + (operands == 1 ? 4 : 8);
  if (draw.params.size() < size) draw.params.insert(mapsEnd(), size - draw.params.size(), 0.0F);
  draw.params[7] = form.how;
  if (operands > 1) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    draw.params[15] = form.sign;
    float* scalars = draw.params.data() + draw.params.size() - 4;
    if (!form.clamps) scalars[0] = -kInfinity, scalars[1] = kInfinity;
    scalars[2] = form.third;
  }
  draw.kernel = sharedKernel(operands);
}

/// Draws without a known program take a known shared one.
void shareUnknown(Plan& plan, Forms forms, std::size_t least, const KnownPrograms& known) {
  for (Step& step : plan.steps) {
    auto* draw = std::get_if<DrawStep>(&step);
    if (!draw || known.count(programText(*draw))) continue;
    const Form* form = formOf(*draw, forms);
    for (std::size_t operands = std::max(least, draw->inputs.size()); form && operands <= 3; ++operands) {
      if (least == 1 && operands > 1) break;  // Its forms have a program of their own.
      DrawStep shared = *draw;
      shareDraw(shared, *form, operands);
      if (!known.count(programText(shared))) continue;
      *draw = std::move(shared);
      break;
    }
  }
}

/// Shares one program of at least `operands` operands among the rare draws of these forms.
void share(Plan& plan, Forms forms, std::size_t operands) {
  double all = 0;
  std::map<std::string, double> work;
  std::vector<DrawStep*> draws;
  for (Step& step : plan.steps)
    if (auto* draw = std::get_if<DrawStep>(&step)) {
      const double own = drawWork(plan, *draw);
      all += own;
      if (!formOf(*draw, forms)) continue;
      draws.push_back(draw);
      work[draw->kernel.text()] += own;
    }
  double apart = 0;
  std::set<std::string> rare;
  for (const DrawStep* draw : draws) {
    const std::string kernel = draw->kernel.text();
    if (work[kernel] >= kLeastWork * all || !rare.insert(kernel).second) continue;
    apart += ownProgramMs(*draw);
    operands = std::max(operands, draw->inputs.size());
  }
  if (apart <= sharedProgramMs(operands)) return;
  for (DrawStep* draw : draws)
    if (rare.count(draw->kernel.text())) shareDraw(*draw, *formOf(*draw, forms), operands);
}

}  // namespace

void shareElementwise(Plan& plan, const KnownPrograms* known) {
  if (known) {
    shareUnknown(plan, kUnaryForms, 1, *known);
    shareUnknown(plan, kForms, 2, *known);
    return;
  }
  share(plan, kUnaryForms, 1);
  share(plan, kForms, 2);
}

}  // namespace texflow
