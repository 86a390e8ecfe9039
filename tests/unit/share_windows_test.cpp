// Pools and depthwise convolutions that share a program.
#include <gtest/gtest.h>

#include <limits>

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
  EXPECT_EQ(pool.kernel.name, "depthwise");
  EXPECT_EQ(depthwise.weights, 1);
  const float none = std::numeric_limits<float>::infinity();
  EXPECT_EQ(pool.params, (std::vector<float>{2, 2, 16, 16, 1, 1, 0, 0, 1, 1, 0, 1.0F / 3, -none, none, 2, 16}));
  const WeightTexels weights = draws.plan.constants.at(static_cast<std::size_t>(pool.weights)).pack();
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
  EXPECT_EQ(draws.at(1).kernel.name, "pool");
  EXPECT_TRUE(draws.plan.constants.empty());
}

TEST(ShareWindows, PoolsAloneKeepTheirSmallerProgram) {
  Draws draws;
  draws.conv(64, 64);
  draws.pool(16, 16);
  shareWindows(draws.plan);
  EXPECT_EQ(draws.at(1).kernel.name, "pool");
}

TEST(ShareWindows, NothingIsSharedWhereAWindowMayLieInThePaddingAltogether) {
  Draws draws = rareWindows();
  draws.pool(16, 16).params[6] = 2;  // The mean of nothing is not a number.
  shareWindows(draws.plan);
  for (std::size_t step : {1u, 3u}) EXPECT_EQ(draws.at(step).kernel.name, "pool");
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
