#include "ops/resize.h"

#include <algorithm>
#include <cmath>

#include "ops/operands.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

float scaleOf(std::int64_t from, std::int64_t to, bool alignCorners) {
  if (alignCorners && to > 1) return static_cast<float>(from - 1) / static_cast<float>(to - 1);
  return static_cast<float>(from) / static_cast<float>(std::max<std::int64_t>(to, 1));
}

}  // namespace

ResizeScaling resizeScaling(const Node& node, const Shape& from, const Shape& to) {
  const bool align = node.attrs.get<bool>("align_corners", false);
  return {scaleOf(from[1], to[1], align), scaleOf(from[2], to[2], align),
          node.attrs.get<bool>("half_pixel_centers", false) ? 0.5f : 0.0f, align ? 0.5f : 0.0f};
}

Lerp lerpAt(std::int64_t i, float scale, float half, std::int64_t size) {
  const float source = (static_cast<float>(i) + half) * scale - half;
  const float floor = std::floor(source);
  const auto inside = [&](float at) { return std::clamp<std::int64_t>(static_cast<std::int64_t>(at), 0, size - 1); };
  return {inside(floor), inside(std::ceil(source)), source - floor};
}

namespace {

Result<Shape> resizedShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'images'", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'images'", 4));
  if (node.attrs.get<bool>("align_corners", false) && node.attrs.get<bool>("half_pixel_centers", false))
    return Status::invalid("align_corners and half_pixel_centers cannot both be true.");
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> size, intsOperand(inputs, 1, "size"));
  if (size.size() != 2 || size[0] <= 0 || size[1] <= 0)
    return Status::invalid("The size " + shapeText(size) + " must be two positive numbers.");
  const Shape& from = inputs[0].shape;
  if (from[1] <= 0 || from[2] <= 0) return Status::invalid("The images " + shapeText(from) + " are empty.");
  const Shape shape{from[0], size[0], size[1], from[3]};
  if (auto count = checkedElementCount(shape); !count.ok()) return count.status();
  return shape;
}

std::int64_t nearestAt(std::int64_t i, float scale, float half, float rounding, std::int64_t size) {
  const float source = (static_cast<float>(i) + half) * scale;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(source + rounding)), 0, size - 1);
}

Status lowerResize(Lowering& l, const char* kind) {
  if (elementCount(l.outputs[0].shape) == 0) return Status::unsupported("There is nothing to draw.");
  const Shape& from = l.inputs[0].shape;
  const Shape& to = l.outputs[0].shape;
  const ResizeScaling scaling = resizeScaling(l.node, from, to);
  TEXFLOW_ASSIGN(const GpuTensor images, l.input(0));
  TEXFLOW_ASSIGN(const GpuTensor output, l.output(0));
  const float params[] = {scaling.scaleY,
                          scaling.scaleX,
                          scaling.half,
                          scaling.rounding,
                          static_cast<float>(from[1]),
                          static_cast<float>(from[2]),
                          static_cast<float>(to[1]),
                          0};
  l.draw({"resize", {{"KIND", kind}}}, output, {images}, params);
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> resizeBilinearShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, resizedShape(node, inputs));
  return std::vector<TensorInfo>{{DType::kFloat32, shape}};
}

Result<std::vector<TensorInfo>> resizeNearestShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, resizedShape(node, inputs));
  return std::vector<TensorInfo>{{inputs[0].dtype, shape}};
}

Result<std::vector<Tensor>> resizeBilinearHost(const Node& node, std::span<const Tensor> inputs) {
  const Shape& from = inputs[0].shape();
  const std::vector<std::int64_t> size = inputs[1].toInts();
  Tensor output(DType::kFloat32, {from[0], size[0], size[1], from[3]});
  const ResizeScaling scaling = resizeScaling(node, from, output.shape());
  float* to = output.mutableData<float>();
  for (std::int64_t n = 0; n < from[0]; ++n)
    for (std::int64_t y = 0; y < size[0]; ++y) {
      const Lerp v = lerpAt(y, scaling.scaleY, scaling.half, from[1]);
      for (std::int64_t x = 0; x < size[1]; ++x) {
        const Lerp h = lerpAt(x, scaling.scaleX, scaling.half, from[2]);
        const auto pixel = [&](std::int64_t row, std::int64_t column, std::int64_t c) {
          return static_cast<float>(inputs[0].number(((n * from[1] + row) * from[2] + column) * from[3] + c));
        };
        for (std::int64_t c = 0; c < from[3]; ++c) {
          const float top = pixel(v.low, h.low, c) + (pixel(v.low, h.high, c) - pixel(v.low, h.low, c)) * h.part;
          const float bottom = pixel(v.high, h.low, c) + (pixel(v.high, h.high, c) - pixel(v.high, h.low, c)) * h.part;
          *to++ = top + (bottom - top) * v.part;
        }
      }
    }
  return std::vector<Tensor>{output};
}

Result<std::vector<Tensor>> resizeNearestHost(const Node& node, std::span<const Tensor> inputs) {
  const Shape& from = inputs[0].shape();
  const std::vector<std::int64_t> size = inputs[1].toInts();
  Tensor output(inputs[0].dtype(), {from[0], size[0], size[1], from[3]});
  const ResizeScaling scaling = resizeScaling(node, from, output.shape());
  // float32 and int32 both have four bytes: whole elements are moved.
  const auto* source = inputs[0].data<std::uint32_t>();
  auto* to = output.mutableData<std::uint32_t>();
  for (std::int64_t n = 0; n < from[0]; ++n)
    for (std::int64_t y = 0; y < size[0]; ++y) {
      const std::int64_t row = nearestAt(y, scaling.scaleY, scaling.half, scaling.rounding, from[1]);
      for (std::int64_t x = 0; x < size[1]; ++x) {
        const std::int64_t column = nearestAt(x, scaling.scaleX, scaling.half, scaling.rounding, from[2]);
        to = std::copy_n(source + ((n * from[1] + row) * from[2] + column) * from[3], from[3], to);
      }
    }
  return std::vector<Tensor>{output};
}

Status resizeBilinearLower(Lowering& l) { return lowerResize(l, "0"); }
Status resizeNearestLower(Lowering& l) { return lowerResize(l, "1"); }

}  // namespace texflow
