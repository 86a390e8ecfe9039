// Draws without elementwise work at their end that take the program of those that have some.
#include <gtest/gtest.h>

#include "unit/draws.h"

namespace texflow {
namespace {

const char* const kSum = "vec4 b = sameTexel(in1, IN_LAYOUT(1), layer); vec4 t0 = a + b;";

/// A 1x1 convolution, then the sum with another tensor and a clamp.
void addResidual(Draws& draws, std::int64_t side, std::int64_t channels) {
  const int other = draws.tensor(side, channels);
  DrawStep& draw = draws.conv(side, channels);
  draw.inputs.push_back(other);
  draw.kernel.defines.emplace_back("LETS", kSum);
  draw.kernel.defines.emplace_back("EXPR", "clampTo(t0, K.x, K.y)");
  draw.params.insert(draw.params.end(), {0, 6, 0, 0});
}

TEST(ShareEnds, RareDrawsAddATensorOfZerosAndClampToEverything) {
  Draws draws;
  addResidual(draws, 64, 64);
  draws.conv(8, 64);
  shareEnds(draws.plan);
  const DrawStep& shared = draws.at(1);
  EXPECT_EQ(programText(shared), programText(draws.at(0)));
  ASSERT_EQ(shared.inputs.size(), 2u);
  const PlannedTensor& zeros = draws.plan.tensors[static_cast<std::size_t>(shared.inputs[1])];
  EXPECT_TRUE(zeros.isEverywhere);
  const Tensor& values = draws.plan.constants[static_cast<std::size_t>(zeros.constant)].value;
  for (std::int64_t i = 0; i < values.size(); ++i) EXPECT_EQ(values.number(i), 0);
  const float none = std::numeric_limits<float>::infinity();
  EXPECT_EQ(shared.params, (std::vector<float>{1, 1, 0, 6, -none, none, 0, 0}));
}

TEST(ShareEnds, DrawsThatDoMuchOfTheWorkKeepTheirProgram) {
  Draws draws;
  addResidual(draws, 64, 16);
  draws.conv(64, 16);  // Another operand would be a tenth of its accesses.
  shareEnds(draws.plan);
  EXPECT_EQ(draws.at(1).inputs.size(), 1u);
  EXPECT_TRUE(draws.plan.constants.empty());
}

TEST(ShareEnds, OtherShapesTakeAKnownProgramWhateverItCosts) {
  Draws draws;
  addResidual(draws, 64, 16);
  const KnownPrograms known{programText(draws.at(0))};
  Draws later;
  later.conv(64, 16);
  shareEnds(later.plan, &known);
  EXPECT_TRUE(known.count(programText(later.at(0))));
}

TEST(ShareEnds, APoolTakesTheProgramOfPoolsThatClamp) {
  Draws draws;
  draws.conv(64, 16);
  for (const bool clamps : {true, false}) {
    DrawStep& pool = draws.pool(8, 16);
    if (!clamps) continue;
    pool.kernel.defines.emplace_back("EXPR", "clampTo(a, K.x, K.y)");
    pool.params.insert(pool.params.end(), {0, 6, 0, 0});
  }
  shareEnds(draws.plan);
  EXPECT_EQ(programText(draws.at(2)), programText(draws.at(1)));
  EXPECT_EQ(draws.at(2).inputs.size(), 1u);
  EXPECT_EQ(draws.at(2).params[16], -std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace texflow
