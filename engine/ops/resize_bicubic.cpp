// ResizeBicubic, with the coefficient table of 1024 steps that TensorFlow's kernel looks up.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

constexpr int kSteps = 1024;

/// Four neighbours of a coordinate and their weights.
struct Taps {
  std::array<std::int64_t, 4> at;
  std::array<float, 4> weight;
};

/// The cubic kernel at step/1024 from a sample (near) and one further (far).
float nearWeight(int step, float a) {
  const float x = static_cast<float>(step) / kSteps;
  return ((a + 2) * x - (a + 3)) * x * x + 1;
}
float farWeight(int step, float a) {
  const float x = static_cast<float>(step) / kSteps + 1;
  return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

Taps tapsAt(std::int64_t i, float scale, bool halfPixel, std::int64_t size) {
  const float place = static_cast<float>(i);
  const float source = halfPixel ? (place + 0.5F) * scale - 0.5F : place * scale;
  const float floor = std::floor(source), a = halfPixel ? -0.5F : -0.75F;
  const auto first = static_cast<std::int64_t>(floor);
  const int step = static_cast<int>(std::lrint((source - floor) * kSteps));
  Taps taps{{}, {farWeight(step, a), nearWeight(step, a), nearWeight(kSteps - step, a), farWeight(kSteps - step, a)}};
  float sum = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const std::int64_t wanted = first - 1 + static_cast<std::int64_t>(k);
    taps.at[k] = std::clamp<std::int64_t>(wanted, 0, size - 1);
    if (halfPixel && taps.at[k] != wanted) taps.weight[k] = 0;  // Newer kernels leave out what lies outside.
    sum += taps.weight[k];
  }
  if (halfPixel && std::abs(sum) >= 1000 * std::numeric_limits<float>::min())
    for (float& weight : taps.weight) weight /= sum;
  return taps;
}

std::vector<Taps> tapsOf(const Node& node, std::int64_t from, std::int64_t to) {
  const bool align = node.attrs.get<bool>("align_corners", false) && to > 1;
  const float scale =
      align ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : static_cast<float>(from) / static_cast<float>(to);
  std::vector<Taps> taps;
  for (std::int64_t i = 0; i < to; ++i)
    taps.push_back(tapsAt(i, scale, node.attrs.get<bool>("half_pixel_centers", false), from));
  return taps;
}

}  // namespace

Result<std::vector<TensorInfo>> resizeBicubicShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'images'", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'images'", 4));
  if (node.attrs.get<bool>("align_corners", false) && node.attrs.get<bool>("half_pixel_centers", false))
    return Status::invalid("align_corners and half_pixel_centers cannot both be true.");
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> size, intsOperand(inputs, 1, "size"));
  const Shape& from = inputs[0].shape;
  if (size.size() != 2 || size[0] <= 0 || size[1] <= 0 || from[1] <= 0 || from[2] <= 0)
    return Status::invalid("Images of shape " + shapeText(from) + " cannot be resized to " + shapeText(size) + ".");
  return oneOutput(DType::kFloat32, {from[0], size[0], size[1], from[3]});
}

Result<std::vector<Tensor>> resizeBicubicHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, resizeBicubicShape(node, infosOf(inputs)));
  const Shape &from = inputs[0].shape(), &to = infos[0].shape;
  Tensor output(DType::kFloat32, to);
  const std::vector<Taps> rows = tapsOf(node, from[1], to[1]), columns = tapsOf(node, from[2], to[2]);
  for (std::int64_t i = 0; i < output.size(); ++i) {
    const std::int64_t c = i % to[3], n = i / to[3] / to[2] / to[1];
    const Taps& across = columns[static_cast<std::size_t>(i / to[3] % to[2])];
    const Taps& down = rows[static_cast<std::size_t>(i / to[3] / to[2] % to[1])];
    float sum = 0;
    for (std::size_t y = 0; y < 4; ++y) {
      float line = 0;
      for (std::size_t x = 0; x < 4; ++x)
        line += across.weight[x] *
                static_cast<float>(inputs[0].number(((n * from[1] + down.at[y]) * from[2] + across.at[x]) * from[3] + c));
      sum += down.weight[y] * line;
    }
    output.mutableData<float>()[i] = sum;
  }
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
