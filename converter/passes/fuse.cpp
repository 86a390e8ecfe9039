#include <map>
#include <set>

#include "passes/linear.h"
#include "passes/pass.h"

namespace texflow {
namespace {

const std::map<std::string_view, const char*>& fusedNames() {
  static const std::map<std::string_view, const char*> kNames = {
      {"Conv2D", "_FusedConv2D"}, {"DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"}, {"MatMul", "_FusedMatMul"}};
  return kNames;
}

/// Activations that the fused kernels of TensorFlow.js have; Tanh is not among them.
bool isFusable(std::string_view op) {
  static const std::set<std::string_view> kOps = {"Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid", "Prelu"};
  return kOps.contains(op);
}

struct Tail {
  int last = -1;  ///< The last node that goes into the fused one.
  Port bias{-1, 0}, alpha{-1, 0};
  std::vector<std::string> ops;
};

/// The bias after the op: a vector of as many elements as there are channels, so that nothing is broadcast but it.
Port biasVector(Rewriter& graph, int index, const Linear& linear) {
  const Node& node = graph.node(index);
  const auto bias = biasOf(graph, index, linear.channels);
  if (!bias || bias->first != Port{linear.op, 0}) return {-1, 0};
  const Port given = node.inputs[bias->first == node.inputs[0] ? 1 : 0];
  const Shape& shape = graph.constant(given)->shape();
  if (shape == Shape{linear.channels}) return given;
  const std::size_t rank = graph.node(graph.node(linear.op).inputs[1]).value.shape().size();
  if (shape.size() > rank) return {-1, 0};
  return {graph.addConstant(node.name + "/bias", Tensor(DType::kFloat32, {linear.channels}, bias->second)), 0};
}

/// A slope for each channel, or none when the constant has another shape.
Port slopeVector(Rewriter& graph, int index, std::int64_t channels) {
  const Port given = graph.node(index).inputs[1];
  const Tensor* slope = graph.constant(given);
  const auto values = perChannel(slope, channels);
  if (!values) return {-1, 0};
  if (slope->shape() == Shape{channels}) return given;
  return {graph.addConstant(graph.node(index).name + "/alpha", Tensor(DType::kFloat32, {channels}, *values)), 0};
}

Tail tailOf(Rewriter& graph, const Linear& linear) {
  Tail tail;
  const bool pinned = graph.isFunction();
  const auto next = [&](int index) {
    const int reader = graph.onlyReader(index);
    const bool usable = reader >= 0 && graph.isPure(reader) && !(pinned && graph.isOutput(reader));
    return usable ? reader : -1;
  };
  int reader = next(linear.op);
  if (reader < 0) return tail;
  tail.bias = biasVector(graph, reader, linear);
  if (tail.bias.node >= 0) {
    tail.last = reader;
    tail.ops = {"BiasAdd"};
    reader = next(reader);
  }
  if (reader < 0 || !isFusable(graph.node(reader).op) || graph.node(reader).inputs[0].slot != 0) return tail;
  const int before = tail.last >= 0 ? tail.last : linear.op;
  if (graph.node(reader).inputs[0].node != before) return tail;
  if (tail.ops.empty() && graph.node(linear.op).op == "MatMul") return tail;
  if (graph.node(reader).op == "Prelu") {
    tail.alpha = slopeVector(graph, reader, linear.channels);
    if (tail.alpha.node < 0) return tail;
  }
  if (tail.ops.empty()) tail.ops = {"NoOp"};
  tail.ops.push_back(graph.node(reader).op);
  tail.last = reader;
  return tail;
}

void fuse(Rewriter& graph, int index) {
  const auto linear = linearOf(graph, index);
  if (!linear) return;
  const Tail tail = tailOf(graph, *linear);
  if (tail.last < 0) return;
  Node fused;
  fused.op = fusedNames().at(graph.node(index).op);
  fused.name = graph.node(tail.last).name;
  fused.attrs = graph.node(index).attrs;
  fused.inputs = graph.node(index).inputs;
  fused.inputs.resize(2);
  std::int64_t arguments = 0;
  for (const Port& port : {tail.bias, tail.alpha}) {
    if (port.node < 0) continue;
    fused.inputs.push_back(port);
    ++arguments;
  }
  if (tail.ops.back() == "LeakyRelu") fused.attrs.set("leakyrelu_alpha", graph.node(tail.last).attrs.number("alpha", 0.2));
  fused.attrs.set("fused_ops", tail.ops);
  fused.attrs.set("num_args", arguments);
  fused.attrs.set("epsilon", 0.0);
  graph.takePlace(tail.last, graph.add(std::move(fused)));
}

/// relu(x) + c * relu(-x) is prelu with the slope -c.
void formPreluAt(Rewriter& graph, int index) {
  const Node& sum = graph.node(index);
  if ((sum.op != "Add" && sum.op != "AddV2") || sum.inputs.size() != 2) return;
  for (const std::size_t slot : {0u, 1u}) {
    const Node& positive = graph.node(sum.inputs[slot]);
    const Node& product = graph.node(sum.inputs[1 - slot]);
    if (positive.op != "Relu" || product.op != "Mul" || product.inputs.size() != 2) continue;
    const Port x = positive.inputs[0];
    for (const std::size_t factor : {0u, 1u}) {
      const Tensor* slope = graph.constant(product.inputs[factor]);
      const Node& negative = graph.node(product.inputs[1 - factor]);
      if (!slope || slope->dtype() != DType::kFloat32 || negative.op != "Relu") continue;
      const Node& turned = graph.node(negative.inputs[0]);
      if (turned.op != "Neg" || turned.inputs[0] != x) continue;
      Tensor alpha(DType::kFloat32, slope->shape());
      for (std::int64_t i = 0; i < alpha.size(); ++i) alpha.mutableData<float>()[i] = -slope->data<float>()[i];
      const std::string name = sum.name;
      const int constant = graph.addConstant(name + "/alpha", std::move(alpha));
      graph.takePlace(index, graph.add("Prelu", name, {x, {constant, 0}}, {{"T", DType::kFloat32}}));
      return;
    }
  }
}

}  // namespace

Status formPrelu(Rewriter& graph, const ConvertOptions&) {
  const int count = graph.size();
  for (int i = 0; i < count; ++i)
    if (graph.isPure(i) && !graph.isConditional(i)) formPreluAt(graph, i);
  return {};
}

Status fuseActivations(Rewriter& graph, const ConvertOptions&) {
  const int count = graph.size();
  for (int i = 0; i < count; ++i)
    if (fusedNames().contains(graph.node(i).op) && graph.isPure(i)) fuse(graph, i);
  return {};
}

}  // namespace texflow
