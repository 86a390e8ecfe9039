// Conv2D, _FusedConv2D and Conv2DBackpropInput. The last may have fused_ops, too, where the engine has fused nodes
// (engine/plan/fuse.cpp); their arguments begin at input 3.
#include "ops/conv_host.h"
#include "ops/conv_lowering.h"
#include "ops/epilogue.h"

namespace texflow {
namespace {

/// Checks image and filter of a convolution and returns the window; the filter is [kh, kw, in / groups, out].
Result<Window> convWindow(const Node& node, DType dtype, const Shape& image, DType filterType, const Shape& filter) {
  if (dtype != filterType || (dtype != DType::kFloat32 && dtype != DType::kInt32)) {
    return Status::invalid("input (" + std::string(dtypeName(dtype)) + ") and filter (" +
                           std::string(dtypeName(filterType)) + ") must both be float32 or both int32.");
  }
  if (filter.size() != 4) return Status::invalid("the filter " + shapeText(filter) + " must have rank 4.");
  TEXFLOW_ASSIGN(Window window, windowOf(node, image, filter[0], filter[1]));
  if (filter[2] < 1 || window.channels % filter[2] != 0) {
    return Status::invalid("the input's " + std::to_string(window.channels) +
                           " channels are not a multiple of the filter's " + std::to_string(filter[2]) + ".");
  }
  const std::int64_t groups = window.channels / filter[2];
  if (groups > 1 && filter[3] % groups != 0) {
    return Status::invalid("the filter's " + std::to_string(filter[3]) + " output channels do not divide into " +
                           std::to_string(groups) + " groups.");
  }
  return window;
}

/// The window of a Conv2DBackpropInput: the forward convolution from the shape in input_sizes.
Result<Window> backWindow(const Node& node, const TensorInfo& sizes, const TensorInfo& filter, const TensorInfo& gradient) {
  if (sizes.dtype != DType::kInt32) return Status::invalid("input_sizes must be int32.");
  if (!sizes.value) return Status::dataDependent("input_sizes is not known before the graph runs.");
  Shape image = sizes.value->toInts();
  if (filter.shape.size() != 4) return Status::invalid("the filter " + shapeText(filter.shape) + " must have rank 4.");
  if (gradient.shape.size() != 4) {
    return Status::invalid("out_backprop " + shapeText(gradient.shape) + " must have rank 4.");
  }
  if (image.size() == 2) {
    const bool first = node.attrs.get<std::string>("data_format", "NHWC") == "NCHW";
    image = first ? Shape{gradient.shape[0], filter.shape[2], image[0], image[1]}
                  : Shape{gradient.shape[0], image[0], image[1], filter.shape[2]};
  }
  TEXFLOW_ASSIGN([[maybe_unused]] const std::int64_t count, checkedElementCount(image));
  TEXFLOW_ASSIGN(Window window, convWindow(node, gradient.dtype, image, filter.dtype, filter.shape));
  if (window.outputShape(filter.shape[3]) != gradient.shape) {
    return Status::invalid("out_backprop " + shapeText(gradient.shape) + " does not match the shape " +
                           shapeText(window.outputShape(filter.shape[3])) + " that input_sizes " + shapeText(image) +
                           " implies.");
  }
  return window;
}

Tensor multiplied(const Window& window, const Tensor& image, const Tensor& filter) {
  const Shape& shape = filter.shape();
  Tensor out(image.dtype(), {window.batch, window.outHeight, window.outWidth, shape[3]});
  if (window.channels == 0 || out.size() == 0) return out;
  if (image.dtype() == DType::kFloat32) {
    convolve(window, shape[2], shape[3], image.data<float>(), filter.data<float>(), out.mutableData<float>());
  } else {
    convolve(window, shape[2], shape[3], image.data<std::uint32_t>(), filter.data<std::uint32_t>(),
             out.mutableData<std::uint32_t>());
  }
  return out;
}

}  // namespace

Result<std::vector<TensorInfo>> shapeConv2D(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(needInputs(inputs, 2));
  TEXFLOW_ASSIGN(const Window window, convWindow(node, inputs[0].dtype, inputs[0].shape, inputs[1].dtype, inputs[1].shape));
  const std::int64_t channels = inputs[1].shape[3];
  if (node.attrs.find<std::vector<std::string>>("fused_ops")) {
    const Shape channelsLast{window.batch, window.outHeight, window.outWidth, channels};
    TEXFLOW_ASSIGN(const Epilogue epilogue, epilogueOf(node, inputs, 2, channelsLast));
    const bool any = epilogue.bias >= 0 || epilogue.batchNorm >= 0 || epilogue.activation != Activation::kNone;
    if (any && inputs[0].dtype != DType::kFloat32) return Status::unsupported("fused_ops need a float32 input.");
  }
  return oneOutput(inputs[0].dtype, window.outputShape(channels));
}

Result<std::vector<Tensor>> hostConv2D(const Node& node, std::span<const Tensor> inputs) {
  const Shape& filter = inputs[1].shape();
  TEXFLOW_ASSIGN(const Window window, windowOf(node, inputs[0].shape(), filter[0], filter[1]));
  Tensor out = multiplied(window, window.channelsFirst ? toChannelsLast(inputs[0]) : inputs[0], inputs[1]);
  TEXFLOW_TRY(applyFusedOps(node, inputs, 2, out));
  return std::vector<Tensor>{window.channelsFirst ? toChannelsFirst(out) : out};
}

Status lowerConv2D(Lowering& lowering) {
  const auto inputs = lowering.inputs;
  TEXFLOW_ASSIGN(const Window window, windowOf(lowering.node, inputs[0].shape, inputs[1].shape[0], inputs[1].shape[1]));
  TEXFLOW_TRY(checkLowerable(lowering, window, 1));
  const Shape& filter = inputs[1].shape;
  if (filter[2] != window.channels) return Status::unsupported("grouped convolutions run on the host.");
  TEXFLOW_ASSIGN(const FoldedEpilogue folded,
                 foldedEpilogueOf(lowering.node, inputs, 2, lowering.outputs[0].shape, filter[3]));
  const FilterView view{*inputs[1].value, filter[0] * filter[1], filter[2], filter[3], filter[2] * filter[3], filter[3], 1};
  return lowerConvolution(lowering, 0, window, view, folded);
}

Result<std::vector<TensorInfo>> shapeConv2DBackpropInput(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(needInputs(inputs, 3));
  TEXFLOW_ASSIGN(const Window window, backWindow(node, inputs[0], inputs[1], inputs[2]));
  Shape shape = window.channelsFirst ? Shape{window.batch, window.channels, window.height, window.width}
                                     : Shape{window.batch, window.height, window.width, window.channels};
  return oneOutput(inputs[2].dtype, std::move(shape));
}

Result<std::vector<Tensor>> hostConv2DBackpropInput(const Node& node, std::span<const Tensor> inputs) {
  const auto info = [&](std::size_t i) { return TensorInfo{inputs[i].dtype(), inputs[i].shape(), &inputs[i]}; };
  TEXFLOW_ASSIGN(const Window w, backWindow(node, info(0), info(1), info(2)));
  const Shape& filter = inputs[1].shape();
  Tensor image(inputs[2].dtype(), {w.batch, w.height, w.width, w.channels});
  const Tensor gradient = w.channelsFirst ? toChannelsLast(inputs[2]) : inputs[2];
  if (image.size() > 0 && gradient.size() > 0) {
    if (image.dtype() == DType::kFloat32) {
      convolveBack(w, filter[2], filter[3], gradient.data<float>(), inputs[1].data<float>(), image.mutableData<float>());
    } else {
      convolveBack(w, filter[2], filter[3], gradient.data<std::uint32_t>(), inputs[1].data<std::uint32_t>(),
                   image.mutableData<std::uint32_t>());
    }
  }
  TEXFLOW_TRY(applyFusedOps(node, inputs, 3, image));
  return std::vector<Tensor>{w.channelsFirst ? toChannelsFirst(image) : image};
}

Status lowerConv2DBackpropInput(Lowering& lowering) {
  const auto inputs = lowering.inputs;
  TEXFLOW_ASSIGN(const Window window, backWindow(lowering.node, inputs[0], inputs[1], inputs[2]));
  TEXFLOW_TRY(checkLowerable(lowering, window, 1));
  const Shape& filter = inputs[1].shape;
  if (filter[2] != window.channels) return Status::unsupported("grouped convolutions run on the host.");
  TEXFLOW_ASSIGN(const FoldedEpilogue folded,
                 foldedEpilogueOf(lowering.node, inputs, 3, lowering.outputs[0].shape, filter[2]));
  const FilterView view{*inputs[1].value, filter[0] * filter[1], filter[3], filter[2], filter[2] * filter[3], 1, filter[3]};
  return lowerTransposedConvolution(lowering, 2, window, view, folded);
}

}  // namespace texflow
