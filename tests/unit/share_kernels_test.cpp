#include <gtest/gtest.h>

#include "plan/plan.h"

namespace texflow {
namespace {

int addTensor(Plan& plan, std::int64_t side) {
  PlannedTensor tensor;
  tensor.root = static_cast<int>(plan.tensors.size());
  tensor.layout = *layoutFor({1, side, side, 16}, {8, 4096});
  plan.tensors.push_back(tensor);
  return tensor.root;
}

void addDepthwise(Plan& plan, std::int64_t side, const std::string& kernel, int width) {
  DrawStep draw;
  draw.kernel = {kernel, {{"ACT", "0"}}};
  if (kernel == "depthwise_k") {
    draw.kernel.defines.emplace_back("KW", std::to_string(width));
    draw.kernel.defines.emplace_back("SX", "1");
  }
  draw.inputs = {addTensor(plan, side)};
  draw.output = addTensor(plan, side);
  draw.params = {static_cast<float>(width), static_cast<float>(width)};
  plan.steps.emplace_back(draw);
}

const Kernel& kernelAt(const Plan& plan, std::size_t step) { return std::get<DrawStep>(plan.steps[step]).kernel; }

TEST(ShareKernels, TwoRareSpecialisedProgramsBecomeOneGeneral) {
  Plan plan;
  addDepthwise(plan, 128, "depthwise_k", 3);
  addDepthwise(plan, 8, "depthwise_k", 5);
  addDepthwise(plan, 8, "depthwise_k", 7);
  shareKernels(plan);
  EXPECT_EQ(kernelAt(plan, 0).name, "depthwise_k");
  EXPECT_EQ(kernelAt(plan, 0).defines.size(), 3u);
  for (std::size_t step : {1u, 2u}) {
    EXPECT_EQ(kernelAt(plan, step).name, "depthwise");
    EXPECT_EQ(kernelAt(plan, step).defines.size(), 1u);
  }
}

TEST(ShareKernels, OneRareProgramIsNoDearerThanTheGeneralOne) {
  Plan plan;
  addDepthwise(plan, 128, "depthwise_k", 3);
  addDepthwise(plan, 8, "depthwise_k", 5);
  shareKernels(plan);
  EXPECT_EQ(kernelAt(plan, 1).name, "depthwise_k");
  addDepthwise(plan, 8, "depthwise", 9);  // Now the general program is there anyway.
  shareKernels(plan);
  EXPECT_EQ(kernelAt(plan, 1).name, "depthwise");
}

TEST(ShareKernels, ARareProgramThatIsCompiledLongBecomesTheGeneralOne) {
  Plan plan;
  addDepthwise(plan, 128, "depthwise_k", 3);
  addDepthwise(plan, 8, "depthwise_k", 3);
  Kernel& strided = std::get<DrawStep>(plan.steps[1]).kernel;
  strided.defines = {{"ACT", "0"}, {"KW", "3"}, {"SX", "2"}, {"KH", "3"}};
  shareKernels(plan);
  EXPECT_EQ(kernelAt(plan, 0).name, "depthwise_k");
  EXPECT_EQ(kernelAt(plan, 1).name, "depthwise");
}

}  // namespace
}  // namespace texflow
