// Windows that keep a maximum: Dilation2D and MaxPoolWithArgmax.
#include <algorithm>
#include <limits>

#include "ops/operands.h"
#include "ops/window.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Result<Window> dilationWindow(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  for (const TensorInfo& input : inputs) TEXFLOW_TRY(expectOperandDType(input, "operand", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", 4));
  TEXFLOW_TRY(expectOperandRank(inputs[1], "filter", 3));
  const Shape& filter = inputs[1].shape;
  if (filter[2] != inputs[0].shape[3] || inputs[0].dtype != inputs[1].dtype)
    return Status::invalid("A filter of shape " + shapeText(filter) + " does not fit an input of shape " +
                           shapeText(inputs[0].shape) + ".");
  Node renamed;
  renamed.attrs = node.attrs;
  renamed.attrs.set("dilations", node.attrs.get<Ints>("rates", {}));
  renamed.attrs.set("data_format", std::string("NHWC"));
  return windowOf(renamed, inputs[0].shape, filter[0], filter[1]);
}

Result<Window> poolWindow(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", 4));
  const Ints sizes = node.attrs.get<Ints>("ksize", {});
  if (sizes.size() != 4 || sizes[0] != 1 || sizes[3] != 1)
    return Status::unsupported("The ksize " + shapeText(sizes) + " is not four numbers with 1 for batch and channels.");
  TEXFLOW_ASSIGN(const Window window, windowOf(node, inputs[0].shape, sizes[1], sizes[2]));
  if (window.channelsFirst) return Status::unsupported("Only the data_format NHWC is supported.");
  return window;
}

/// Calls visit(output pixel, input pixel, tap) for every tap inside the image.
template <class Visit>
void forEachTap(const Window& w, Visit visit) {
  for (std::int64_t pixel = 0; pixel < w.batch * w.outHeight * w.outWidth; ++pixel) {
    const std::int64_t y0 = pixel / w.outWidth % w.outHeight * w.strideY - w.padTop;
    const std::int64_t x0 = pixel % w.outWidth * w.strideX - w.padLeft, n = pixel / w.outWidth / w.outHeight;
    const TapRange rows(y0, w.height, w.kernelHeight, w.dilationY), columns(x0, w.width, w.kernelWidth, w.dilationX);
    for (std::int64_t j = rows.first; j < rows.last; ++j)
      for (std::int64_t i = columns.first; i < columns.last; ++i)
        visit(pixel, (n * w.height + y0 + j * w.dilationY) * w.width + x0 + i * w.dilationX, j * w.kernelWidth + i);
  }
}

template <class T>
void dilate(const Window& w, const T* image, const T* filter, Tensor& output) {
  T* to = output.mutableData<T>();
  std::fill_n(to, output.size(), std::numeric_limits<T>::lowest());
  using Wrapping = std::conditional_t<std::is_same_v<T, std::int32_t>, std::uint32_t, T>;
  forEachTap(w, [&](std::int64_t pixel, std::int64_t source, std::int64_t tap) {
    for (std::int64_t c = 0; c < w.channels; ++c) {
      const T sum = static_cast<T>(static_cast<Wrapping>(image[source * w.channels + c]) +
                                   static_cast<Wrapping>(filter[tap * w.channels + c]));
      to[pixel * w.channels + c] = std::max(to[pixel * w.channels + c], sum);
    }
  });
}

template <class T>
void poolWithPlaces(const Window& w, const T* image, bool withBatch, Tensor& output, Tensor& places) {
  T* to = output.mutableData<T>();
  auto* at = places.mutableData<std::int32_t>();
  std::fill_n(at, places.size(), -1);
  forEachTap(w, [&](std::int64_t pixel, std::int64_t source, std::int64_t) {
    for (std::int64_t c = 0; c < w.channels; ++c) {
      const std::int64_t i = pixel * w.channels + c, from = source * w.channels + c;
      if (at[i] >= 0 && !(image[from] > to[i])) continue;
      to[i] = image[from];
      at[i] = static_cast<std::int32_t>(withBatch ? from : from % (w.height * w.width * w.channels));
    }
  });
}

}  // namespace

Result<std::vector<TensorInfo>> dilation2dShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Window window, dilationWindow(node, inputs));
  return oneOutput(inputs[0].dtype, window.outputShape(window.channels));
}

Result<std::vector<Tensor>> dilation2dHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window w, dilationWindow(node, infosOf(inputs)));
  Tensor output(inputs[0].dtype(), w.outputShape(w.channels));
  if (output.dtype() == DType::kInt32) dilate(w, inputs[0].data<std::int32_t>(), inputs[1].data<std::int32_t>(), output);
  else dilate(w, inputs[0].data<float>(), inputs[1].data<float>(), output);
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> maxPoolWithArgmaxShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Window window, poolWindow(node, inputs));
  const Shape shape = window.outputShape(window.channels);
  TEXFLOW_TRY(checkedElementCount(shape).status());
  return std::vector<TensorInfo>{{inputs[0].dtype, shape}, {DType::kInt32, shape}};
}

Result<std::vector<Tensor>> maxPoolWithArgmaxHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Window w, poolWindow(node, infosOf(inputs)));
  const bool withBatch = node.attrs.get<bool>("include_batch_in_index", false);
  Tensor output(inputs[0].dtype(), w.outputShape(w.channels)), places(DType::kInt32, output.shape());
  if (output.dtype() == DType::kInt32) poolWithPlaces(w, inputs[0].data<std::int32_t>(), withBatch, output, places);
  else poolWithPlaces(w, inputs[0].data<float>(), withBatch, output, places);
  return std::vector<Tensor>{output, places};
}

}  // namespace texflow
