// Plans of single draws, for the passes over them.
#pragma once
#include <limits>

#include "plan/plan.h"

namespace texflow {

struct Draws {
  Plan plan;

  int tensor(std::int64_t side, std::int64_t channels, int stripes = 8) {
    PlannedTensor tensor;
    tensor.root = static_cast<int>(plan.tensors.size());
    tensor.layout = *layoutFor({1, side, side, channels}, {stripes, 4096});
    plan.tensors.push_back(tensor);
    return tensor.root;
  }
  DrawStep& draw(Kernel kernel, std::int64_t side, std::int64_t channels, std::vector<float> params, int stripes = 8) {
    DrawStep draw;
    draw.kernel = std::move(kernel);
    draw.inputs = {tensor(side, channels, stripes)};
    draw.output = tensor(side, channels, stripes);
    draw.params = std::move(params);
    plan.steps.emplace_back(std::move(draw));
    return std::get<DrawStep>(plan.steps.back());
  }
  /// A 1x1 convolution over `side` x `side` pixels of `channels` channels.
  DrawStep& conv(std::int64_t side, std::int64_t channels, int stripes = 8) {
    DrawStep& step = draw({"conv1x1", {{"ACT", "0"}}}, side, channels, {1, 1, 0, 6}, stripes);
    step.weights = 0;
    return step;
  }
  /// A maximum over 2x2 pixels, in steps of one.
  DrawStep& pool(std::int64_t side, std::int64_t channels) {
    const auto size = static_cast<float>(side), depth = static_cast<float>(channels);
    constexpr float none = std::numeric_limits<float>::infinity();
    return draw({"pool", {}}, side, channels, {2, 2, size, size, 1, 1, 0, 0, 1, 1, 0, 1.0F / 3, -none, none, 2, depth});
  }
  /// A depthwise convolution of 3x3 pixels by the general kernel.
  DrawStep& depthwise(std::int64_t side, std::int64_t channels) {
    const auto size = static_cast<float>(side);
    DrawStep& step =
        draw({"depthwise", {{"ACT", "0"}}}, side, channels, {3, 3, size, size, 1, 1, 1, 1, 1, 1, 0.1F, 0.1F, 0, 6, 0, 0});
    step.weights = 1;
    return step;
  }
  const DrawStep& at(std::size_t step) const { return std::get<DrawStep>(plan.steps[step]); }
};

}  // namespace texflow
