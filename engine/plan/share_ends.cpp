// Draws whose kernel also ends in elementwise work somewhere else take that program, with operands that change nothing.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string_view>

#include "plan/draw_work.h"
#include "plan/expression.h"

namespace texflow {
namespace {

// A program is saved for at most this share of a run's work in operands that change nothing.
constexpr double kMostExtra = 0.03;
// An operand costs its fetch, its address and the arithmetic of the end: counted as one access, movenet-lightning's 35
// products took 1.3 % more accesses and 4 % more time.
constexpr double kAccessesAnOperand = 4;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Elementwise work at the end of a draw, as fuse_draws.cpp writes it, and the operands that leave the sum as it is.
struct End {
  std::string_view shared, lets, expression;
  std::array<float, 2> operands;
  std::size_t operandCount;
  bool clamps = false;
};

constexpr std::string_view kSum = "vec4 b = sameTexel(in1, IN_LAYOUT(1), layer); vec4 t0 = a + b;";
constexpr std::string_view kChannels = "vec4 c = channelTexel(in2, IN_LAYOUT(2));";
constexpr End kEnds[] = {
    {"", "", "clampTo(a, K.x, K.y)", {}, 0, true},
    {"", "vec4 b = sameTexel(in1, IN_LAYOUT(1), layer);", "a + b", {0}, 1},
    {"", kSum, "clampTo(t0, K.x, K.y)", {0}, 1, true},
    {kChannels, kSum, "t0 + c", {0, 0}, 2},
    {kChannels, kSum, "mix(t0 * c, t0, greaterThan(t0, vec4(0.0)))", {0, 1}, 2},
    {"vec4 b = channelTexel(in1, IN_LAYOUT(1)); vec4 c = channelTexel(in2, IN_LAYOUT(2));",
     "vec4 t0 = a * b;",
     "t0 + c",
     {1, 0},
     2},
};

const End* endOf(const Kernel& kernel) {
  const ElementwiseWork work = workOf(kernel);
  for (const End& end : kEnds)
    if (work.shared == end.shared && work.lets == end.lets && work.expression == end.expression) return &end;
  return nullptr;
}

Kernel withEnd(Kernel kernel, const End& end) {
  setWork(kernel, {std::string(end.shared), std::string(end.lets), std::string(end.expression)});
  return kernel;
}

/// Whether the draw computes a product that ends in nothing but its activation, or a pool.
bool isPlain(const DrawStep& draw) {
  const bool ends = draw.kernel.name == "pool" || !defineOf(draw.kernel, "ACT").empty();
  return draw.inputs.size() == 1 && ends && defineOf(draw.kernel, "EXPR").empty();
}

std::string programWith(const DrawStep& draw, const End& end) {
  const std::size_t inputs = 1 + end.operandCount;
  const std::size_t vectors = vectorsOf(draw) + 4 * end.operandCount + (end.clamps ? 1 : 0);
  return programText(withEnd(draw.kernel, end), inputs, vectors, draw.weights >= 0);
}

class EndSharer {
 public:
  explicit EndSharer(Plan& plan) : plan_(plan) {}

  DrawStep shared(DrawStep draw, const End& end) {
    for (std::size_t i = 0; i < end.operandCount; ++i) draw.inputs.push_back(everywhere(draw, end.operands[i]));
    draw.params.resize((draw.params.size() + 3) / 4 * 4);
    if (end.clamps) draw.params.insert(draw.params.end(), {-kInfinity, kInfinity, 0, 0});
    draw.kernel = withEnd(std::move(draw.kernel), end);
    return draw;
  }

 private:
  /// A constant tensor of one texel a layer, which stands for a tensor of any size.
  int everywhere(const DrawStep& draw, float number) {
    if (const auto found = made_.find(number); found != made_.end()) return found->second;
    const int stripes = plan_.tensors[static_cast<std::size_t>(draw.output)].layout.stripes;
    const Shape shape{1, stripes, 4};
    PlannedConstant constant;
    constant.key = "everywhere " + std::to_string(number);
    constant.value = Tensor(DType::kFloat32, shape);
    std::fill_n(constant.value.mutableData<float>(), constant.value.size(), number);
    constant.layout = *layoutFor(shape, {stripes, stripes}, Striping::kPixels);
    PlannedTensor tensor;
    tensor.layout = constant.layout;
    tensor.root = static_cast<int>(plan_.tensors.size());
    tensor.constant = static_cast<int>(plan_.constants.size());
    tensor.isEverywhere = true;
    plan_.constants.push_back(std::move(constant));
    plan_.tensors.push_back(tensor);
    return made_[number] = tensor.root;
  }

  Plan& plan_;
  std::map<float, int> made_;
};

}  // namespace

void shareEnds(Plan& plan, const KnownPrograms* known) {
  const double all = runWork(plan);
  std::map<std::string, double> extra;     // By plain kernel: work of one more operand in all its draws.
  std::map<std::string, const End*> ends;  // By plain kernel: the least end that it has in this plan.
  std::vector<DrawStep*> plain;
  for (Step& step : plan.steps) {
    auto* draw = std::get_if<DrawStep>(&step);
    if (!draw) continue;
    if (isPlain(*draw)) {
      plain.push_back(draw);
      const TextureLayout& layout = plan.tensors[static_cast<std::size_t>(draw->output)].layout;
      extra[draw->kernel.text()] += kAccessesAnOperand * static_cast<double>(layout.texels());
    } else if (const End* end = endOf(draw->kernel)) {
      Kernel kernel = draw->kernel;
      setWork(kernel, {});
      const End*& least = ends[kernel.text()];
      if (!least || end->operandCount < least->operandCount) least = end;
    }
  }
  EndSharer sharer(plan);
  for (DrawStep* draw : plain) {
    const std::string kernel = draw->kernel.text();
    const auto found = ends.find(kernel);
    if (known ? known->count(programText(*draw)) > 0
              : found == ends.end() || extra[kernel] * static_cast<double>(found->second->operandCount) > kMostExtra * all)
      continue;
    const auto end = std::find_if(std::begin(kEnds), std::end(kEnds), [&](const End& candidate) {
      return known ? known->count(programWith(*draw, candidate)) > 0 : &candidate == found->second;
    });
    if (end != std::end(kEnds)) *draw = sharer.shared(std::move(*draw), *end);
  }
}

}  // namespace texflow
