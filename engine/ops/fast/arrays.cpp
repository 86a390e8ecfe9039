// Means, joins and bilinear resizing.
#include <algorithm>
#include <cstring>

#include "ops/array.h"
#include "ops/fast/fast_kernel.h"
#include "ops/fast/simd.h"
#include "ops/reduce.h"
#include "ops/resize.h"

namespace texflow {
namespace {

// Lines that are summed in floats before their sum joins the total: long sums keep their digits.
constexpr std::int64_t kPartialLines = 64;

std::int64_t product(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t count = 1;
  for (std::size_t d = first; d < last; ++d) count *= shape[d];
  return count;
}

}  // namespace

std::optional<FastKernel> fastMean(const FastNode& n) {
  const Shape& shape = n.inputs[0].shape;
  if (n.inputs[0].dtype != DType::kFloat32 || !n.inputs[1].value || elementCount(shape) == 0) return {};
  const auto axes = reducedAxes(shape, *n.inputs[1].value, false);
  if (!axes.ok()) return {};
  std::size_t first = 0, last = shape.size();
  while (first < last && !axes->reduced[first]) ++first;
  while (last > first && !axes->reduced[last - 1]) --last;
  for (std::size_t d = first; d < last; ++d)
    if (!axes->reduced[d]) return {};
  const std::int64_t outer = product(shape, 0, first), lines = product(shape, first, last),
                     inner = product(shape, last, shape.size());
  if (inner < 4) return {};
  FastKernel kernel;
  kernel.scratchBytes = static_cast<std::size_t>(inner) * sizeof(float);
  kernel.run = [=](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    const auto* from = static_cast<const float*>(inputs[0]);
    auto *out = static_cast<float*>(output), *partial = reinterpret_cast<float*>(scratch);
    for (std::int64_t i = 0; i < outer; ++i, out += inner) {
      std::fill_n(out, inner, 0.0F);
      for (std::int64_t line = 0; line < lines; line += kPartialLines) {
        std::fill_n(partial, inner, 0.0F);
        for (std::int64_t end = std::min(lines, line + kPartialLines), at = line; at < end; ++at, from += inner)
          simd().accumulate(from, partial, inner);
        simd().accumulate(partial, out, inner);
      }
      const auto count = static_cast<float>(lines);
      simd().binary(FastBinary::kDivide, out, 1, &count, 0, out, inner);
    }
  };
  return kernel;
}

std::optional<FastKernel> fastConcat(const FastNode& n) {
  const bool pack = n.node.op == "Pack", axisFirst = n.node.op == "Concat";
  if (n.output.dtype != DType::kFloat32 && n.output.dtype != DType::kInt32) return {};
  std::int64_t axis = n.node.attrs.get<std::int64_t>("axis", 0);
  if (!pack) {
    const Tensor* value = n.inputs[axisFirst ? 0 : n.inputs.size() - 1].value;
    if (!value) return {};
    axis = *value->data<std::int32_t>();
  }
  const Shape& shape = n.output.shape;
  if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t outer = product(shape, 0, at), inner = product(shape, at + 1, shape.size());
  const std::size_t first = axisFirst ? 1 : 0, count = n.inputs.size() - (pack ? 0 : 1);
  std::vector<std::size_t> bytes;
  for (const TensorInfo& part : n.inputs.subspan(first, count))
    bytes.push_back(static_cast<std::size_t>((pack ? 1 : part.shape[at]) * inner) * 4);
  FastKernel kernel;
  kernel.run = [=](const void* const* inputs, void* output, std::byte*, std::int64_t) {
    auto* out = static_cast<std::byte*>(output);
    for (std::int64_t i = 0; i < outer; ++i) {
      for (std::size_t k = 0; k < bytes.size(); ++k) {
        if (bytes[k] == 0) continue;
        std::memcpy(out, static_cast<const std::byte*>(inputs[first + k]) + static_cast<std::size_t>(i) * bytes[k],
                    bytes[k]);
        out += bytes[k];
      }
    }
  };
  return kernel;
}

std::optional<FastKernel> fastResizeBilinear(const FastNode& n) {
  const Shape &from = n.inputs[0].shape, &to = n.output.shape;
  if (n.inputs[0].dtype != DType::kFloat32 || elementCount(to) == 0) return {};
  const ResizeScaling scaling = resizeScaling(n.node, from, to);
  std::vector<Lerp> rows, columns;
  for (std::int64_t y = 0; y < to[1]; ++y) rows.push_back(lerpAt(y, scaling.scaleY, scaling.half, from[1]));
  for (std::int64_t x = 0; x < to[2]; ++x) columns.push_back(lerpAt(x, scaling.scaleX, scaling.half, from[2]));
  FastKernel kernel;
  kernel.run = [=, batch = from[0], line = from[2] * from[3], area = from[1] * from[2] * from[3], channels = from[3]](
                   const void* const* inputs, void* output, std::byte*, std::int64_t) {
    const auto* images = static_cast<const float*>(inputs[0]);
    auto* out = static_cast<float*>(output);
    for (std::int64_t i = 0; i < batch; ++i) {
      for (const Lerp& row : rows) {
        const float *top = images + i * area + row.low * line, *bottom = images + i * area + row.high * line;
        for (const Lerp& column : columns) {
          const float* const corners[4] = {top + column.low * channels, top + column.high * channels,
                                           bottom + column.low * channels, bottom + column.high * channels};
          simd().blend(corners, column.part, row.part, out, channels);
          out += channels;
        }
      }
    }
  };
  return kernel;
}

}  // namespace texflow
