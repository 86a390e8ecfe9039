// A network of a few nodes that all run on the GPU.
#pragma once
#include "texflow/graph.h"

namespace texflow {

inline Tensor smallValues(const Shape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.mutableData<float>()[i] = static_cast<float>(i % 23) * 0.01f - 0.1f;
  return tensor;
}

// x → Conv2D 3x3 → Relu → AvgPool → Mean → (mean, mean + a vector)
inline Graph smallNet() {
  Graph graph;
  const auto add = [&](Node node) {
    graph.nodes.push_back(std::move(node));
    return Port{static_cast<int>(graph.nodes.size()) - 1, 0};
  };
  const auto constant = [&](const std::string& name, Tensor value) {
    Node node{.name = name, .op = "Const", .inputs = {}, .attrs = {}, .value = std::move(value), .controls = {}};
    return add(std::move(node));
  };
  const auto node = [&](const std::string& name, const std::string& op, std::vector<Port> inputs) {
    Node made{.name = name, .op = op, .inputs = std::move(inputs), .attrs = {}, .value = {}, .controls = {}};
    made.attrs.set("strides", std::vector<std::int64_t>{1, 1, 1, 1});
    made.attrs.set("padding", std::string("SAME"));
    if (op == "AvgPool") {
      made.attrs.set("ksize", std::vector<std::int64_t>{1, 2, 2, 1});
      made.attrs.set("padding", std::string("VALID"));
    }
    made.attrs.set("keep_dims", false);
    return add(std::move(made));
  };
  const Port x = node("x", "Placeholder", {});
  const Port filter = constant("filter", smallValues({3, 3, 5, 8}));
  const Port axes = constant("axes", Tensor::ints({1, 2}));
  const Port vector = constant("vector", smallValues({1, 8}));
  const Port conv = node("conv", "Conv2D", {x, filter});
  const Port relu = node("relu", "Relu", {conv});
  const Port pool = node("pool", "AvgPool", {relu});
  const Port mean = node("mean", "Mean", {pool, axes});
  const Port sum = node("sum", "AddV2", {mean, vector});
  graph.inputs.push_back({"x", x, DType::kFloat32, {1, 12, 12, 5}, true});
  graph.outputs.push_back({"mean", mean, DType::kFloat32, {1, 8}, true});
  graph.outputs.push_back({"sum", sum, DType::kFloat32, {1, 8}, true});
  return graph;
}

}  // namespace texflow
