// FusedBatchNorm, V2 and V3.
#include <cmath>
#include <vector>

#include "ops/elementwise.h"

namespace texflow {
namespace {

struct Axes {
  std::int64_t outer = 1, channels = 1, inner = 1;  ///< The value is [outer, channels, inner].
};

bool channelsFirst(const Node& node) {
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  return format == "NCHW" || format == "NCDHW";
}

Axes axesOf(const Node& node, const Shape& x) {
  Axes axes;
  axes.channels = channelsFirst(node) ? x[1] : x.back();
  axes.outer = channelsFirst(node) ? x[0] : elementCount(Shape(x.begin(), x.end() - 1));
  axes.inner = channelsFirst(node) ? elementCount(Shape(x.begin() + 2, x.end())) : 1;
  return axes;
}

/// Whether statistics come from the batch. Without the attribute, running statistics that are there are used, as in
/// TensorFlow.js.
bool fromBatch(const Node& node, std::int64_t runningCount) {
  const bool* training = node.attrs.find<bool>("is_training");
  return training ? *training : runningCount == 0;
}

double epsilon(const Node& node) { return node.attrs.number("epsilon", 1e-4); }

/// y = x * scale + offset for each channel.
struct Affine {
  std::vector<double> scale, offset;
};

Affine fold(const Tensor& gamma, const Tensor& beta, const Tensor& mean, const Tensor& variance, double eps) {
  Affine affine;
  for (std::int64_t c = 0; c < gamma.size(); ++c) {
    affine.scale.push_back(gamma.number(c) / std::sqrt(variance.number(c) + eps));
    affine.offset.push_back(beta.number(c) - mean.number(c) * affine.scale.back());
  }
  return affine;
}

/// Outputs 1 to 4 of inference repeat mean and variance; output 5 of V3 is a scalar 0.
Status passStatistics(Lowering& lowering) {
  for (int slot = 1; slot < 5; ++slot) {
    TEXFLOW_ASSIGN(const GpuTensor source, lowering.input(slot % 2 ? 3 : 4));
    lowering.alias(slot, source);
  }
  if (lowering.outputs.size() <= 5) return {};
  TEXFLOW_ASSIGN(const GpuTensor zero, lowering.output(5));
  // A clamp to [0, 0]: the program of Relu, which models with batch norms have anyway.
  TEXFLOW_ASSIGN(const GpuTensor scale, lowering.input(1));
  const GpuTensor operands[] = {scale};
  const Shape shapes[] = {{}};
  return drawElementwise(lowering, "clampTo(a, K.x, K.y)", zero, {}, operands, shapes);
}

}  // namespace

Result<std::vector<TensorInfo>> batchNormShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 5));
  for (const TensorInfo& input : inputs)
    if (input.dtype != DType::kFloat32) return dtypeUnsupported(node, input.dtype);
  const Shape& x = inputs[0].shape;
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  if (format != "NHWC" && format != "NCHW" && format != "NDHWC" && format != "NCDHW")
    return Status::invalid("The data_format '" + format + "' is not one of NHWC, NCHW, NDHWC and NCDHW.");
  if (x.size() != 4 && x.size() != 5)
    return Status::invalid("The value has the shape " + shapeText(x) + "; its rank must be 4 or 5.");
  const Shape channels = {axesOf(node, x).channels};
  static const char* const kNames[] = {"", "scale", "offset", "mean", "variance"};
  const bool batch = fromBatch(node, elementCount(inputs[3].shape));
  for (std::size_t k = 1; k < 5; ++k)
    if (inputs[k].shape != channels && !(k > 2 && batch && inputs[k].shape == Shape{0}))
      return Status::invalid(std::string("The operand ") + kNames[k] + " has the shape " + shapeText(inputs[k].shape) +
                             "; for the value " + shapeText(x) + " it must be " + shapeText(channels) + ".");
  std::vector<TensorInfo> outputs{{DType::kFloat32, x}};
  outputs.insert(outputs.end(), 4, {DType::kFloat32, channels});
  if (node.op == "FusedBatchNormV3") outputs.push_back({DType::kFloat32, {}});  // A scalar 0, as on TensorFlow's CPU.
  return outputs;
}

Result<std::vector<Tensor>> batchNormHost(const Node& node, std::span<const Tensor> inputs) {
  const Tensor& x = inputs[0];
  const Axes axes = axesOf(node, x.shape());
  Tensor mean = inputs[3], variance = inputs[4], unbiased = inputs[4];
  const float* from = x.data<float>();
  if (fromBatch(node, inputs[3].size())) {
    const Shape shape = {axes.channels};
    mean = Tensor(DType::kFloat32, shape), variance = mean, unbiased = mean;
    Tensor means(DType::kFloat32, shape), variances(DType::kFloat32, shape), corrected(DType::kFloat32, shape);
    const double count = static_cast<double>(axes.outer * axes.inner);
    for (std::int64_t c = 0; c < axes.channels; ++c) {
      double sum = 0, squares = 0;
      const auto each = [&](auto visit) {
        for (std::int64_t o = 0; o < axes.outer; ++o)
          for (std::int64_t i = 0; i < axes.inner; ++i)
            visit(static_cast<double>(from[(o * axes.channels + c) * axes.inner + i]));
      };
      each([&](double value) { sum += value; });
      const double center = count > 0 ? sum / count : 0;
      each([&](double value) { squares += (value - center) * (value - center); });
      means.mutableData<float>()[c] = static_cast<float>(center);
      variances.mutableData<float>()[c] = static_cast<float>(count > 0 ? squares / count : 0);
      corrected.mutableData<float>()[c] = static_cast<float>(squares / (count > 1 ? count - 1 : 1));
    }
    mean = means, variance = variances, unbiased = corrected;
  }
  const Affine affine = fold(inputs[1], inputs[2], mean, variance, epsilon(node));
  Tensor y(DType::kFloat32, x.shape());
  for (std::int64_t i = 0; i < y.size(); ++i) {
    const auto c = static_cast<std::size_t>(i / axes.inner % axes.channels);
    y.mutableData<float>()[i] = static_cast<float>(static_cast<double>(from[i]) * affine.scale[c] + affine.offset[c]);
  }
  std::vector<Tensor> outputs{y, mean, unbiased, mean, variance};
  if (node.op == "FusedBatchNormV3") outputs.emplace_back(DType::kFloat32, Shape{});
  return outputs;
}

Status batchNormLower(Lowering& lowering) {
  if (channelsFirst(lowering.node) || fromBatch(lowering.node, elementCount(lowering.inputs[3].shape)))
    return Status::unsupported("Only inference with the channels last has a GPU kernel.");
  const Tensor* values[5] = {};
  bool constant = true;
  for (std::size_t k = 1; k < 5; ++k) constant &= (values[k] = lowering.inputs[k].value) != nullptr;
  const std::int64_t blocks = (lowering.inputs[0].shape.back() + 3) / 4;
  const double eps = epsilon(lowering.node);
  if (!constant || blocks > lowering.maxTextureSize()) {
    TEXFLOW_TRY(passStatistics(lowering));
    return lowerElementwise(lowering, "(a - d) * (b / sqrt(e + K.x)) + c", {static_cast<float>(eps), 0, 0, 0});
  }
  TEXFLOW_TRY(passStatistics(lowering));
  TEXFLOW_ASSIGN(const GpuTensor x, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor y, lowering.output(0));
  // The builder packs weights after this function has returned, so the closure owns what it needs.
  const Affine affine = fold(*values[1], *values[2], *values[3], *values[4], eps);
  // Line 0: scale, line 1: offset; one texel a channel block.
  const int width = textureExtent(static_cast<int>(blocks)), height = textureExtent(2);
  TEXFLOW_ASSIGN(const GpuWeights weights, lowering.weights("scale and offset", [=](WeightTexels& into) {
    const std::size_t lineFloats = static_cast<std::size_t>(width) * 4;
    into.assign(width, height, 0);
    for (std::size_t c = 0; c < affine.scale.size(); ++c) {
      into.texels[c] = static_cast<float>(affine.scale[c]);
      into.texels[lineFloats + c] = static_cast<float>(affine.offset[c]);
    }
  }));
  const float params[] = {1.0F / static_cast<float>(width), 1.0F / static_cast<float>(height), 0, 0};
  lowering.draw({"batch_norm", {}}, y, {x}, params, &weights);
  return {};
}

}  // namespace texflow
