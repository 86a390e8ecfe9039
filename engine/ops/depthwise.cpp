// DepthwiseConv2dNative and FusedDepthwiseConv2dNative.
#include "ops/conv_host.h"
#include "ops/conv_lowering.h"
#include "ops/epilogue.h"

namespace texflow {

Result<std::vector<TensorInfo>> shapeDepthwiseConv2D(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(needInputs(inputs, 2));
  if (inputs[0].dtype != DType::kFloat32 || inputs[1].dtype != DType::kFloat32) {
    return Status::invalid("input (" + std::string(dtypeName(inputs[0].dtype)) + ") and filter (" +
                           std::string(dtypeName(inputs[1].dtype)) + ") must be float32.");
  }
  const Shape& filter = inputs[1].shape;
  if (filter.size() != 4) return Status::invalid("the filter " + shapeText(filter) + " must have rank 4.");
  TEXFLOW_ASSIGN(const Window window, windowOf(node, inputs[0].shape, filter[0], filter[1]));
  if (window.channels != filter[2]) {
    return Status::invalid("the input has " + std::to_string(window.channels) + " channels but the filter has " +
                           std::to_string(filter[2]) + ".");
  }
  const std::int64_t channels = filter[2] * filter[3];
  if (node.attrs.find<std::vector<std::string>>("fused_ops")) {
    const Shape channelsLast{window.batch, window.outHeight, window.outWidth, channels};
    TEXFLOW_ASSIGN([[maybe_unused]] const Epilogue epilogue, epilogueOf(node, inputs, 2, channelsLast));
  }
  return oneOutput(DType::kFloat32, window.outputShape(channels));
}

Result<std::vector<Tensor>> hostDepthwiseConv2D(const Node& node, std::span<const Tensor> inputs) {
  const Shape& filter = inputs[1].shape();
  TEXFLOW_ASSIGN(const Window window, windowOf(node, inputs[0].shape(), filter[0], filter[1]));
  const Tensor image = window.channelsFirst ? toChannelsLast(inputs[0]) : inputs[0];
  Tensor out(DType::kFloat32, {window.batch, window.outHeight, window.outWidth, filter[2] * filter[3]});
  if (out.size() > 0) {
    convolveDepthwise(window, filter[3], image.data<float>(), inputs[1].data<float>(), out.mutableData<float>());
  }
  TEXFLOW_TRY(applyFusedOps(node, inputs, 2, out));
  return std::vector<Tensor>{window.channelsFirst ? toChannelsFirst(out) : out};
}

Status lowerDepthwiseConv2D(Lowering& lowering) {
  const auto inputs = lowering.inputs;
  const Shape& filter = inputs[1].shape;
  TEXFLOW_ASSIGN(const Window window, windowOf(lowering.node, inputs[0].shape, filter[0], filter[1]));
  TEXFLOW_TRY(checkLowerable(lowering, window, 1));
  TEXFLOW_ASSIGN(const FoldedEpilogue folded,
                 foldedEpilogueOf(lowering.node, inputs, 2, lowering.outputs[0].shape, filter[2] * filter[3]));
  if (filter[3] == 1) return lowerDepthwise(lowering, window, *inputs[1].value, folded);

  // A channel multiplier is a full convolution with a mostly empty filter; rare, and its images have few channels.
  const std::int64_t taps = filter[0] * filter[1], in = filter[2], multiplier = filter[3], out = in * multiplier;
  if (in > 64 || taps * out > (1 << 18))
    return Status::unsupported("a channel multiplier above 1 with many channels runs on the host.");
  const float* values = inputs[1].value->data<float>();
  Tensor full(DType::kFloat32, {taps, in, out});
  float* target = full.mutableData<float>();
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    for (std::int64_t o = 0; o < out; ++o) {
      target[(tap * in + o / multiplier) * out + o] = values[tap * out + o];
    }
  }
  return lowerConvolution(lowering, 0, window, FilterView{full, taps, in, out, in * out, out, 1}, folded);
}

}  // namespace texflow
