// Which nodes at the ends of a graph a plan leaves to the host.
#include <gtest/gtest.h>

#include "plan/plan.h"

namespace texflow {
namespace {

constexpr std::int64_t kWork = 1 << 15;

/// A graph built node by node, and its plan for an input [1,16,16,8].
struct Net {
  Graph graph;
  Port input = add("x", "Placeholder", {});

  Port add(const std::string& name, const std::string& op, std::vector<Port> inputs) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = std::move(inputs);
    node.attrs.set("strides", std::vector<std::int64_t>{1, 1, 1, 1});
    node.attrs.set("padding", std::string("SAME"));
    graph.nodes.push_back(std::move(node));
    return {static_cast<int>(graph.nodes.size()) - 1, 0};
  }
  Port constant(const std::string& name, Tensor value) {
    const Port port = add(name, "Const", {});
    graph.nodes.back().value = std::move(value);
    return port;
  }
  Port conv(const std::string& name, Port from, std::int64_t channels) {
    return add(name, "Conv2D", {from, constant(name + "/filter", Tensor(DType::kFloat32, {3, 3, 8, channels}))});
  }
  Port flat(const std::string& name, Port from, std::int64_t length) {
    Tensor shape(DType::kInt32, {2});
    shape.mutableData<std::int32_t>()[0] = 1;
    shape.mutableData<std::int32_t>()[1] = static_cast<std::int32_t>(length);
    return add(name, "Reshape", {from, constant(name + "/shape", std::move(shape))});
  }
  Plan plan(const std::vector<Port>& outputs, std::int64_t hostWork = kWork) const {
    PlanOptions options;
    options.hostWork = hostWork;
    options.headProducts = 128;
    auto plan = makePlan(graph, {{input, TensorInfo{DType::kFloat32, {1, 16, 16, 8}, nullptr}}}, outputs, options);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.status().message());
    return std::move(*plan);
  }
};

std::vector<std::string> hostOps(const Plan& plan) {
  std::vector<std::string> ops;
  for (const Step& step : plan.steps)
    if (const auto* host = std::get_if<HostStep>(&step))
      ops.push_back(plan.graph.nodes[static_cast<std::size_t>(host->node)].op);
  return ops;
}

TEST(HostTail, TheSmallEndOfANetIsComputedOnTheHost) {
  Net net;
  const Port head = net.flat("flat", net.conv("conv", net.input, 2), 512);
  const Port output = net.add("scores", "Softmax", {head});
  EXPECT_EQ(hostOps(net.plan({output})), (std::vector<std::string>{"Reshape", "Softmax"}));
}

TEST(HostTail, WhatTheDeviceNeedsStaysThere) {
  Net net;
  const Port gate = net.add("gate", "Tanh", {net.conv("first", net.input, 8)});
  const Port output = net.add("scores", "Softmax", {net.conv("second", gate, 8)});
  EXPECT_EQ(hostOps(net.plan({gate, output})), std::vector<std::string>{"Softmax"});
}

TEST(HostTail, ConvolutionsCountByTheirProducts) {
  Net net;
  const Port output = net.add("scores", "Softmax", {net.conv("conv", net.input, 2)});
  EXPECT_EQ(hostOps(net.plan({output}, 2 * 256 * 72 - 1)), std::vector<std::string>{"Softmax"});
}

TEST(HostTail, LargePicturesStayOnTheDevice) {
  Net net;
  const Port output = net.add("mask", "Tanh", {net.conv("conv", net.input, 65)});
  EXPECT_TRUE(hostOps(net.plan({output}, 1 << 20)).empty());
}

TEST(HostTail, ATailThatSavesNoProgramStaysOnTheDevice) {
  Net net;
  const Port gate = net.add("gate", "Tanh", {net.conv("first", net.input, 8)});
  const Port output = net.add("end", "Tanh", {net.conv("second", gate, 8)});
  EXPECT_TRUE(hostOps(net.plan({output})).empty());
}

TEST(HostTail, AGraphThatIsSmallAltogetherStaysOnTheDevice) {
  Net net;
  EXPECT_TRUE(hostOps(net.plan({net.add("scores", "Softmax", {net.input})})).empty());
}

TEST(HostHead, WhatPreparesTheInputIsComputedOnTheHost) {
  Net net;
  const Port scaled = net.add("scaled", "Mul", {net.input, net.constant("scale", Tensor(DType::kFloat32, {}))});
  EXPECT_EQ(hostOps(net.plan({net.conv("conv", scaled, 65)})), std::vector<std::string>{"Mul"});
}

TEST(HostTail, LayersOfProductsAreComputedOnTheHostUpToAQuarterOfAllProducts) {
  const std::vector<std::string> small{"Softmax"}, withLayer{"Conv2D", "Softmax"};
  Net net;
  const auto scores = [&](Port from) {
    const Port filter = net.constant("narrow", Tensor(DType::kFloat32, {1, 1, 8, 2}));
    return net.add("scores", "Softmax", {net.add("last", "Conv2D", {from, filter})});
  };
  EXPECT_EQ(hostOps(net.plan({scores(net.conv("first", net.input, 8))}, 1024)), withLayer);
  EXPECT_EQ(hostOps(net.plan({scores(net.input)}, 1024)), small);
}

TEST(HostHead, TheFirstConvolutionIsComputedOnTheHostWhereNoOtherUsesItsProgram) {
  Net net;
  const Port first = net.add("first", "Conv2D", {net.input, net.constant("filter", Tensor(DType::kFloat32, {3, 3, 8, 8}))});
  net.graph.nodes[static_cast<std::size_t>(first.node)].attrs.set("strides", std::vector<std::int64_t>{1, 2, 2, 1});
  const Port gate = net.add("gate", "Elu", {first});
  EXPECT_EQ(hostOps(net.plan({net.conv("last", net.conv("wide", gate, 8), 520)})),
            (std::vector<std::string>{"Conv2D", "Elu"}));
  EXPECT_TRUE(hostOps(net.plan({net.conv("last", net.conv("wide", gate, 8), 520)}, 64 * 72 * 8 / 128 - 1)).empty());
}

TEST(HostHead, AConvolutionWhoseProgramOthersUseStaysOnTheDevice) {
  Net net;
  EXPECT_TRUE(hostOps(net.plan({net.conv("last", net.conv("first", net.input, 8), 520)})).empty());
}

TEST(HostHead, WhatMakesTheInputLargerStaysOnTheDevice) {
  Net net;
  Tensor size(DType::kInt32, {2});
  size.mutableData<std::int32_t>()[0] = size.mutableData<std::int32_t>()[1] = 32;
  const Port larger = net.add("larger", "ResizeBilinear", {net.input, net.constant("size", std::move(size))});
  EXPECT_TRUE(hostOps(net.plan({net.conv("conv", larger, 65)})).empty());
}

}  // namespace
}  // namespace texflow
