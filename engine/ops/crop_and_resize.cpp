// CropAndResize: boxes of images, each resized to one size.
#include <cmath>

#include "ops/array.h"
#include "ops/operands.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

Status expectMethod(const Node& node) {
  const std::string method = node.attrs.get<std::string>("method", "bilinear");
  if (method == "bilinear" || method == "nearest") return {};
  return Status::invalid("The method '" + method + "' is neither bilinear nor nearest.");
}

bool isNearest(const Node& node) { return node.attrs.get<std::string>("method", "bilinear") == "nearest"; }

/// Input coordinates of the samples of one box along one axis: begin + step * i.
struct Samples {
  float begin, step;
};

Samples samplesOf(float low, float high, std::int64_t size, std::int64_t crop) {
  const float last = static_cast<float>(size - 1);
  if (crop > 1) return {low * last, (high - low) * last / static_cast<float>(crop - 1)};
  return {0.5F * (low + high) * last, 0};
}

Result<std::vector<TensorInfo>> checked(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 4));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'image'", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'image'", 4));
  TEXFLOW_TRY(expectOperandDType(inputs[1], "input 'boxes'", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(inputs[1], "input 'boxes'", 2));
  TEXFLOW_TRY(expectOperandDType(inputs[2], "input 'box_ind'", {DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[2], "input 'box_ind'", 1));
  TEXFLOW_TRY(expectMethod(node));
  if (inputs[1].shape[1] != 4 || inputs[1].shape[0] != inputs[2].shape[0])
    return Status::invalid("Boxes of shape " + shapeText(inputs[1].shape) + " and box_ind of shape " +
                           shapeText(inputs[2].shape) + " do not belong together.");
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> size, intsOperand(inputs, 3, "crop_size"));
  const Shape& image = inputs[0].shape;
  if (size.size() != 2 || size[0] <= 0 || size[1] <= 0)
    return Status::invalid("The crop_size " + shapeText(size) + " must be two positive numbers.");
  if (image[1] <= 0 || image[2] <= 0) return Status::invalid("The image " + shapeText(image) + " is empty.");
  return oneOutput(DType::kFloat32, {inputs[1].shape[0], size[0], size[1], image[3]});
}

}  // namespace

Result<std::vector<TensorInfo>> cropAndResizeShape(const Node& node, std::span<const TensorInfo> inputs) {
  return checked(node, inputs);
}

Result<std::vector<Tensor>> cropAndResizeHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, checked(node, infosOf(inputs)));
  Tensor output(DType::kFloat32, infos[0].shape);
  const Shape &image = inputs[0].shape(), &to = output.shape();
  const float fill = static_cast<float>(node.attrs.number("extrapolation_value", 0));
  const bool nearest = isNearest(node);
  const std::int64_t channels = image[3];
  float* out = output.mutableData<float>();
  const auto at = [&](std::int64_t n, float y, float x, std::int64_t c) {
    const std::int64_t pixel = (n * image[1] + static_cast<std::int64_t>(y)) * image[2] + static_cast<std::int64_t>(x);
    return inputs[0].dtype() == DType::kFloat32 ? inputs[0].data<float>()[pixel * channels + c]
                                                : static_cast<float>(inputs[0].data<std::int32_t>()[pixel * channels + c]);
  };
  for (std::int64_t b = 0; b < to[0]; ++b) {
    const float* box = inputs[1].data<float>() + 4 * b;
    const std::int64_t n = inputs[2].data<std::int32_t>()[b];
    if (n < 0 || n >= image[0])
      return Status::invalid("The box_ind " + std::to_string(n) + " is outside a batch of " + std::to_string(image[0]) +
                             ".");
    const Samples rows = samplesOf(box[0], box[2], image[1], to[1]), columns = samplesOf(box[1], box[3], image[2], to[2]);
    for (std::int64_t i = 0; i < to[1] * to[2]; ++i, out += channels) {
      const float y = rows.begin + rows.step * static_cast<float>(i / to[2]);
      const float x = columns.begin + columns.step * static_cast<float>(i % to[2]);
      const bool inside = y >= 0 && y <= static_cast<float>(image[1] - 1) && x >= 0 && x <= static_cast<float>(image[2] - 1);
      for (std::int64_t c = 0; c < channels; ++c) {
        if (!inside) {
          out[c] = fill;
        } else if (nearest) {
          out[c] = at(n, std::round(y), std::round(x), c);
        } else {
          const float top = std::floor(y), left = std::floor(x), partY = y - top, partX = x - left;
          const auto line = [&](float row) {
            const float a = at(n, row, left, c);
            return a + (at(n, row, std::ceil(x), c) - a) * partX;
          };
          const float upper = line(top);
          out[c] = upper + (line(std::ceil(y)) - upper) * partY;
        }
      }
    }
  }
  return std::vector<Tensor>{std::move(output)};
}

Status cropAndResizeLower(Lowering& lowering) {
  const Shape &from = lowering.inputs[0].shape, &to = lowering.outputs[0].shape;
  TEXFLOW_ASSIGN(const GpuTensor image, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor boxes, lowering.input(1));
  TEXFLOW_ASSIGN(const GpuTensor batch, lowering.input(2));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  const auto f = [](auto value) { return static_cast<float>(value); };
  const float params[] = {
      f(from[1]), f(from[2]), f(to[1]), f(to[2]), f(lowering.node.attrs.number("extrapolation_value", 0)), f(from[0]), 0, 0};
  Kernel kernel{"crop", {}};
  if (isNearest(lowering.node)) kernel.defines.emplace_back("NEAREST", "1");
  lowering.draw(kernel, output, {image, boxes, batch}, params);
  return {};
}

}  // namespace texflow
