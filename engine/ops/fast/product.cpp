#include "ops/fast/product.h"

#include <algorithm>
#include <limits>

namespace texflow {
namespace {

constexpr std::int64_t kBlockBytes = 96 << 10, kMostRows = 96;

}  // namespace

FastActivation::FastActivation(const FoldedEpilogue& folded) : low(folded.low), high(folded.high), act(folded.act) {
  if (std::any_of(folded.alpha.begin(), folded.alpha.end(), [](float a) { return a != 1.0F; })) alpha = folded.alpha;
}

void FastActivation::apply(float* values, std::int64_t rows, std::int64_t channels) const {
  const Simd& set = simd();
  const std::int64_t count = rows * channels;
  if (!alpha.empty())
    for (std::int64_t row = 0; row < rows; ++row)
      set.binary(FastBinary::kPrelu, values + row * channels, 1, alpha.data(), 1, values + row * channels, channels);
  if (!alpha.empty() && (low > -std::numeric_limits<float>::infinity() || high < std::numeric_limits<float>::infinity()))
    set.unary(FastUnary::kClamp, values, values, count, low, high);
  if (act == 1) set.unary(FastUnary::kElu, values, values, count, 0, 0);
  if (act == 2) set.unary(FastUnary::kSigmoid, values, values, count, 0, 0);
  if (act == 3) set.unary(FastUnary::kTanh, values, values, count, 0, 0);
}

PackedProduct::PackedProduct(const float* from, std::int64_t strideDepth, std::int64_t strideColumn, std::int64_t taps,
                             std::int64_t depth, std::int64_t columns, const FoldedEpilogue& folded)
    : taps(taps), depth(depth), columns(columns), activation_(folded) {
  const auto padded = static_cast<std::size_t>(packedColumns(simd(), columns));
  if (from) {
    weights_.resize(padded * static_cast<std::size_t>(taps * depth));
    packWeights(simd(), from, strideDepth, strideColumn, taps * depth, columns, folded.scale.data(), weights_.data());
  }
  bias_.assign(padded, 0.0F);
  std::copy(folded.bias.begin(), folded.bias.end(), bias_.begin());
}

std::int64_t PackedProduct::blockRows() const {
  const std::int64_t lines = simd().productRows, bytes = std::max<std::int64_t>(1, taps * depth * 4);
  return std::clamp<std::int64_t>(kBlockBytes / bytes / lines * lines, lines, kMostRows / lines * lines);
}

std::size_t PackedProduct::tableBytes() const { return static_cast<std::size_t>(blockRows() * taps) * sizeof(const float*); }

std::size_t PackedProduct::weightBytes() const {
  return static_cast<std::size_t>(packedColumns(simd(), columns) * taps * depth) * sizeof(float);
}

void PackedProduct::pack(const float* from, std::int64_t strideDepth, std::int64_t strideColumn, float* to) const {
  packWeights(simd(), from, strideDepth, strideColumn, taps * depth, columns, nullptr, to);
}

void PackedProduct::run(const float* const* table, std::int64_t rows, float* out, const float* weights) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  ProductBlock block;
  block.rows = table;
  block.rowCount = rows;
  block.taps = taps;
  block.depth = depth;
  block.weights = weights ? weights : weights_.data();
  block.bias = bias_.data();
  block.columns = columns;
  block.low = activation_.alpha.empty() ? activation_.low : -kInfinity;
  block.high = activation_.alpha.empty() ? activation_.high : kInfinity;
  block.out = out;
  block.outStride = columns;
  simd().product(block);
  if (!activation_.isRange()) activation_.apply(out, rows, columns);
}

FoldedEpilogue emptyEpilogue(std::int64_t channels) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto size = static_cast<std::size_t>(channels);
  return {std::vector<float>(size, 1.0F),
          std::vector<float>(size, 0.0F),
          std::vector<float>(size, 1.0F),
          -kInfinity,
          kInfinity,
          0};
}

}  // namespace texflow
