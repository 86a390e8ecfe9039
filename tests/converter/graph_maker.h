// Small graphs for tests of passes, and what they compute.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "ops/op.h"
#include "texflow/converter.h"

namespace texflow {

using AttrList = std::vector<std::pair<std::string, Attr>>;

class GraphMaker {
 public:
  Port add(std::string op, std::vector<Port> inputs, AttrList attrs = {}, std::string name = {}) {
    Node node;
    node.name = name.empty() ? op + "_" + std::to_string(graph_.nodes.size()) : std::move(name);
    node.op = std::move(op);
    node.inputs = std::move(inputs);
    for (auto& [key, value] : attrs) node.attrs.set(key, std::move(value));
    graph_.nodes.push_back(std::move(node));
    return {static_cast<int>(graph_.nodes.size()) - 1, 0};
  }
  Port input(std::string name, Shape shape, DType dtype = DType::kFloat32) {
    const Port port = add("Placeholder", {}, {{"dtype", dtype}, {"shape", shape}}, name);
    graph_.inputs.push_back({name, port, dtype, std::move(shape), true});
    return port;
  }
  Port constant(Tensor value, std::string name = {}) {
    const Port port = add("Const", {}, {{"dtype", value.dtype()}}, std::move(name));
    graph_.nodes.back().value = std::move(value);
    return port;
  }
  Port ints(const std::vector<std::int64_t>& values) { return constant(Tensor::ints(values)); }
  /// A constant with values of a fixed sequence in (-1, 1), or in (0.5, 1.5).
  Port weights(Shape shape, bool positive = false) { return constant(values(std::move(shape), positive)); }
  void output(Port port, std::string name = "y") {
    graph_.outputs.push_back({std::move(name), port, DType::kFloat32, {}, false});
    graph_.hasSignature = true;
  }
  Port conv(Port x, Shape filter, const char* op = "Conv2D", const char* format = "NHWC") {
    return add(op, {x, weights(std::move(filter))},
               {{"T", DType::kFloat32},
                {"strides", std::vector<std::int64_t>{1, 1, 1, 1}},
                {"padding", std::string("SAME")},
                {"data_format", std::string(format)}});
  }
  Port batchNorm(Port x, std::int64_t channels, AttrList attrs = {{"is_training", false}, {"epsilon", 1e-3}}) {
    return add("FusedBatchNormV3",
               {x, weights({channels}, true), weights({channels}), weights({channels}), weights({channels}, true)},
               std::move(attrs));
  }
  Graph take() { return std::move(graph_); }

  Tensor values(Shape shape, bool positive = false) {
    Tensor tensor(DType::kFloat32, std::move(shape));
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
      seed_ = seed_ * 1103515245U + 12345U;
      const float unit = static_cast<float>(seed_ >> 8) / 16777216.0F;
      tensor.mutableData<float>()[i] = positive ? unit + 0.5F : unit * 2 - 1;
    }
    return tensor;
  }

 private:
  Graph graph_;
  std::uint32_t seed_ = 1;
};

/// Every output by name, through the host kernels.
inline std::map<std::string, Tensor> evaluate(const Graph& graph, const std::map<std::string, Tensor>& inputs) {
  std::vector<std::vector<Tensor>> values(graph.nodes.size());
  for (const Endpoint& input : graph.inputs) values[static_cast<std::size_t>(input.port.node)] = {inputs.at(input.name)};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == "Const") values[i] = {node.value};
    if (!values[i].empty()) continue;
    std::vector<Tensor> arguments;
    for (const Port& port : node.inputs)
      arguments.push_back(values[static_cast<std::size_t>(port.node)].at(static_cast<std::size_t>(port.slot)));
    auto results = runOnHost(node, arguments);
    EXPECT_TRUE(results.ok()) << Graph::describe(node) << ": " << results.status().message();
    if (!results.ok()) return {};
    values[i] = std::move(*results);
  }
  std::map<std::string, Tensor> outputs;
  for (const Endpoint& output : graph.outputs)
    outputs.emplace(output.name,
                    values[static_cast<std::size_t>(output.port.node)].at(static_cast<std::size_t>(output.port.slot)));
  return outputs;
}

inline void expectEqual(const std::map<std::string, Tensor>& got, const std::map<std::string, Tensor>& want,
                        double tolerance = 1e-5) {
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, tensor] : want) {
    const Tensor& other = got.at(name);
    ASSERT_EQ(other.dtype(), tensor.dtype()) << name;
    ASSERT_EQ(shapeText(other.shape()), shapeText(tensor.shape())) << name;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      ASSERT_NEAR(other.number(i), tensor.number(i), tolerance * std::max(1.0, std::abs(tensor.number(i)))) << name << i;
  }
}

/// Optimizes the graph and requires that it still computes the same; answers what became of it.
inline Graph optimizedSame(const Graph& graph, const std::map<std::string, Tensor>& inputs, ConvertOptions options = {}) {
  const auto before = evaluate(graph, inputs);
  auto optimized = optimize(graph, options);
  EXPECT_TRUE(optimized.ok()) << optimized.status().message();
  if (!optimized.ok()) return {};
  expectEqual(evaluate(*optimized, inputs), before);
  return std::move(*optimized);
}

inline int countOf(const Graph& graph, std::string_view op) {
  int count = 0;
  for (const Node& node : graph.nodes) count += node.op == op;
  return count;
}

/// Ops other than Const and Placeholder, in order: "_FusedConv2D Identity".
inline std::string opsOf(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes)
    if (node.op != "Const" && node.op != "Placeholder") text += (text.empty() ? "" : " ") + node.op;
  return text;
}

}  // namespace texflow
