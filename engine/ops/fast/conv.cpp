// Conv2D, _FusedConv2D and Conv2DBackpropInput as products of image patches with packed filters.
#include <cstring>

#include "ops/fast/fast_kernel.h"
#include "ops/fast/product.h"
#include "ops/window.h"

namespace texflow {
namespace {

// Patches of fewer channels are copied together: a tap of theirs would be too short a run.
constexpr std::int64_t kShortRun = 8;
// Of a piece: browsers multiply a fifth of a million numbers in a millisecond before they have optimized a function.
constexpr std::int64_t kPieceProducts = 1 << 18;

struct Pixel {
  std::int64_t image, y, x;  ///< Image of the batch; first input line and column of its window.
  Pixel(const Window& w, std::int64_t index) {
    image = index / w.outWidth / w.outHeight;
    y = index / w.outWidth % w.outHeight * w.strideY - w.padTop;
    x = index % w.outWidth * w.strideX - w.padLeft;
  }
};

/// Points the table to the taps of `count` output pixels from `first` on; `zeros` stands for those outside of the image.
void pointToTaps(const Window& w, const float* image, const float* zeros, std::int64_t first, std::int64_t count,
                 const float** table) {
  const std::int64_t taps = w.kernelHeight * w.kernelWidth;
  for (std::int64_t row = 0; row < count; ++row) {
    const Pixel at(w, first + row);
    const float** slot = table + PackedProduct::tableIndex(row, 0, taps);
    for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky) {
      const std::int64_t y = at.y + ky * w.dilationY;
      const bool inside = y >= 0 && y < w.height;
      const float* line = image + (at.image * w.height + (inside ? y : 0)) * w.width * w.channels;
      for (std::int64_t kx = 0; kx < w.kernelWidth; ++kx, slot += simd().productRows) {
        const std::int64_t x = at.x + kx * w.dilationX;
        *slot = inside && x >= 0 && x < w.width ? line + x * w.channels : zeros;
      }
    }
  }
}

/// Copies the patches of `count` output pixels, each [kernelHeight, kernelWidth, channels], and points the table to them.
void copyPatches(const Window& w, const float* image, std::int64_t first, std::int64_t count, const float** table,
                 float* patches) {
  const std::int64_t depth = w.kernelHeight * w.kernelWidth * w.channels;
  for (std::int64_t row = 0; row < count; ++row, patches += depth) {
    const Pixel at(w, first + row);
    table[PackedProduct::tableIndex(row, 0, 1)] = patches;
    const TapRange columns(at.x, w.width, w.kernelWidth, w.dilationX);
    float* to = patches;
    for (std::int64_t ky = 0; ky < w.kernelHeight; ++ky, to += w.kernelWidth * w.channels) {
      const std::int64_t y = at.y + ky * w.dilationY;
      const bool whole = y >= 0 && y < w.height && columns.first == 0 && columns.last == w.kernelWidth;
      if (!whole) std::memset(to, 0, static_cast<std::size_t>(w.kernelWidth * w.channels) * sizeof(float));
      if (y < 0 || y >= w.height) continue;
      const float* line = image + (at.image * w.height + y) * w.width * w.channels;
      if (w.dilationX == 1) {
        const std::int64_t run = std::max<std::int64_t>(0, columns.last - columns.first) * w.channels;
        std::copy_n(line + (at.x + columns.first) * w.channels, run, to + columns.first * w.channels);
        continue;
      }
      for (std::int64_t kx = columns.first; kx < columns.last; ++kx)
        std::copy_n(line + (at.x + kx * w.dilationX) * w.channels, w.channels, to + kx * w.channels);
    }
  }
}

std::optional<Window> plainWindow(const FastNode& n, const TensorInfo& image, const TensorInfo& filter, const Shape& shape) {
  if (image.dtype != DType::kFloat32 || filter.dtype != DType::kFloat32 || !filter.value) return {};
  const auto window = windowOf(n.node, shape, filter.shape[0], filter.shape[1]);
  if (!window.ok() || window->channelsFirst || window->channels != filter.shape[2]) return {};
  if (elementCount(n.output.shape) == 0 || window->channels == 0) return {};
  return *window;
}

}  // namespace

std::optional<FastKernel> fastConv2D(const FastNode& n) {
  const std::optional<Window> window = plainWindow(n, n.inputs[0], n.inputs[1], n.inputs[0].shape);
  if (!window) return {};
  const Shape& filter = n.inputs[1].shape;
  const auto folded = foldedEpilogueOf(n.node, n.inputs, 2, n.output.shape, filter[3]);
  if (!folded.ok()) return {};
  const Window w = *window;
  const std::int64_t taps = filter[0] * filter[1];
  const bool copies = taps > 1 && w.channels < kShortRun;
  const auto product = std::make_shared<PackedProduct>(n.inputs[1].value->data<float>(), filter[3], 1, copies ? 1 : taps,
                                                       copies ? taps * w.channels : w.channels, filter[3], *folded);
  const auto zeros = std::make_shared<std::vector<float>>(copies ? 0 : w.channels);
  FastKernel kernel;
  const std::size_t patchBytes =
      copies ? static_cast<std::size_t>(product->blockRows() * product->depth) * sizeof(float) : 0;
  kernel.scratchBytes = product->tableBytes() + patchBytes;
  const std::int64_t pixels = w.batch * w.outHeight * w.outWidth, rows = product->blockRows();
  const std::int64_t blockProducts = std::max<std::int64_t>(1, rows * taps * w.channels * filter[3]);
  const std::int64_t pieceRows = rows * std::max<std::int64_t>(1, kPieceProducts / blockProducts);
  kernel.pieces = (pixels + pieceRows - 1) / pieceRows;
  kernel.run = [=](const void* const* inputs, void* output, std::byte* scratch, std::int64_t piece) {
    const auto* image = static_cast<const float*>(inputs[0]);
    auto* out = static_cast<float*>(output);
    auto** table = reinterpret_cast<const float**>(scratch);
    auto* patches = reinterpret_cast<float*>(scratch + product->tableBytes());
    const std::int64_t last = std::min(pixels, (piece + 1) * pieceRows);
    for (std::int64_t first = piece * pieceRows; first < last; first += rows) {
      const std::int64_t count = std::min(rows, last - first);
      if (copies) copyPatches(w, image, first, count, table, patches);
      else pointToTaps(w, image, zeros->data(), first, count, table);
      product->run(table, count, out + first * product->columns);
    }
  };
  return kernel;
}

std::optional<FastKernel> fastConv2DBackpropInput(const FastNode& n) {
  const std::optional<Window> window = plainWindow(n, n.inputs[2], n.inputs[1], n.output.shape);
  if (!window) return {};
  const Window w = *window;
  const Shape& filter = n.inputs[1].shape;
  const std::int64_t taps = filter[0] * filter[1], in = filter[3];
  if (elementCount(n.inputs[2].shape) == 0) return {};
  const auto folded = foldedEpilogueOf(n.node, n.inputs, 3, n.output.shape, w.channels);
  if (!folded.ok()) return {};
  // A product makes what one pixel adds to those around it: their sums begin with the bias, and end in the activation.
  FoldedEpilogue scales = emptyEpilogue(taps * w.channels);
  for (std::size_t i = 0; i < scales.scale.size(); ++i) scales.scale[i] = folded->scale[i % folded->scale.size()];
  const auto product =
      std::make_shared<PackedProduct>(n.inputs[1].value->data<float>(), 1, in, 1, in, taps * w.channels, scales);
  FastKernel kernel;
  const std::size_t spreadBytes = static_cast<std::size_t>(product->blockRows() * product->columns) * sizeof(float);
  kernel.scratchBytes = product->tableBytes() + spreadBytes;
  kernel.run = [w, product, bias = folded->bias, activation = FastActivation(*folded)](
                   const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    const auto* gradient = static_cast<const float*>(inputs[2]);
    auto* out = static_cast<float*>(output);
    auto** table = reinterpret_cast<const float**>(scratch);
    auto* spread = reinterpret_cast<float*>(scratch + product->tableBytes());
    const std::int64_t outPixels = w.batch * w.height * w.width;
    for (std::int64_t i = 0; i < outPixels; ++i) std::copy(bias.begin(), bias.end(), out + i * w.channels);
    const std::int64_t pixels = w.batch * w.outHeight * w.outWidth, rows = product->blockRows();
    const std::int64_t line = w.kernelWidth * w.channels;
    for (std::int64_t first = 0; first < pixels; first += rows) {
      const std::int64_t count = std::min(rows, pixels - first);
      for (std::int64_t row = 0; row < count; ++row)
        table[PackedProduct::tableIndex(row, 0, 1)] = gradient + (first + row) * product->depth;
      product->run(table, count, spread);
      for (std::int64_t row = 0; row < count; ++row) {
        const Pixel at(w, first + row);
        const TapRange lines(at.y, w.height, w.kernelHeight, w.dilationY),
            columns(at.x, w.width, w.kernelWidth, w.dilationX);
        for (std::int64_t ky = lines.first; ky < lines.last; ++ky) {
          const float* from = spread + row * product->columns + ky * line;
          float* to = out + ((at.image * w.height + at.y + ky * w.dilationY) * w.width + at.x) * w.channels;
          if (w.dilationX == 1) {
            const std::int64_t begin = columns.first * w.channels;
            simd().accumulate(from + begin, to + begin, (columns.last - columns.first) * w.channels);
            continue;
          }
          for (std::int64_t kx = columns.first; kx < columns.last; ++kx)
            simd().accumulate(from + kx * w.channels, to + kx * w.dilationX * w.channels, w.channels);
        }
      }
    }
    if (activation.isRange())
      simd().unary(FastUnary::kClamp, out, out, outPixels * w.channels, activation.low, activation.high);
    else activation.apply(out, outPixels, w.channels);
  };
  return kernel;
}

}  // namespace texflow
