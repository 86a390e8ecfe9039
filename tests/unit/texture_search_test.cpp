// Texture lifetimes: no two live tensors share a texture, and little is wasted.
#include "plan/texture_search.h"

#include <gtest/gtest.h>

#include <random>

namespace texflow {
namespace {

// A chain of draws over random shapes where every third tensor is read again up to twelve steps later.
Plan randomPlan(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  Plan plan;
  for (int i = 0; i < 60; ++i) {
    const std::int64_t side = std::int64_t{4} << pick(0, 4), channels = 4 * pick(1, 32);
    PlannedTensor tensor;
    tensor.layout = *layoutFor({1, side, side, channels}, {8, 4096});
    tensor.root = i;
    tensor.firstStep = i;
    tensor.lastStep = std::min(60, i + (i % 3 == 0 ? pick(1, 12) : 1));
    plan.tensors.push_back(tensor);
    DrawStep draw;
    draw.output = i;
    if (i > 0) draw.inputs.push_back(i - 1);
    plan.steps.emplace_back(draw);
  }
  return plan;
}

void assignTextures(Plan& plan, const PlanOptions& options) {
  TextureSearch search(plan, options);
  while (search.step()) {
  }
  search.finish(plan);
}

Plan randomPlanWithTextures(unsigned seed) {
  Plan plan = randomPlan(seed);
  PlanOptions options;
  options.rasterTile = seed % 2 == 0 ? 64 : 0;
  assignTextures(plan, options);
  return plan;
}

TEST(AssignTextures, TensorsThatLiveAtTheSameTimeShareNoTexels) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Plan plan = randomPlanWithTextures(seed);
    for (const PlannedTensor& a : plan.tensors) {
      ASSERT_GE(a.texture, 0);
      const PlannedTexture& texture = plan.textures[static_cast<std::size_t>(a.texture)];
      EXPECT_LE(a.layout.textureWidth, texture.width);
      EXPECT_LE(a.line + a.layout.textureHeight, texture.height);
      for (const PlannedTensor& b : plan.tensors) {
        if (&a == &b || a.texture != b.texture) continue;
        const bool apart = a.line + a.layout.textureHeight <= b.line || b.line + b.layout.textureHeight <= a.line;
        EXPECT_TRUE(apart || a.lastStep < b.firstStep || b.lastStep < a.firstStep)
            << "tensors " << a.root << " and " << b.root;
      }
    }
  }
}

TEST(AssignTextures, PlannedBytesStayNearTheLowerBound) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Plan plan = randomPlanWithTextures(seed);
    EXPECT_GE(plan.bytesPlanned, plan.bytesLowerBound);
    EXPECT_LE(static_cast<double>(plan.bytesPlanned), 1.5 * static_cast<double>(plan.bytesLowerBound)) << "seed " << seed;
  }
}

// One large tensor early, many mid-sized ones that live together later: whole textures would waste the large one.
TEST(AssignTextures, TensorsAreStackedWhereWholeTexturesWouldWaste) {
  Plan plan;
  for (int i = 0; i < 10; ++i) {
    PlannedTensor tensor;
    tensor.layout = *layoutFor({1, 32, 32, i == 0 ? 256 : 32}, {8, 4096});
    tensor.root = i;
    tensor.firstStep = i;
    tensor.lastStep = i == 0 ? 1 : 10;
    plan.tensors.push_back(tensor);
    DrawStep draw;
    draw.output = i;
    plan.steps.emplace_back(draw);
  }
  assignTextures(plan, {});
  EXPECT_LE(static_cast<double>(plan.bytesPlanned), 1.3 * static_cast<double>(plan.bytesLowerBound));
  bool stacked = false;
  for (const PlannedTensor& tensor : plan.tensors) stacked = stacked || tensor.line > 0;
  EXPECT_TRUE(stacked);
}

TEST(AssignTextures, ADrawNeverSamplesTheTextureItWritesTo) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Plan plan = randomPlan(seed);
    assignTextures(plan, {});
    for (std::size_t i = 1; i < plan.tensors.size(); ++i)
      EXPECT_NE(plan.tensors[i].texture, plan.tensors[i - 1].texture) << "seed " << seed << ", step " << i;
  }
}

TEST(AssignTextures, AliasesShareTheTextureOfTheirRoot) {
  Plan plan = randomPlan(1);
  PlannedTensor alias = plan.tensors[7];
  alias.texture = -1;
  alias.firstStep = alias.lastStep = -1;
  plan.tensors.push_back(alias);
  assignTextures(plan, {});
  EXPECT_EQ(plan.tensors.back().texture, plan.tensors[7].texture);
}

}  // namespace
}  // namespace texflow
