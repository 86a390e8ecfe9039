// Texture lifetimes: no two live tensors share a texture, and little is wasted.
#include <gtest/gtest.h>

#include <random>

#include "plan/plan.h"

namespace texflow {
namespace {

// A chain of draws over random shapes where every third tensor is read again up to twelve steps later.
Plan randomPlan(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); };
  Plan plan;
  for (int i = 0; i < 60; ++i) {
    const std::int64_t side = std::int64_t{4} << pick(0, 4), channels = 4 * pick(1, 32);
    PlannedTensor tensor;
    tensor.layout = *layoutFor({1, side, side, channels}, 8, 4096);
    tensor.root = i;
    tensor.firstStep = i;
    tensor.lastStep = std::min(60, i + (i % 3 == 0 ? pick(1, 12) : 1));
    plan.tensors.push_back(tensor);
    plan.steps.emplace_back(DrawStep{});
  }
  return plan;
}

TEST(AssignTextures, TensorsThatLiveAtTheSameTimeHaveTexturesOfTheirOwn) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Plan plan = randomPlan(seed);
    assignTextures(plan);
    for (const PlannedTensor& a : plan.tensors) {
      ASSERT_GE(a.texture, 0);
      const PlannedTexture& texture = plan.textures[static_cast<std::size_t>(a.texture)];
      EXPECT_LE(a.layout.textureWidth, texture.width);
      EXPECT_LE(a.layout.textureHeight, texture.height);
      for (const PlannedTensor& b : plan.tensors) {
        if (&a == &b || a.texture != b.texture) continue;
        EXPECT_TRUE(a.lastStep < b.firstStep || b.lastStep < a.firstStep) << "tensors " << a.root << " and " << b.root;
      }
    }
  }
}

TEST(AssignTextures, PlannedBytesStayNearTheLowerBound) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Plan plan = randomPlan(seed);
    assignTextures(plan);
    EXPECT_GE(plan.bytesPlanned, plan.bytesLowerBound);
    EXPECT_LE(static_cast<double>(plan.bytesPlanned), 1.5 * static_cast<double>(plan.bytesLowerBound)) << "seed " << seed;
  }
}

TEST(AssignTextures, AliasesShareTheTextureOfTheirRoot) {
  Plan plan = randomPlan(1);
  PlannedTensor alias = plan.tensors[7];
  alias.texture = -1;
  alias.firstStep = alias.lastStep = -1;
  plan.tensors.push_back(alias);
  assignTextures(plan);
  EXPECT_EQ(plan.tensors.back().texture, plan.tensors[7].texture);
}

}  // namespace
}  // namespace texflow
