// Pools and depthwise convolutions that share a program.
#include <gtest/gtest.h>

#include "unit/draws.h"

namespace texflow {
namespace {

/// Much work, then a pool and a depthwise convolution that do little.
Draws rareWindows() {
  Draws draws;
  draws.conv(64, 64);
  draws.pool(16, 16);
  draws.depthwise(16, 16);
  return draws;
}

TEST(ShareWindows, RarePoolsAndDepthwiseConvolutionsBecomeOneProgram) {
  Draws draws = rareWindows();
  shareWindows(draws.plan);
  const DrawStep &pool = draws.at(1), &depthwise = draws.at(2);
  EXPECT_EQ(programText(pool), programText(depthwise));
  EXPECT_EQ(pool.kernel.name, "pool");
  EXPECT_EQ(depthwise.weights, 1);
  EXPECT_EQ(pool.params[15], 16) << "channels beyond are zeros";
  EXPECT_GT(depthwise.params[15], 1 << 20);
  WeightTexels weights;
  draws.plan.constants.at(static_cast<std::size_t>(pool.weights)).pack(weights);
  EXPECT_EQ(weights.width, 3);
  ASSERT_EQ(weights.texels.size(), 36u);
  EXPECT_EQ(weights.texels.front(), 0);  // Bias.
  EXPECT_EQ(weights.texels[12], 1);      // Alpha.
  EXPECT_EQ(weights.texels.back(), 1);
}

TEST(ShareWindows, WhatDoesMuchOfTheWorkKeepsItsProgram) {
  Draws draws;
  draws.conv(16, 16);
  draws.pool(64, 16);
  draws.depthwise(64, 16);
  shareWindows(draws.plan);
  EXPECT_LT(draws.at(1).weights, 0);
  EXPECT_TRUE(draws.plan.constants.empty());
}

TEST(ShareWindows, PoolsAloneKeepTheirSmallerProgram) {
  Draws draws;
  draws.conv(64, 64);
  draws.pool(16, 16);
  shareWindows(draws.plan);
  EXPECT_LT(draws.at(1).weights, 0);
}

TEST(ShareWindows, NothingIsSharedWhereAWindowMayLieInThePaddingAltogether) {
  Draws draws = rareWindows();
  draws.pool(16, 16).params[6] = 2;  // The mean of nothing is not a number.
  shareWindows(draws.plan);
  for (std::size_t step : {1u, 3u}) EXPECT_LT(draws.at(step).weights, 0);
}

TEST(ShareWindows, OtherShapesTakeAKnownProgram) {
  Draws draws = rareWindows();
  shareWindows(draws.plan);
  const KnownPrograms known{programText(draws.at(1))};
  Draws later;
  later.pool(64, 16);
  shareWindows(later.plan, &known);
  EXPECT_TRUE(known.count(programText(later.at(0))));
}

}  // namespace
}  // namespace texflow
