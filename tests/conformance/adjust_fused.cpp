// Convolutions and products with bias and activation.
#include "conformance/adjust.h"

namespace texflow::conformance {
namespace {

// The same as nodes of their own, for biases and slopes that TensorFlow's fused op does not take.
void unfuse(const VectorCase& v, MappedCase& m, const char* op, const std::string& activation) {
  const bool channelsFirst = attr(v, "dataFormat") == "NCHW";
  m.node.op = op;
  // One value a channel stands at the channels.
  const auto aligned = [&](const Tensor& tensor) {
    return channelsFirst && tensor.shape().size() == 1 ? tensor.reshaped({tensor.size(), 1, 1}) : tensor;
  };
  if (const Tensor* bias = v.input("bias")) m.follow("AddV2", {aligned(*bias)});
  if (activation.empty()) return;
  const Tensor* slope = v.input("preluActivationWeights");
  m.follow(activation, activation == "Prelu" && slope ? std::vector<Tensor>{aligned(*slope)} : std::vector<Tensor>{});
  if (activation == "LeakyRelu") m.then.back().node.attrs.set("alpha", jsonNumber(attr(v, "leakyreluAlpha")));
}

std::string activationOf(const VectorCase& v) {
  const std::string name = v.attrs.value("activation", "linear");
  if (name == "linear") return "";
  if (name == "prelu") return "Prelu";
  if (name == "leakyrelu") return "LeakyRelu";
  return upper(name.substr(0, 1)) + name.substr(1);
}

// A bias or slope of one element, or of one element a channel.
bool perChannel(const Tensor* tensor, std::int64_t channels, std::size_t channelAxisFromEnd) {
  if (!tensor || tensor->size() == 1 || tensor->shape().size() == 1) return true;
  const Shape& shape = tensor->shape();
  return tensor->size() == channels && shape.size() >= channelAxisFromEnd &&
         shape[shape.size() - channelAxisFromEnd] == channels;
}

// One element a channel; none is zeros, since TensorFlow's fused ops start with BiasAdd.
Tensor channelVector(const Tensor* tensor, std::int64_t channels) {
  Tensor result(DType::kFloat32, Shape{channels});
  for (std::int64_t i = 0; tensor && i < channels; ++i) {
    result.mutableData<float>()[i] = tensor->data<float>()[tensor->size() == 1 ? 0 : i];
  }
  return result;
}

void fuse(const VectorCase& v, MappedCase& m, std::int64_t channels, const char* unfused) {
  const bool channelsFirst = attr(v, "dataFormat") == "NCHW";
  const std::string activation = activationOf(v);
  const Tensor *bias = v.input("bias"), *slope = v.input("preluActivationWeights");
  const std::size_t axis = channelsFirst ? 3 : 1;
  if (!perChannel(bias, channels, axis) || (channelsFirst && !perChannel(slope, channels, axis))) {
    unfuse(v, m, unfused, activation);
    return;
  }
  std::vector<std::string> ops{"BiasAdd"};
  m.add(channelVector(bias, channels), true);
  if (activation == "Prelu") m.add(channelsFirst ? channelVector(slope, channels) : *slope, true);
  if (activation == "LeakyRelu") m.node.attrs.set("leakyrelu_alpha", jsonNumber(attr(v, "leakyreluAlpha")));
  if (!activation.empty()) ops.push_back(activation);
  m.node.attrs.set("num_args", std::int64_t(m.inputs.size()) - 2);
  m.node.attrs.set("fused_ops", ops);
}

}  // namespace

void fusedConv(const VectorCase& v, MappedCase& m) {
  conv2d(v, m);
  fuse(v, m, m.inputs[1].shape().back(), "Conv2D");
}

void fusedDepthwise(const VectorCase& v, MappedCase& m) {
  conv2d(v, m);
  fuse(v, m, m.inputs[1].shape()[2] * m.inputs[1].shape()[3], "DepthwiseConv2dNative");
}

// TensorFlow.js multiplies stacks of matrices, TensorFlow's fused op two matrices.
void fusedMatMul(const VectorCase& v, MappedCase& m) {
  const Tensor* bias = v.input("bias");
  const bool stacks = m.inputs[0].shape()[0] != 1 || m.inputs[1].shape()[0] != 1;
  if (stacks || (bias && bias->shape().size() > 1)) {
    m.node.attrs.set("adj_x", m.node.attrs.get<bool>("transpose_a", false));
    m.node.attrs.set("adj_y", m.node.attrs.get<bool>("transpose_b", false));
    unfuse(v, m, "BatchMatMulV2", activationOf(v));
    return;
  }
  for (Tensor& tensor : m.inputs) tensor = tensor.reshaped({tensor.shape()[1], tensor.shape()[2]});
  m.dropsBatch = true;
  fuse(v, m, m.inputs[1].shape()[m.node.attrs.get<bool>("transpose_b", false) ? 0 : 1], "MatMul");
}

}  // namespace texflow::conformance
