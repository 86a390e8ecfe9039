#include <gtest/gtest.h>

#include <cmath>

#include "ops/op.h"
#include "plan/plan.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// A graph built node by node; values are computed by the host kernels.
struct GraphUnderTest {
  Graph graph;

  int add(const std::string& op, std::vector<Port> inputs = {}) {
    Node node;
    node.name = op + std::to_string(graph.nodes.size());
    node.op = op;
    node.inputs = std::move(inputs);
    graph.nodes.push_back(std::move(node));
    return static_cast<int>(graph.nodes.size()) - 1;
  }
  Node& at(int index) { return graph.nodes[static_cast<std::size_t>(index)]; }
  int constant(Tensor value) {
    const int index = add("Const");
    at(index).attrs.set("dtype", value.dtype());
    at(index).value = std::move(value);
    return index;
  }
  int floats(const Shape& shape, float seed) {
    Tensor values(DType::kFloat32, shape);
    for (std::int64_t i = 0; i < values.size(); ++i)
      values.mutableData<float>()[i] = std::sin(seed + 1.7F * static_cast<float>(i));
    return constant(std::move(values));
  }
  int ints(const Shape& shape, const std::vector<std::int32_t>& values) {
    Tensor tensor(DType::kInt32, shape);
    std::copy(values.begin(), values.end(), tensor.mutableData<std::int32_t>());
    return constant(std::move(tensor));
  }
  int conv(int image, int filter, const std::string& padding) {
    const int index = add("Conv2D", {{image, 0}, {filter, 0}});
    at(index).attrs.set("strides", Ints{1, 2, 2, 1});
    at(index).attrs.set("padding", padding);
    return index;
  }
};

Tensor evaluate(const Graph& graph, int index, const Tensor& image) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  if (node.op == "Const") return node.value;
  if (node.op == "Placeholder") return image;
  std::vector<Tensor> operands;
  for (const Port& port : node.inputs) operands.push_back(evaluate(graph, port.node, image));
  auto results = findOp(node.op)->host(node, operands);
  EXPECT_TRUE(results.ok()) << results.status().message();
  return results.ok() ? (*results)[0] : Tensor();
}

void expectSameValues(const Graph& graph, int output) {
  Tensor image(DType::kFloat32, {1, 7, 9, 3});
  for (std::int64_t i = 0; i < image.size(); ++i) image.mutableData<float>()[i] = std::cos(static_cast<float>(i));
  const Graph fused = fuse(graph, {{output, 0}});
  const Tensor before = evaluate(graph, output, image), after = evaluate(fused, output, image);
  ASSERT_EQ(before.shape(), after.shape());
  for (std::int64_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before.data<float>()[i], after.data<float>()[i], 1e-5F);
}

TEST(Fuse, ZeroPaddingGoesIntoTheConvolution) {
  GraphUnderTest test;
  const int image = test.add("Placeholder");
  const int sizes = test.ints({4, 2}, {0, 0, 0, 1, 2, 1, 0, 0});
  const int pad = test.add("Pad", {{image, 0}, {sizes, 0}});
  const int conv = test.conv(pad, test.floats({3, 3, 3, 4}, 1), "VALID");
  const Graph fused = fuse(test.graph, {{conv, 0}});
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(conv)].inputs[0].node, image);
  expectSameValues(test.graph, conv);
}

TEST(Fuse, PaddedChannelsAndPaddedPaddingStay) {
  GraphUnderTest test;
  const int image = test.add("Placeholder");
  const int channels = test.add("Pad", {{image, 0}, {test.ints({4, 2}, {0, 0, 0, 0, 0, 0, 0, 1}), 0}});
  const int first = test.conv(channels, test.floats({3, 3, 4, 4}, 1), "VALID");
  const int border = test.add("Pad", {{image, 0}, {test.ints({4, 2}, {0, 0, 1, 1, 1, 1, 0, 0}), 0}});
  const int second = test.conv(border, test.floats({3, 3, 3, 4}, 2), "SAME");
  const Graph fused = fuse(test.graph, {{first, 0}, {second, 0}});
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(first)].inputs[0].node, channels);
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(second)].inputs[0].node, border);
}

TEST(Fuse, ScaleBiasAndActivationBecomeOneNodeOfTheSameValues) {
  GraphUnderTest test;
  const int image = test.add("Placeholder");
  const int conv = test.conv(image, test.floats({3, 3, 3, 4}, 1), "SAME");
  const int scaled = test.add("Mul", {{conv, 0}, {test.floats({4}, 2), 0}});
  const int biased = test.add("AddV2", {{test.floats({4}, 3), 0}, {scaled, 0}});
  const int output = test.add("Relu6", {{biased, 0}});
  const Graph fused = fuse(test.graph, {{output, 0}});
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(output)].op, "_FusedConv2D");
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(output)].inputs[0].node, image);
  expectSameValues(test.graph, output);
}

TEST(Fuse, ATransposedConvolutionTakesScaleBiasAndActivation) {
  GraphUnderTest test;
  const int image = test.add("Placeholder");  // 7 x 9 x 3
  const int conv =
      test.add("Conv2DBackpropInput", {{test.ints({4}, {1, 14, 18, 4}), 0}, {test.floats({3, 3, 4, 3}, 1), 0}, {image, 0}});
  test.at(conv).attrs.set("strides", Ints{1, 2, 2, 1});
  test.at(conv).attrs.set("padding", std::string("SAME"));
  const int scaled = test.add("Mul", {{conv, 0}, {test.floats({4}, 2), 0}});
  const int biased = test.add("BiasAdd", {{scaled, 0}, {test.floats({4}, 3), 0}});
  const int output = test.add("Relu6", {{biased, 0}});
  const Graph fused = fuse(test.graph, {{output, 0}});
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(output)].op, "Conv2DBackpropInput");
  EXPECT_EQ(fused.nodes[static_cast<std::size_t>(output)].inputs[2].node, image);
  expectSameValues(test.graph, output);
}

TEST(Fuse, AValueThatIsAnOutputOrReadTwiceIsNotFused) {
  GraphUnderTest test;
  const int image = test.add("Placeholder");
  const int conv = test.conv(image, test.floats({3, 3, 3, 4}, 1), "SAME");
  const int relu = test.add("Relu", {{conv, 0}});
  EXPECT_EQ(fuse(test.graph, {{relu, 0}, {conv, 0}}).nodes[static_cast<std::size_t>(relu)].op, "Relu");
  test.add("Neg", {{conv, 0}});
  EXPECT_EQ(fuse(test.graph, {{relu, 0}}).nodes[static_cast<std::size_t>(relu)].op, "Relu");
}

struct PaddedPool : GraphUnderTest {
  int pool, pad;

  PaddedPool(const std::string& op, const std::vector<std::int32_t>& paddings) {
    const int image = add("Placeholder");
    pool = add(op, {{image, 0}});
    at(pool).attrs.set("ksize", Ints{1, 2, 2, 1});
    at(pool).attrs.set("strides", Ints{1, 2, 2, 1});
    at(pool).attrs.set("padding", std::string("SAME"));
    pad = add("Pad", {{pool, 0}, {ints({4, 2}, paddings), 0}});
  }
};

TEST(PadPools, AddedChannelsAreTheSameZerosInOneNode) {
  for (const char* op : {"MaxPool", "AvgPool"}) {
    PaddedPool test(op, {0, 0, 0, 0, 0, 0, 0, 3});
    Tensor image(DType::kFloat32, {1, 5, 7, 3});
    for (std::int64_t i = 0; i < image.size(); ++i) image.mutableData<float>()[i] = std::cos(static_cast<float>(i)) - 2;
    const Tensor before = evaluate(test.graph, test.pad, image);
    padPools(test.graph, {{test.pad, 0}});
    EXPECT_EQ(test.at(test.pad).op, op);
    const Tensor after = evaluate(test.graph, test.pad, image);
    ASSERT_EQ(after.shape(), (Shape{1, 3, 4, 6}));
    ASSERT_EQ(before.shape(), after.shape());
    for (std::int64_t i = 0; i < before.size(); ++i) EXPECT_EQ(before.data<float>()[i], after.data<float>()[i]);
  }
}

TEST(PadPools, OtherPaddingsAndPoolsThatOthersReadStay) {
  PaddedPool lines("MaxPool", {0, 0, 1, 0, 0, 0, 0, 3});
  padPools(lines.graph, {{lines.pad, 0}});
  EXPECT_EQ(lines.at(lines.pad).op, "Pad");
  PaddedPool before("MaxPool", {0, 0, 0, 0, 0, 0, 1, 3});
  padPools(before.graph, {{before.pad, 0}});
  EXPECT_EQ(before.at(before.pad).op, "Pad");
  PaddedPool read("MaxPool", {0, 0, 0, 0, 0, 0, 0, 3});
  padPools(read.graph, {{read.pad, 0}, {read.pool, 0}});
  EXPECT_EQ(read.at(read.pad).op, "Pad");
}

}  // namespace
}  // namespace texflow
