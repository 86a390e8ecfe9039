// The few loops that carry a model's work on the host, compiled once per instruction set and picked when the process starts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace texflow {

/// A product of row patches with packed weights: out[r, n] = clamp(bias[n] + sum over taps and depth of
/// rows[r][tap][d] * weights[tap, d, n], low, high). Plain matrix products have one tap.
struct ProductBlock {
  /// Addresses of `depth` floats, [tile][tap][row of the tile]; a tile has Simd::productRows rows. Rows beyond rowCount in
  /// the last tile must be readable.
  const float* const* rows = nullptr;
  std::int64_t rowCount = 0, taps = 1, depth = 0;
  const float* weights = nullptr;  ///< As packWeights() leaves them.
  const float* bias = nullptr;     ///< packedColumns() floats.
  std::int64_t columns = 0;
  float low = 0, high = 0;
  float* out = nullptr;
  std::int64_t outStride = 0;  ///< Floats from one row of `out` to the next.
};

/// One line of a window op over NHWC images: taps that fall outside of the image are left out.
struct WindowLine {
  const float* const* lines = nullptr;    ///< First float of each input line that the window touches.
  const float* const* weights = nullptr;  ///< Depthwise: weights of each such line, [kernelWidth][channels].
  std::int64_t lineCount = 0, kernelWidth = 1, stride = 1, dilation = 1, padLeft = 0;
  std::int64_t width = 0, outWidth = 0, channels = 0;
  const float* bias = nullptr;  ///< Depthwise: one a channel.
  float low = 0, high = 0;      ///< Depthwise: the range of the results.
  float* out = nullptr;
};

enum class FastUnary { kClamp, kSigmoid, kTanh, kExp, kElu, kLeaky, kNegate, kSquare, kSqrt, kRsqrt, kAbs };
enum class FastBinary { kAdd, kSubtract, kMultiply, kDivide, kMaximum, kMinimum, kSquaredDifference, kPrelu };

/// The functions of one instruction set. Arrays need no alignment and may only overlap where both are the same.
struct Simd {
  const char* name;
  std::int64_t lanes;        ///< Floats of a vector.
  std::int64_t productRows;  ///< Rows of a ProductBlock's tile; columns come in panels of 2 * lanes.
  void (*product)(const ProductBlock& block);
  void (*depthwiseLine)(const WindowLine& line);
  void (*maxPoolLine)(const WindowLine& line);
  void (*averagePoolLine)(const WindowLine& line);
  /// `k0`, `k1`: the clamp's range, or the slope.
  void (*unary)(FastUnary op, const float* x, float* out, std::int64_t count, float k0, float k1);
  /// A step of 0 repeats the operand's first value, 1 walks along.
  void (*binary)(FastBinary op, const float* a, std::int64_t stepA, const float* b, std::int64_t stepB, float* out,
                 std::int64_t count);
  /// sums[i] += x[i]
  void (*accumulate)(const float* x, float* sums, std::int64_t count);
  /// out = top + (bottom - top) * y of the two lines, each blended between two pixels by x: bilinear for one pixel.
  void (*blend)(const float* const corners[4], float x, float y, float* out, std::int64_t channels);
};

/// The widest set that this processor has, unless a test has chosen another.
const Simd& simd();
/// Makes simd() that set, null for the widest. Kernels made before must not run any more.
void useSimd(const Simd* set);
/// Every set that this build and this processor have, narrowest first.
std::span<const Simd* const> allSimd();

/// Columns rounded up to whole vectors, as packed weights and biases have them.
inline std::int64_t packedColumns(const Simd& set, std::int64_t columns) {
  return (columns + set.lanes - 1) / set.lanes * set.lanes;
}
/// Packs a [depth, columns] matrix (`strideDepth` and `strideColumn` floats apart) into panels of 2 * lanes columns (the
/// last may have one vector), each [depth][columns of the panel]; columns are scaled by `scale` unless it is null.
void packWeights(const Simd& set, const float* from, std::int64_t strideDepth, std::int64_t strideColumn, std::int64_t depth,
                 std::int64_t columns, const float* scale, float* to);

}  // namespace texflow
