#include "passes/lower.h"

namespace texflow {
namespace {

/// A vector of equal numbers, as a constant or made by Fill.
bool isUniform(const Rewriter& graph, const Port& port, float value) {
  const Node& node = graph.node(port);
  const Tensor* tensor =
      node.op == "Fill" && node.inputs.size() == 2 ? graph.constant(node.inputs[1]) : graph.constant(port);
  if (!tensor || tensor->dtype() != DType::kFloat32 || tensor->size() == 0) return false;
  for (std::int64_t i = 0; i < tensor->size(); ++i)
    if (tensor->data<float>()[i] != value) return false;
  return true;
}

/// A graph that leaves out defaults leaves out `true`; then the moving averages are empty.
bool isTraining(const Rewriter& graph, const Node& node) {
  if (const bool* training = node.attrs.find<bool>("is_training")) return *training;
  const Tensor* mean = graph.constant(node.inputs[3]);
  return !mean || mean->size() == 0;
}

}  // namespace

bool lowerBatchNorm(Rewriter& graph, const KnownShapes&, int index) {
  const Node& node = graph.node(index);
  if (node.inputs.size() < 5) return false;
  for (int slot = 1; slot < 6; ++slot)
    if (!graph.isUnread({index, slot})) return false;
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  const auto channels = format.find('C');
  const bool training = isTraining(graph, node);
  if (channels == std::string::npos || format.size() < 4 || (!training && channels + 1 == format.size())) return false;

  const auto epsilon = static_cast<float>(node.attrs.number("epsilon", 1e-4));
  const Port x = node.inputs[0], scale = node.inputs[1], offset = node.inputs[2];
  Replacement with(graph, index);
  std::vector<std::int64_t> axes, wide(format.size(), 1);
  wide[channels] = -1;
  for (std::size_t i = 0; i < format.size(); ++i)
    if (i != channels) axes.push_back(static_cast<std::int64_t>(i));
  const auto spread = [&](Port vector) { return channels + 1 == format.size() ? vector : with.reshape(vector, wide); };
  Port mean = spread(node.inputs[3]), variance = spread(graph.node(index).inputs[4]);
  if (training) {
    const auto average = [&](Port value) {
      return with.make("Mean", {value, with.integers(axes)},
                       {{"T", DType::kFloat32}, {"Tidx", DType::kInt32}, {"keep_dims", true}});
    };
    mean = average(x);
    variance = average(with.floats("SquaredDifference", {x, mean}));
  }
  Port factor = with.floats("Rsqrt", {with.floats("AddV2", {variance, with.number(epsilon)})});
  if (!isUniform(graph, scale, 1)) factor = with.floats("Mul", {factor, spread(scale)});
  Port value = with.floats("Mul", {with.floats("Sub", {x, mean}), factor});
  if (!isUniform(graph, offset, 0)) value = with.floats("AddV2", {value, spread(offset)});
  return with.done(value);
}

bool lowerChannelsFirst(Rewriter& graph, const KnownShapes&, int index) {
  const Node& node = graph.node(index);
  if (node.attrs.get<std::string>("data_format", "NHWC") != "NCHW") return false;
  std::vector<Port> inputs = node.inputs;
  if (node.op == "BiasAdd") {
    Replacement with(graph, index);
    return with.done(with.floats("AddV2", {inputs[0], with.reshape(inputs[1], {1, -1, 1, 1})}));
  }
  Node last = node;
  last.controls.clear();
  last.attrs.set("data_format", std::string("NHWC"));
  for (const char* name : {"strides", "ksize", "dilations"}) {
    const auto* sizes = last.attrs.find<std::vector<std::int64_t>>(name);
    if (!sizes) continue;
    if (sizes->size() != 4) return false;
    last.attrs.set(name, std::vector<std::int64_t>{(*sizes)[0], (*sizes)[2], (*sizes)[3], (*sizes)[1]});
  }
  if (const auto* pads = last.attrs.find<std::vector<std::int64_t>>("explicit_paddings"); pads && pads->size() == 8) {
    const auto p = *pads;
    last.attrs.set("explicit_paddings", std::vector<std::int64_t>{p[0], p[1], p[4], p[5], p[6], p[7], p[2], p[3]});
  }
  Replacement with(graph, index);
  last.inputs = std::move(inputs);
  last.inputs[0] = with.transpose(last.inputs[0], {0, 2, 3, 1});
  const int inner = graph.add(std::move(last));
  return with.done(with.transpose({inner, 0}, {0, 3, 1, 2}));
}

}  // namespace texflow
