// Volumes on the host: Conv3D and its transpose, MaxPool3D, AvgPool3D.
#include <algorithm>
#include <array>
#include <limits>

#include "ops/operands.h"
#include "ops/window.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;
using Triple = std::array<std::int64_t, 3>;

/// A window that slides over NDHWC volumes.
struct Window3 {
  std::int64_t batch = 0, channels = 0;
  Triple size{}, kernel{}, stride{1, 1, 1}, dilation{1, 1, 1}, pad{}, out{};
  Shape outputShape(std::int64_t outChannels) const { return {batch, out[0], out[1], out[2], outChannels}; }
};

Status readTriple(const Node& node, const char* name, Triple& to) {
  const Ints* list = node.attrs.find<Ints>(name);
  if (!list || list->empty()) return {};
  if (list->size() != 5 || (*list)[0] != 1 || (*list)[4] != 1)
    return Status::unsupported("The " + std::string(name) + " " + shapeText(*list) +
                               " are not five numbers with 1 for batch and channels.");
  for (std::size_t i = 0; i < 3; ++i) {
    to[i] = (*list)[i + 1];
    if (to[i] < 1 || to[i] > (std::int64_t{1} << 30))
      return Status::invalid("The " + std::string(name) + " " + shapeText(*list) + " must be positive and at most 2^30.");
  }
  return {};
}

Result<Window3> windowOver(const Node& node, const Shape& volume, const Triple& kernel) {
  if (volume.size() != 5) return Status::invalid("The volume " + shapeText(volume) + " must have rank 5.");
  if (node.attrs.get<std::string>("data_format", "NDHWC") != "NDHWC")
    return Status::unsupported("Only the data_format NDHWC is supported.");
  Window3 w;
  w.batch = volume[0];
  w.channels = volume[4];
  w.kernel = kernel;
  TEXFLOW_TRY(readTriple(node, "strides", w.stride));
  TEXFLOW_TRY(readTriple(node, "dilations", w.dilation));
  const std::string padding = node.attrs.get<std::string>("padding", "VALID");
  const Ints pads = padding == "EXPLICIT" ? node.attrs.get<Ints>("explicit_paddings", {}) : Ints(10, 0);
  if (pads.size() != 10 || std::any_of(pads.begin(), pads.end(), [](std::int64_t p) { return p < 0 || p > (1 << 30); }) ||
      pads[0] + pads[1] + pads[8] + pads[9] != 0)
    return Status::invalid("The explicit_paddings " + shapeText(pads) + " are not ten sizes with 0 for batch and channels.");
  for (std::size_t i = 0; i < 3; ++i) {
    w.size[i] = volume[i + 1];
    if (kernel[i] < 1) return Status::invalid("The window is empty.");
    w.pad[i] = pads[2 + 2 * i];
    TEXFLOW_TRY(solveAxis(i == 0   ? "depth"
                          : i == 1 ? "height"
                                   : "width",
                          padding, w.size[i], kernel[i], w.stride[i], w.dilation[i], w.pad[i], pads[3 + 2 * i], w.out[i]));
  }
  return w;
}

/// Calls visit(output pixel, input pixel, tap) for every tap that lies inside the volume.
template <class Visit>
void forEachTap(const Window3& w, Visit visit) {
  std::int64_t pixel = 0;
  for (std::int64_t n = 0; n < w.batch; ++n)
    for (std::int64_t z = 0; z < w.out[0]; ++z)
      for (std::int64_t y = 0; y < w.out[1]; ++y)
        for (std::int64_t x = 0; x < w.out[2]; ++x, ++pixel) {
          const Triple origin{z * w.stride[0] - w.pad[0], y * w.stride[1] - w.pad[1], x * w.stride[2] - w.pad[2]};
          const TapRange deep(origin[0], w.size[0], w.kernel[0], w.dilation[0]);
          const TapRange rows(origin[1], w.size[1], w.kernel[1], w.dilation[1]);
          const TapRange columns(origin[2], w.size[2], w.kernel[2], w.dilation[2]);
          for (std::int64_t k = deep.first; k < deep.last; ++k)
            for (std::int64_t j = rows.first; j < rows.last; ++j)
              for (std::int64_t i = columns.first; i < columns.last; ++i)
                visit(pixel,
                      ((n * w.size[0] + origin[0] + k * w.dilation[0]) * w.size[1] + origin[1] + j * w.dilation[1]) *
                              w.size[2] +
                          origin[2] + i * w.dilation[2],
                      (k * w.kernel[1] + j) * w.kernel[2] + i);
        }
}

Result<Window3> convWindow(const Node& node, const Shape& volume, const TensorInfo& filter) {
  TEXFLOW_TRY(expectOperandDType(filter, "filter", {DType::kFloat32}));
  TEXFLOW_TRY(expectOperandRank(filter, "filter", 5));
  TEXFLOW_ASSIGN(const Window3 w, windowOver(node, volume, {filter.shape[0], filter.shape[1], filter.shape[2]}));
  return w;
}

Result<Window3> forwardWindow(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32}));
  TEXFLOW_ASSIGN(const Window3 w, convWindow(node, inputs[0].shape, inputs[1]));
  const Shape& filter = inputs[1].shape;
  if (filter[3] < 1 || w.channels % filter[3] != 0 || filter[4] % (w.channels / filter[3]) != 0)
    return Status::invalid("A filter of shape " + shapeText(filter) + " does not fit an input of shape " +
                           shapeText(inputs[0].shape) + ".");
  return w;
}

Result<Window3> backwardWindow(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 3));
  TEXFLOW_ASSIGN(const Shape volume, intsOperand(inputs, 0, "input_sizes"));
  TEXFLOW_TRY(checkedElementCount(volume).status());
  TEXFLOW_TRY(expectOperandDType(inputs[2], "out_backprop", {DType::kFloat32}));
  TEXFLOW_ASSIGN(const Window3 w, convWindow(node, volume, inputs[1]));
  const Shape& filter = inputs[1].shape;
  if (filter[3] != w.channels || inputs[2].shape != w.outputShape(filter[4]))
    return Status::invalid("An out_backprop of shape " + shapeText(inputs[2].shape) + " does not come from a volume of " +
                           shapeText(volume) + " and a filter of " + shapeText(filter) + ".");
  return w;
}

Result<Window3> poolWindow(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32}));
  Triple kernel{};
  TEXFLOW_TRY(readTriple(node, "ksize", kernel));
  return windowOver(node, inputs[0].shape, kernel);
}

}  // namespace

Result<std::vector<TensorInfo>> conv3dShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, forwardWindow(node, inputs));
  return oneOutput(DType::kFloat32, w.outputShape(inputs[1].shape[4]));
}

Result<std::vector<Tensor>> conv3dHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, forwardWindow(node, infosOf(inputs)));
  const std::int64_t depth = inputs[1].shape()[3], channels = inputs[1].shape()[4];
  const std::int64_t perGroup = channels / (w.channels / depth);
  Tensor output(DType::kFloat32, w.outputShape(channels));
  forEachTap(w, [&](std::int64_t pixel, std::int64_t source, std::int64_t tap) {
    float* to = output.mutableData<float>() + pixel * channels;
    for (std::int64_t c = 0; c < depth; ++c) {
      const float* line = inputs[1].data<float>() + (tap * depth + c) * channels;
      for (std::int64_t o = 0; o < channels; ++o)
        to[o] += inputs[0].data<float>()[source * w.channels + o / perGroup * depth + c] * line[o];
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> conv3dBackpropInputShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, backwardWindow(node, inputs));
  return oneOutput(DType::kFloat32, {w.batch, w.size[0], w.size[1], w.size[2], w.channels});
}

Result<std::vector<Tensor>> conv3dBackpropInputHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, backwardWindow(node, infosOf(inputs)));
  const std::int64_t channels = inputs[1].shape()[4];
  Tensor output(DType::kFloat32, {w.batch, w.size[0], w.size[1], w.size[2], w.channels});
  forEachTap(w, [&](std::int64_t pixel, std::int64_t target, std::int64_t tap) {
    const float* from = inputs[2].data<float>() + pixel * channels;
    for (std::int64_t c = 0; c < w.channels; ++c) {
      const float* line = inputs[1].data<float>() + (tap * w.channels + c) * channels;
      float sum = 0;
      for (std::int64_t o = 0; o < channels; ++o) sum += from[o] * line[o];
      output.mutableData<float>()[target * w.channels + c] += sum;
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> pool3dShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, poolWindow(node, inputs));
  return oneOutput(DType::kFloat32, w.outputShape(w.channels));
}

Result<std::vector<Tensor>> pool3dHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window3 w, poolWindow(node, infosOf(inputs)));
  const bool average = node.op == "AvgPool3D";
  Tensor output(DType::kFloat32, w.outputShape(w.channels));
  float* to = output.mutableData<float>();
  std::fill_n(to, output.size(), average ? 0.0F : std::numeric_limits<float>::lowest());
  std::vector<std::int64_t> taps(static_cast<std::size_t>(output.size() / std::max<std::int64_t>(1, w.channels)), 0);
  forEachTap(w, [&](std::int64_t pixel, std::int64_t source, std::int64_t) {
    ++taps[static_cast<std::size_t>(pixel)];
    for (std::int64_t c = 0; c < w.channels; ++c) {
      const float value = inputs[0].data<float>()[source * w.channels + c];
      float& result = to[pixel * w.channels + c];
      result = average ? result + value : std::max(result, value);
    }
  });
  if (average)
    for (std::int64_t i = 0; i < output.size(); ++i)
      to[i] /= static_cast<float>(std::max<std::int64_t>(1, taps[static_cast<std::size_t>(i / w.channels)]));
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
