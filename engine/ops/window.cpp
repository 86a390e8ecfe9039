#include "ops/window.h"

namespace texflow {
namespace {

constexpr std::int64_t kLimit = std::int64_t{1} << 30;

/// A positive list attribute of four numbers, [1,1,1,1] when it is absent; batch and channel entries must be 1.
Status readQuad(const Node& node, const char* name, int heightAxis, std::int64_t& height, std::int64_t& width) {
  const auto* list = node.attrs.find<std::vector<std::int64_t>>(name);
  if (!list || list->empty()) return {};
  if (list->size() != 4) {
    return Status::invalid(std::string(name) + " must have four entries but has " + std::to_string(list->size()) + ".");
  }
  for (int axis = 0; axis < 4; ++axis) {
    const std::int64_t value = (*list)[static_cast<std::size_t>(axis)];
    if (value < 1 || value > kLimit) {
      return Status::invalid(std::string(name) + " " + shapeText(*list) + " must be positive and at most 2^30.");
    }
    if (axis != heightAxis && axis != heightAxis + 1 && value != 1) {
      return Status::unsupported(std::string(name) + " " + shapeText(*list) +
                                 " are not supported; the batch and channel entries must be 1.");
    }
  }
  height = (*list)[static_cast<std::size_t>(heightAxis)];
  width = (*list)[static_cast<std::size_t>(heightAxis) + 1];
  return {};
}

template <bool kToLast>
Tensor transposed(const Tensor& tensor) {
  const Shape& from = tensor.shape();
  const std::int64_t batch = from[0], channels = kToLast ? from[1] : from[3];
  const std::int64_t height = kToLast ? from[2] : from[1], width = kToLast ? from[3] : from[2], area = height * width;
  Tensor out(tensor.dtype(), kToLast ? Shape{batch, height, width, channels} : Shape{batch, channels, height, width});
  const auto* source = tensor.data<std::uint32_t>();
  auto* target = out.mutableData<std::uint32_t>();
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < area; ++i) {
        const std::int64_t first = (n * channels + c) * area + i, last = (n * area + i) * channels + c;
        target[kToLast ? last : first] = source[kToLast ? first : last];
      }
    }
  }
  return out;
}

}  // namespace

Status solveAxis(const char* axis, const std::string& padding, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                 std::int64_t dilation, std::int64_t& padBefore, std::int64_t padAfter, std::int64_t& out) {
  const std::int64_t reach = (kernel - 1) * dilation + 1;
  if (padding != "SAME" && padding != "VALID" && padding != "EXPLICIT")
    return Status::invalid("padding '" + padding + "' is not SAME, VALID or EXPLICIT.");
  if (padding == "SAME") {
    out = (size + stride - 1) / stride;
    padBefore = std::max<std::int64_t>(0, (out - 1) * stride + reach - size) / 2;
    if (padBefore > kLimit) return Status::invalid(std::string("the window's ") + axis + " exceeds 2^30.");
    return {};
  }
  const std::int64_t room = size + padBefore + padAfter - reach;
  if (room + stride < 0) {
    return Status::invalid(std::string("the window's ") + axis + " " + std::to_string(reach) +
                           " is larger than the padded input's " + std::to_string(size + padBefore + padAfter) + ".");
  }
  out = (room + stride) / stride;
  return {};
}

Shape Window::outputShape(std::int64_t outChannels) const {
  return channelsFirst ? Shape{batch, outChannels, outHeight, outWidth} : Shape{batch, outHeight, outWidth, outChannels};
}

Result<Window> windowOf(const Node& node, const Shape& image, std::int64_t kernelHeight, std::int64_t kernelWidth) {
  if (image.size() != 4) {
    return Status::invalid("the input " + shapeText(image) + " must have rank 4 but has rank " +
                           std::to_string(image.size()) + ".");
  }
  if (kernelHeight < 1 || kernelWidth < 1 || kernelHeight > kLimit || kernelWidth > kLimit) {
    return Status::invalid("the window " + shapeText({kernelHeight, kernelWidth}) + " must be positive and at most 2^30.");
  }
  Window window;
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  if (format != "NHWC" && format != "NCHW") return Status::unsupported("data_format '" + format + "' is not supported.");
  window.channelsFirst = format == "NCHW";
  const int heightAxis = window.channelsFirst ? 2 : 1;
  window.batch = image[0];
  window.height = image[static_cast<std::size_t>(heightAxis)];
  window.width = image[static_cast<std::size_t>(heightAxis) + 1];
  window.channels = image[window.channelsFirst ? 1 : 3];
  window.kernelHeight = kernelHeight;
  window.kernelWidth = kernelWidth;
  TEXFLOW_TRY(readQuad(node, "strides", heightAxis, window.strideY, window.strideX));
  TEXFLOW_TRY(readQuad(node, "dilations", heightAxis, window.dilationY, window.dilationX));

  const std::string padding = node.attrs.get<std::string>("padding", "VALID");
  std::int64_t padBottom = 0, padRight = 0;
  if (padding == "EXPLICIT") {
    const auto* pads = node.attrs.find<std::vector<std::int64_t>>("explicit_paddings");
    if (!pads || pads->size() != 8) return Status::invalid("padding EXPLICIT needs eight explicit_paddings.");
    for (std::size_t i = 0; i < 8; ++i) {
      const bool spatial =
          i / 2 == static_cast<std::size_t>(heightAxis) || i / 2 == static_cast<std::size_t>(heightAxis) + 1;
      if ((*pads)[i] < 0 || (*pads)[i] > kLimit || (!spatial && (*pads)[i] != 0)) {
        return Status::invalid("explicit_paddings " + shapeText(*pads) +
                               " must be 0 for batch and channels and between 0 and 2^30 elsewhere.");
      }
    }
    const std::size_t top = static_cast<std::size_t>(heightAxis) * 2;
    window.padTop = (*pads)[top];
    padBottom = (*pads)[top + 1];
    window.padLeft = (*pads)[top + 2];
    padRight = (*pads)[top + 3];
  }
  TEXFLOW_TRY(solveAxis("height", padding, window.height, kernelHeight, window.strideY, window.dilationY, window.padTop,
                        padBottom, window.outHeight));
  TEXFLOW_TRY(solveAxis("width", padding, window.width, kernelWidth, window.strideX, window.dilationX, window.padLeft,
                        padRight, window.outWidth));
  return window;
}

Tensor toChannelsLast(const Tensor& tensor) { return transposed<true>(tensor); }
Tensor toChannelsFirst(const Tensor& tensor) { return transposed<false>(tensor); }

Status needInputs(std::span<const TensorInfo> inputs, std::size_t count) {
  if (inputs.size() >= count) return {};
  return Status::invalid("needs " + std::to_string(count) + " inputs but has " + std::to_string(inputs.size()) + ".");
}

}  // namespace texflow
