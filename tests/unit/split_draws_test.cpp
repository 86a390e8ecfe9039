// Draws of rare programs, made twice.
#include <gtest/gtest.h>

#include "plan/draw_work.h"
#include "unit/draws.h"

namespace texflow {
namespace {

PlanOptions withStripes(int stripes) {
  PlanOptions options;
  options.stripes = stripes;
  return options;
}

TEST(SplitDraws, RareProgramsWriteHalfOfTheLayersTwice) {
  Draws draws;
  draws.conv(128, 128);
  draws.pool(16, 16);
  const double work = drawWork(draws.plan, draws.at(1));
  splitDraws(draws.plan, withStripes(8));
  ASSERT_EQ(draws.plan.steps.size(), 3u);
  EXPECT_EQ(draws.at(0).kernel.outputs(8), 8);
  for (std::size_t part : {1u, 2u}) {
    EXPECT_EQ(draws.at(part).kernel.outputs(8), 4);
    EXPECT_EQ(draws.at(part).firstLayer, part == 1 ? 0 : 4);
    EXPECT_EQ(drawWork(draws.plan, draws.at(part)), work / 2);
  }
}

TEST(SplitDraws, WhatWouldLengthenARunStaysWhole) {
  Draws draws;
  draws.conv(32, 32);
  draws.pool(32, 32);
  splitDraws(draws.plan, withStripes(8));
  EXPECT_EQ(draws.plan.steps.size(), 2u);
}

TEST(SplitDraws, FewerStripesAreNotSplit) {
  Draws draws;
  draws.conv(128, 128, 4);
  draws.draw({"softmax", {}}, 16, 16, {}, 4);
  splitDraws(draws.plan, withStripes(4));
  EXPECT_EQ(draws.plan.steps.size(), 2u);
}

TEST(SplitDraws, OtherShapesAreSplitAsThoseThatWerePrepared) {
  Draws draws;
  draws.conv(128, 128);
  draws.pool(16, 16);
  splitDraws(draws.plan, withStripes(8));
  const KnownPrograms known{programText(draws.at(0)), programText(draws.at(1))};
  Draws later;
  later.conv(16, 16);
  later.pool(128, 128);
  PlanOptions options = withStripes(8);
  options.known = &known;
  splitDraws(later.plan, options);
  ASSERT_EQ(later.plan.steps.size(), 3u);
  for (std::size_t step : {0u, 1u, 2u}) EXPECT_TRUE(known.count(programText(later.at(step))));
}

}  // namespace
}  // namespace texflow
