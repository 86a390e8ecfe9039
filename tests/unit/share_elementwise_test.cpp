#include <gtest/gtest.h>

#include <limits>

#include "plan/plan.h"

namespace texflow {
namespace {

/// A plan of one large product and small elementwise draws.
struct PlanUnderTest {
  Plan plan;

  PlanUnderTest() { draw({"conv1x1", {{"ACT", "0"}}}, 256, 1, {}); }

  int tensor(std::int64_t side) {
    PlannedTensor tensor;
    tensor.root = static_cast<int>(plan.tensors.size());
    tensor.layout = *layoutFor({1, side, side, 16}, {8, 4096});
    plan.tensors.push_back(tensor);
    return tensor.root;
  }
  void draw(Kernel kernel, std::int64_t side, std::size_t inputs, std::vector<float> params) {
    DrawStep step;
    step.kernel = std::move(kernel);
    for (std::size_t i = 0; i < inputs; ++i) step.inputs.push_back(tensor(side));
    step.output = tensor(side);
    step.params = std::move(params);
    plan.steps.emplace_back(step);
  }
  /// The maps of operand i are 10 * i, the scalars 100 and up.
  void elementwise(const std::string& expression, std::size_t inputs, int same, const std::string& lets = "",
                   std::int64_t side = 8) {
    Kernel kernel{"elementwise", {{"EXPR", expression}}};
    if (!lets.empty()) kernel.defines.emplace_back("LETS", lets);
    kernel.defines.emplace_back("SAME", std::to_string(same));
    std::vector<float> params;
    for (std::size_t i = 0; i < inputs; ++i) params.insert(params.end(), 8, static_cast<float>(10 * i));
    for (int i = 0; i < 4; ++i) params.push_back(static_cast<float>(100 + i));
    draw(kernel, side, inputs, params);
  }
  const DrawStep& at(std::size_t step) const { return std::get<DrawStep>(plan.steps[step]); }
};

TEST(ShareElementwise, RareDrawsShareOneProgram) {
  PlanUnderTest test;
  test.elementwise("a * b", 2, 1);
  test.elementwise("clampTo(a, K.x, K.y)", 1, 1);
  test.elementwise("a - b", 2, 1);
  shareElementwise(test.plan);
  for (std::size_t step : {1u, 2u, 3u}) {
    EXPECT_EQ(test.at(step).kernel.text(), "elementwise EXPR=sharedForm(a, b) SAME=1");
    EXPECT_EQ(test.at(step).inputs.size(), 2u);
    EXPECT_EQ(test.at(step).params.size(), 24u);
    EXPECT_EQ(test.at(step).params.back(), 103);
  }
  const float none = std::numeric_limits<float>::infinity();
  const auto told = [&](std::size_t step) {  // How, sign, clamp and third operand.
    const std::vector<float>& params = test.at(step).params;
    return std::vector<float>{params[7], params[15], params[20], params[21], params[22]};
  };
  EXPECT_EQ(told(1), (std::vector<float>{1, 0, -none, none, 0}));
  EXPECT_EQ(told(2), (std::vector<float>{0, 0, 100, 101, 0}));
  EXPECT_EQ(told(3), (std::vector<float>{0, -1, -none, none, 0}));
  EXPECT_EQ(test.at(2).inputs[1], test.at(2).inputs[0]);
}

TEST(ShareElementwise, AChainOfThreeOperandsMakesTheProgramTakeThree) {
  PlanUnderTest test;
  test.elementwise("a + b", 2, 3);
  test.elementwise("t1 * c", 3, 5, "vec4 t0 = a + b; vec4 t1 = clampTo(t0, K.x, K.y);");
  test.elementwise("1.0 / (1.0 + exp(-a))", 1, 1);
  shareElementwise(test.plan);
  for (std::size_t step : {1u, 2u, 3u}) {
    EXPECT_EQ(test.at(step).kernel.text(), "elementwise EXPR=sharedForm(a, b, c) SAME=1");
    EXPECT_EQ(test.at(step).inputs.size(), 3u);
    EXPECT_EQ(test.at(step).params.size(), 32u);
  }
}

TEST(ShareElementwise, UnaryOpsShareAProgramOfOneOperand) {
  PlanUnderTest test;
  test.elementwise("log(a)", 1, 1);
  test.elementwise("1.0 / sqrt(a)", 1, 1);
  shareElementwise(test.plan);
  for (std::size_t step : {1u, 2u}) {
    EXPECT_EQ(test.at(step).kernel.text(), "elementwise EXPR=sharedForm(a) SAME=1");
    EXPECT_EQ(test.at(step).inputs.size(), 1u);
  }
  EXPECT_EQ(test.at(1).params[7], 6);
  EXPECT_EQ(test.at(2).params[7], 3);
}

TEST(ShareElementwise, OnlyWhatCostsLessTogetherIsShared) {
  PlanUnderTest test;
  test.elementwise("a + b", 2, 3);
  test.elementwise("clampTo(a, K.x, K.y)", 1, 1);
  shareElementwise(test.plan);
  EXPECT_EQ(test.at(1).kernel.text(), "elementwise EXPR=a + b SAME=3");
}

TEST(ShareElementwise, MuchWorkAndOtherExpressionsStayApart) {
  PlanUnderTest test;
  test.elementwise("a * b", 2, 1, "", 256);
  test.elementwise("a + b", 2, 1);
  test.elementwise("a - b", 2, 1);
  test.elementwise("tangentH(a)", 1, 1);
  test.elementwise("a - b", 2, 2);  // The shared program's first operand lies like the output.
  shareElementwise(test.plan);
  EXPECT_EQ(test.at(1).kernel.text(), "elementwise EXPR=a * b SAME=1");
  EXPECT_EQ(test.at(2).kernel.text(), "elementwise EXPR=sharedForm(a, b) SAME=1");
  EXPECT_EQ(test.at(4).kernel.text(), "elementwise EXPR=tangentH(a) SAME=1");
  EXPECT_EQ(test.at(5).kernel.text(), "elementwise EXPR=a - b SAME=2");
}

}  // namespace
}  // namespace texflow
