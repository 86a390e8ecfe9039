#include "passes/linear.h"

#include <algorithm>

namespace texflow {

std::optional<Linear> linearOf(const Rewriter& graph, int op) {
  const Node& node = graph.node(op);
  if (node.inputs.size() < 2 || !graph.isPure(op)) return std::nullopt;
  const Tensor* weights = graph.constant(node.inputs[1]);
  if (!weights || weights->dtype() != DType::kFloat32) return std::nullopt;
  const std::size_t rank = weights->shape().size();
  const bool channelsLast = node.attrs.get<std::string>("data_format", "NHWC").back() == 'C';
  Linear linear;
  linear.op = op;
  if (node.op == "Conv2D" && rank == 4 && channelsLast) {
    linear.axis = 3;
  } else if (node.op == "Conv3D" && rank == 5 && node.attrs.get<std::string>("data_format", "NDHWC") == "NDHWC") {
    linear.axis = 4;
  } else if (node.op == "DepthwiseConv2dNative" && rank == 4 && channelsLast) {
    linear.axis = 2;
    linear.axes = 2;
  } else if (node.op == "MatMul" && rank == 2) {
    linear.axis = node.attrs.get<bool>("transpose_b", false) ? 0 : 1;
  } else {
    return std::nullopt;
  }
  linear.channels = 1;
  for (std::size_t i = 0; i < linear.axes; ++i) linear.channels *= weights->shape()[linear.axis + i];
  return linear.channels > 0 ? std::optional(linear) : std::nullopt;
}

std::optional<std::vector<float>> perChannel(const Tensor* tensor, std::int64_t channels) {
  if (!tensor || tensor->dtype() != DType::kFloat32 || tensor->shape().size() > 4) return std::nullopt;
  const bool one = tensor->size() == 1;
  if (!one && (tensor->size() != channels || tensor->shape().back() != channels)) return std::nullopt;
  std::vector<float> values(static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = tensor->data<float>()[one ? 0 : i];
  return values;
}

std::optional<std::pair<Port, std::vector<float>>> biasOf(const Rewriter& graph, int index, std::int64_t channels) {
  const Node& node = graph.node(index);
  const bool add = node.op == "Add" || node.op == "AddV2";
  if ((!add && node.op != "BiasAdd") || node.inputs.size() != 2 || !graph.isPure(index)) return std::nullopt;
  if (!add && node.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return std::nullopt;
  for (const std::size_t slot : {1u, 0u}) {
    if (slot == 0 && !add) break;
    if (auto values = perChannel(graph.constant(node.inputs[slot]), channels))
      return std::pair(node.inputs[1 - slot], std::move(*values));
  }
  return std::nullopt;
}

std::optional<Linear> linearBefore(const Rewriter& graph, const Port& port, int reader) {
  if (port.slot != 0 || graph.onlyReader(port.node) != reader) return std::nullopt;
  if (auto linear = linearOf(graph, port.node)) return linear;
  // One step back over a bias.
  for (const Port& input : graph.node(port).inputs) {
    if (input.slot != 0 || graph.onlyReader(input.node) != port.node) continue;
    auto linear = linearOf(graph, input.node);
    if (!linear) continue;
    auto bias = biasOf(graph, port.node, linear->channels);
    // A constant of a higher rank than the product would make the result larger.
    if (!bias || bias->first != input) continue;
    linear->bias = port.node;
    linear->biasValue = Tensor(DType::kFloat32, {linear->channels}, bias->second);
    return linear;
  }
  return std::nullopt;
}

void scaleWeights(Rewriter& graph, const Linear& linear, const std::vector<double>& factors) {
  const Node& source = graph.node(graph.node(linear.op).inputs[1]);
  const std::string name = source.name;
  std::int64_t inner = 1;
  const Shape& shape = source.value.shape();
  for (std::size_t i = linear.axis + linear.axes; i < shape.size(); ++i) inner *= shape[i];
  // Computed when they are asked for, so that not all weights are in memory at once.
  const auto make = [old = source.value, factors, inner] {
    Tensor scaled(DType::kFloat32, old.shape());
    const float* from = old.data<float>();
    float* to = scaled.mutableData<float>();
    std::int64_t at = 0;
    while (at < old.size()) {
      for (const double factor : factors)
        for (std::int64_t i = 0; i < inner; ++i, ++at) to[at] = static_cast<float>(from[at] * factor);
    }
    return scaled;
  };
  Tensor scaled = Tensor::deferred(DType::kFloat32, shape, make);
  graph.setInput(linear.op, 1, {graph.addConstant(name, std::move(scaled)), 0});
}

}  // namespace texflow
