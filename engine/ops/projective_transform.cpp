// ImageProjectiveTransformV2 and V3: every output pixel reads where a projection of its place leads.
#include <algorithm>
#include <cmath>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

enum class Fill { kConstant, kReflect, kWrap, kNearest };

Result<Fill> fillOf(const Node& node) {
  const std::string mode = node.attrs.get<std::string>("fill_mode", "CONSTANT");
  if (mode == "CONSTANT") return Fill::kConstant;
  if (mode == "REFLECT") return Fill::kReflect;
  if (mode == "WRAP") return Fill::kWrap;
  if (mode == "NEAREST") return Fill::kNearest;
  return Status::invalid("The fill_mode '" + mode + "' is not REFLECT, WRAP, CONSTANT or NEAREST.");
}

/// A coordinate outside [0, length) brought inside, unless outside means the fill value.
float mapped(float at, std::int64_t length, Fill fill) {
  const auto size = static_cast<float>(length);
  if (fill == Fill::kConstant || !std::isfinite(at)) return at;
  if (fill == Fill::kReflect && length > 1) {
    const float period = 2 * size;
    if (at < 0) {
      if (at < period) at += period * std::trunc(-at / period);
      at = at < -size ? at + period : -at - 1;
    } else if (at > size - 1) {
      at -= period * std::trunc(at / period);
      if (at >= size) at = period - at - 1;
    }
  } else if (fill == Fill::kWrap && length > 1) {
    if (at < 0) at += size * (std::trunc(-at / (size - 1)) + 1);
    else if (at > size - 1) at -= size * std::trunc(at / (size - 1));
  }
  return std::clamp(at, 0.0F, size - 1);
}

Result<Shape> outputShapeOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, node.op.ends_with("V3") ? 4 : 3));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "images", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "images", 4));
  TEXFLOW_TRY(expectOperandDType(inputs[1], "transforms", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[1], "transforms", 2));
  const Shape &images = inputs[0].shape, &transforms = inputs[1].shape;
  if (transforms[1] != 8 || (transforms[0] != 1 && transforms[0] != images[0]))
    return Status::invalid("Transforms of shape " + shapeText(transforms) + " do not fit images of shape " +
                           shapeText(images) + ".");
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> size, intsOperand(inputs, 2, "output_shape"));
  if (size.size() != 2 || size[0] < 0 || size[1] < 0)
    return Status::invalid("The output_shape " + shapeText(size) + " must be two sizes.");
  if (inputs.size() > 3) {
    TEXFLOW_TRY(expectOperandDType(inputs[3], "fill_value", {DType::kFloat32}));
    if (elementCount(inputs[3].shape) != 1) return Status::invalid("The fill_value must be a scalar.");
  }
  TEXFLOW_TRY(fillOf(node).status());
  const std::string interpolation = node.attrs.get<std::string>("interpolation", "NEAREST");
  if (interpolation != "NEAREST" && interpolation != "BILINEAR")
    return Status::invalid("The interpolation '" + interpolation + "' is neither NEAREST nor BILINEAR.");
  return Shape{images[0], size[0], size[1], images[3]};
}

}  // namespace

Result<std::vector<TensorInfo>> projectiveTransformShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Shape shape, outputShapeOf(node, inputs));
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> projectiveTransformHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, outputShapeOf(node, infosOf(inputs)));
  TEXFLOW_ASSIGN(const Fill fill, fillOf(node));
  const bool nearest = node.attrs.get<std::string>("interpolation", "NEAREST") == "NEAREST";
  const float fillValue = inputs.size() > 3 ? *inputs[3].data<float>() : 0;
  const Shape& images = inputs[0].shape();
  Tensor output(inputs[0].dtype(), shape);
  std::int64_t batch = 0, channel = 0;
  const auto read = [&](float y, float x) {
    if (!(y >= 0 && y < static_cast<float>(images[1]) && x >= 0 && x < static_cast<float>(images[2]))) return fillValue;
    const std::int64_t pixel = (batch * images[1] + static_cast<std::int64_t>(y)) * images[2] + static_cast<std::int64_t>(x);
    return static_cast<float>(inputs[0].number(pixel * images[3] + channel));
  };
  for (std::int64_t i = 0; i < output.size(); ++i) {
    channel = i % shape[3];
    const auto x = static_cast<float>(i / shape[3] % shape[2]), y = static_cast<float>(i / shape[3] / shape[2] % shape[1]);
    batch = i / shape[3] / shape[2] / shape[1];
    const float* t = inputs[1].data<float>() + (inputs[1].shape()[0] == 1 ? 0 : 8 * batch);
    const float scale = t[6] * x + t[7] * y + 1;
    float value = fillValue;
    if (scale != 0) {
      const float sourceX = mapped((t[0] * x + t[1] * y + t[2]) / scale, images[2], fill);
      const float sourceY = mapped((t[3] * x + t[4] * y + t[5]) / scale, images[1], fill);
      const float left = std::floor(sourceX), top = std::floor(sourceY);
      const auto line = [&](float row) {
        return (left + 1 - sourceX) * read(row, left) + (sourceX - left) * read(row, left + 1);
      };
      value = nearest ? read(std::round(sourceY), std::round(sourceX))
                      : (top + 1 - sourceY) * line(top) + (sourceY - top) * line(top + 1);
    }
    if (output.dtype() == DType::kFloat32) output.mutableData<float>()[i] = value;
    else output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(std::clamp(value, -2147483648.0F, 2147483520.0F));
  }
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
