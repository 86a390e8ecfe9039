// Matrix products with packed weights and an epilogue: what convolutions and MatMul share. Private to ops/fast.
#pragma once
#include <memory>
#include <vector>

#include "ops/epilogue.h"
#include "ops/fast/simd.h"

namespace texflow {

/// The epilogue's end, for lines of channels that are still in the cache.
struct FastActivation {
  std::vector<float> alpha;  ///< Slopes of negative values, one a channel; empty: none.
  float low, high;
  int act;

  explicit FastActivation(const FoldedEpilogue& folded);
  /// Whether the range is all there is to do, so that the kernel before does it itself.
  bool isRange() const { return alpha.empty() && act == 0; }
  /// Applies it to `rows` lines of `channels` floats.
  void apply(float* values, std::int64_t rows, std::int64_t channels) const;
};

/// Weights [taps * depth, columns] with their epilogue.
class PackedProduct {
 public:
  /// `from`: the weight of depth d and column c lies at d * strideDepth + c * strideColumn. null: they come with every run.
  PackedProduct(const float* from, std::int64_t strideDepth, std::int64_t strideColumn, std::int64_t taps,
                std::int64_t depth, std::int64_t columns, const FoldedEpilogue& folded);

  std::int64_t taps, depth, columns;
  /// Rows that are worth computing at once: their patches stay in the cache while all columns are made.
  std::int64_t blockRows() const;
  /// Bytes of the row table of a block.
  std::size_t tableBytes() const;
  /// Where the address of the patch of `row` and `tap` stands in a block's table.
  static std::int64_t tableIndex(std::int64_t row, std::int64_t tap, std::int64_t taps) {
    const std::int64_t lines = simd().productRows;
    return (row / lines * taps + tap) * lines + row % lines;
  }
  std::size_t weightBytes() const;
  /// Packs computed weights, without the epilogue's scale, into `to` (weightBytes() bytes) for run().
  void pack(const float* from, std::int64_t strideDepth, std::int64_t strideColumn, float* to) const;
  /// out[row, column], the rows `columns` apart. `weights`: from pack(), else the constructor's.
  void run(const float* const* table, std::int64_t rows, float* out, const float* weights = nullptr) const;

 private:
  std::vector<float> weights_, bias_;
  FastActivation activation_;
};

/// The epilogue of a node without fused ops.
FoldedEpilogue emptyEpilogue(std::int64_t channels);

}  // namespace texflow
