#include <gtest/gtest.h>

#include "plan/plan.h"

namespace texflow {
namespace {

constexpr int kSide = 64, kChannels = 16;

/// Tensors of one layout, and draws between them.
struct PlanUnderTest {
  Plan plan;

  int tensor(const Shape& shape = {1, kSide, kSide, kChannels}) {
    PlannedTensor fresh;
    fresh.root = static_cast<int>(plan.tensors.size());
    fresh.layout = *layoutFor(shape, {8, 4096});
    plan.tensors.push_back(fresh);
    return fresh.root;
  }
  void draw(Kernel kernel, int output, std::vector<int> inputs, std::vector<float> params) {
    DrawStep step;
    step.kernel = std::move(kernel);
    step.output = output;
    step.inputs = std::move(inputs);
    step.params = std::move(params);
    plan.steps.emplace_back(step);
  }
  void product(int output, int input) { draw({"conv1x1", {{"ACT", "0"}}}, output, {input}, std::vector<float>(8, 7)); }
  /// Maps of its operands count up from `first`; the scalars are `first` + 100 ...
  void elementwise(const std::string& expression, int output, const std::vector<int>& inputs, float first = 0) {
    std::vector<float> params;
    for (std::size_t i = 0; i < 8 * inputs.size(); ++i) params.push_back(first);
    for (int i = 0; i < 4; ++i) params.push_back(first + 100);
    draw({"elementwise", {{"EXPR", expression}}}, output, inputs, params);
  }
  const DrawStep& at(std::size_t step) const { return std::get<DrawStep>(plan.steps[step]); }
  std::string define(std::size_t step, const std::string& name) const {
    for (const auto& [key, value] : at(step).kernel.defines)
      if (key == name) return value;
    return "";
  }
};

TEST(FuseDraws, AResidualSumAndItsActivationEndTheConvolution) {
  PlanUnderTest test;
  const int input = test.tensor(), residual = test.tensor(), product = test.tensor(), sum = test.tensor(),
            output = test.tensor();
  test.product(product, input);
  test.elementwise("a + b", sum, {residual, product});
  test.elementwise("clampTo(a, K.x, K.y)", output, {sum}, 1);
  fuseDraws(test.plan);
  ASSERT_EQ(test.plan.steps.size(), 1u);
  EXPECT_EQ(test.at(0).kernel.name, "conv1x1");
  EXPECT_EQ(test.at(0).inputs, (std::vector<int>{input, residual}));
  EXPECT_EQ(test.at(0).output, output);
  EXPECT_EQ(test.define(0, "EXPR"), "clampTo(t0, K.x, K.y)");
  EXPECT_EQ(test.define(0, "LETS"), "vec4 b = sameTexel(in1, IN_LAYOUT(1), layer); vec4 t0 = a + b;");
  EXPECT_EQ(test.at(0).params.size(), 12u);
  EXPECT_EQ(test.at(0).params.back(), 101);
}

TEST(FuseDraws, AChainBecomesOneDrawWhoseScalarsKeepTheirOwners) {
  PlanUnderTest test;
  const int input = test.tensor(), other = test.tensor(), first = test.tensor(), second = test.tensor(),
            output = test.tensor();
  test.elementwise("a * K.x", first, {input}, 1);
  test.elementwise("a - b", second, {other, first}, 2);
  test.elementwise("max(a, K.y)", output, {second}, 3);
  fuseDraws(test.plan);
  ASSERT_EQ(test.plan.steps.size(), 1u);
  EXPECT_EQ(test.define(0, "LETS"), "vec4 t0 = a * K1.x; vec4 t1 = b - t0;");
  EXPECT_EQ(test.define(0, "EXPR"), "max(t1, K.y)");
  const std::vector<float>& params = test.at(0).params;
  ASSERT_EQ(params.size(), 2 * 8 + 2 * 4u);
  EXPECT_EQ(params[0], 1);
  EXPECT_EQ(params[8], 2);
  EXPECT_EQ(params[16], 101);
  EXPECT_EQ(params[20], 103);
}

TEST(FuseDraws, AValueWithTwoReadersKeepsItsDraw) {
  PlanUnderTest test;
  const int input = test.tensor(), product = test.tensor(), first = test.tensor(), second = test.tensor();
  test.product(product, input);
  test.elementwise("a + K.x", first, {product});
  test.elementwise("a * b", second, {product, first});
  fuseDraws(test.plan);
  EXPECT_EQ(test.at(0).kernel.name, "conv1x1");
  EXPECT_EQ(test.define(0, "EXPR"), "");
}

TEST(FuseDraws, AnOutputOfTheModelKeepsItsDraw) {
  PlanUnderTest test;
  const int input = test.tensor(), product = test.tensor(), output = test.tensor();
  test.product(product, input);
  test.elementwise("-a", output, {product});
  test.plan.onGpu[{0, 0}] = product;
  fuseDraws(test.plan);
  EXPECT_EQ(test.plan.steps.size(), 2u);
}

TEST(FuseDraws, AnOperandPerChannelIsReadByItsBlockAndOtherLayoutsKeepTheirDraw) {
  PlanUnderTest test;
  const int input = test.tensor(), product = test.tensor(), output = test.tensor(), scale = test.tensor({kChannels});
  test.product(product, input);
  test.elementwise("a * b", output, {product, scale});
  fuseDraws(test.plan);
  ASSERT_EQ(test.plan.steps.size(), 1u);
  EXPECT_EQ(test.define(0, "OPERANDS"), "vec4 b = channelTexel(in1, IN_LAYOUT(1));");

  PlanUnderTest column;
  const int from = column.tensor(), result = column.tensor(), to = column.tensor(), line = column.tensor({kSide, 1});
  column.product(result, from);
  column.elementwise("a * b", to, {result, line});
  fuseDraws(column.plan);
  EXPECT_EQ(column.plan.steps.size(), 2u);
}

/// A large product, and the sign of a small one in the same kernel. → the small one's input
int signOfASmallProduct(PlanUnderTest& test) {
  const int image = test.tensor(), large = test.tensor(), input = test.tensor({1, 16}), small = test.tensor({1, 16}),
            output = test.tensor({1, 16});
  test.product(large, image);
  test.product(small, input);
  test.elementwise("-a", output, {small});
  return input;
}

TEST(FuseDraws, ASmallMergeIsNotWorthAProgram) {
  PlanUnderTest test;
  const int input = signOfASmallProduct(test);
  test.elementwise("-a", test.tensor({1, 16}), {input});
  fuseDraws(test.plan);
  EXPECT_EQ(test.plan.steps.size(), 4u);
}

TEST(FuseDraws, ASmallMergeThatCostsNoProgramIsMade) {
  PlanUnderTest test;
  signOfASmallProduct(test);
  fuseDraws(test.plan);
  EXPECT_EQ(test.plan.steps.size(), 2u) << "the product and the sign, or the product with it: two programs either way";
}

TEST(FuseDraws, ASumEndsTheProductThoughItsOtherOperandIsCopiedLater) {
  PlanUnderTest test;
  const int input = test.tensor(), product = test.tensor(), copy = test.tensor(), output = test.tensor();
  test.product(product, input);
  test.draw({"move", {}}, copy, {input}, {});
  test.elementwise("a + b", output, {product, copy});
  fuseDraws(test.plan);
  ASSERT_EQ(test.plan.steps.size(), 2u);
  EXPECT_EQ(test.at(0).kernel.name, "move");
  EXPECT_EQ(test.at(1).kernel.name, "conv1x1");
  EXPECT_EQ(test.at(1).inputs, (std::vector<int>{input, copy}));
}

TEST(FuseDraws, AnActivationEndsThePoolBeforeIt) {
  PlanUnderTest test;
  const int input = test.tensor(), pooled = test.tensor(), output = test.tensor();
  test.draw({"pool", {}}, pooled, {input}, std::vector<float>(16, 1));
  test.elementwise("clampTo(a, K.x, K.y)", output, {pooled});
  fuseDraws(test.plan);
  ASSERT_EQ(test.plan.steps.size(), 1u);
  EXPECT_EQ(test.at(0).kernel.name, "pool");
  EXPECT_EQ(test.define(0, "EXPR"), "clampTo(a, K.x, K.y)");
  EXPECT_EQ(test.at(0).params.size(), 20u);
}

}  // namespace
}  // namespace texflow
