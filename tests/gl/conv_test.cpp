#include "gl/op_test.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Tensor pattern(Shape shape, int seed = 1) {
  Tensor tensor(DType::kFloat32, std::move(shape));
  auto* values = tensor.mutableData<float>();
  std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761U;
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    values[i] = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
  }
  return tensor;
}

Node convNode(const std::string& op, Ints strides, const std::string& padding, Ints dilations = {1, 1, 1, 1}) {
  Node node;
  node.op = op;
  node.attrs.set("strides", std::move(strides));
  node.attrs.set("padding", padding);
  node.attrs.set("dilations", std::move(dilations));
  return node;
}

void expectConv(const Node& node, Shape image, Shape filter) {
  expectGlMatchesHost(node, {pattern(std::move(image)), pattern(std::move(filter), 2)}, {false, true}, 1e-4);
}

TEST(ConvGl, PointKernels) {
  const Node node = convNode("Conv2D", {1, 1, 1, 1}, "SAME");
  expectConv(node, {1, 5, 13, 7}, {1, 1, 7, 9});
  expectConv(node, {2, 3, 8, 16}, {1, 1, 16, 32});
  expectConv(node, {1, 56, 56, 8}, {1, 1, 8, 4});
  expectConv(node, {2, 1, 1, 37}, {1, 1, 37, 41});
}

TEST(ConvGl, KernelsThreeWide) {
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "SAME"), {2, 5, 13, 6}, {3, 3, 6, 9});
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "VALID"), {1, 6, 19, 5}, {3, 3, 5, 4});
  expectConv(convNode("Conv2D", {1, 2, 1, 1}, "SAME"), {1, 6, 19, 5}, {1, 3, 5, 4});
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "SAME"), {1, 40, 56, 3}, {3, 3, 3, 5});
}

TEST(ConvGl, AnyWindow) {
  expectConv(convNode("Conv2D", {1, 2, 2, 1}, "SAME"), {1, 9, 17, 3}, {3, 3, 3, 8});
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "SAME", {1, 2, 3, 1}), {1, 9, 17, 6}, {3, 3, 6, 8});
  expectConv(convNode("Conv2D", {1, 3, 2, 1}, "VALID"), {2, 9, 17, 6}, {5, 4, 6, 3});
  expectConv(convNode("Conv2D", {1, 2, 2, 1}, "VALID"), {1, 9, 17, 6}, {1, 1, 6, 3});
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "VALID"), {1, 4, 3, 6}, {4, 3, 6, 10});
  expectConv(convNode("Conv2D", {1, 1, 1, 1}, "SAME"), {1, 9, 1, 18}, {3, 1, 18, 5});
  Node node = convNode("Conv2D", {1, 1, 1, 1}, "EXPLICIT");
  node.attrs.set("explicit_paddings", Ints{0, 0, 2, 1, 0, 3, 0, 0});
  expectConv(node, {1, 4, 7, 5}, {3, 3, 5, 4});
}

TEST(ConvGl, Depthwise) {
  for (const std::int64_t width : {2, 3, 5}) {
    expectConv(convNode("DepthwiseConv2dNative", {1, 1, 1, 1}, "SAME"), {2, 6, 21, 10}, {3, width, 10, 1});
    expectConv(convNode("DepthwiseConv2dNative", {1, 2, 2, 1}, "SAME"), {1, 6, 21, 10}, {3, width, 10, 1});
  }
  expectConv(convNode("DepthwiseConv2dNative", {1, 1, 1, 1}, "VALID", {1, 2, 2, 1}), {1, 9, 12, 5}, {3, 3, 5, 1});
  expectConv(convNode("DepthwiseConv2dNative", {1, 1, 1, 1}, "SAME"), {1, 6, 9, 3}, {3, 3, 3, 2});
}

TEST(ConvGl, Epilogues) {
  for (const char* activation : {"Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid", "Tanh", "Prelu"}) {
    Node node = convNode("_FusedConv2D", {1, 1, 1, 1}, "SAME");
    node.attrs.set("fused_ops", std::vector<std::string>{"BiasAdd", activation});
    expectGlMatchesHost(node, {pattern({1, 3, 9, 5}), pattern({3, 3, 5, 6}, 2), pattern({6}, 3), pattern({1, 1, 6}, 4)},
                        {false, true, true, true}, 1e-4);
  }
  Node node = convNode("_FusedConv2D", {1, 1, 1, 1}, "SAME");
  node.attrs.set("fused_ops", std::vector<std::string>{"FusedBatchNorm"});
  Tensor variance(DType::kFloat32, {3}, std::vector<float>{1, 2, 3});
  expectGlMatchesHost(
      node, {pattern({1, 3, 9, 5}), pattern({1, 1, 5, 3}, 2), pattern({3}, 3), pattern({3}, 4), pattern({3}, 5), variance},
      {false, true, true, true, true, true}, 1e-4);
}

TEST(ConvGl, Transposed) {
  for (const std::int64_t stride : {1, 2, 3}) {
    const Node node = convNode("Conv2DBackpropInput", {1, stride, stride, 1}, "SAME");
    expectGlMatchesHost(node,
                        {Tensor::ints({2, 5 * stride, 7 * stride, 6}), pattern({4, 3, 6, 5}), pattern({2, 5, 7, 5}, 2)},
                        {true, true, false}, 1e-4);
  }
  Node node = convNode("Conv2DBackpropInput", {1, 2, 2, 1}, "SAME");
  node.attrs.set("fused_ops", std::vector<std::string>{"BiasAdd", "Relu6"});
  expectGlMatchesHost(node, {Tensor::ints({1, 10, 14, 6}), pattern({3, 3, 6, 5}), pattern({1, 5, 7, 5}, 2), pattern({6}, 3)},
                      {true, true, false, true}, 1e-4);
}

TEST(PoolGl, MaximumAndAverage) {
  for (const char* op : {"MaxPool", "AvgPool"}) {
    for (const char* padding : {"SAME", "VALID"}) {
      Node node = convNode(op, {1, 2, 2, 1}, padding);
      node.attrs.set("ksize", Ints{1, 3, 2, 1});
      expectGlMatchesHost(node, {pattern({2, 7, 19, 6})});
      node.attrs.set("strides", Ints{1, 1, 1, 1});
      node.attrs.set("ksize", Ints{1, 7, 19, 1});
      expectGlMatchesHost(node, {pattern({1, 7, 19, 66})});
    }
  }
}

TEST(PoolGl, ChannelsOfZerosBehindItsOwn) {
  for (const char* op : {"MaxPool", "AvgPool"})
    for (const std::int64_t added : {1, 3, 9}) {
      Node node = convNode(op, {1, 2, 2, 1}, "SAME");
      node.attrs.set("ksize", Ints{1, 2, 2, 1});
      node.attrs.set("added_channels", added);
      expectGlMatchesHost(node, {pattern({2, 7, 19, 6})});
    }
}

TEST(MatMulGl, ConstantWeights) {
  for (const bool transpose : {false, true}) {
    for (const std::int64_t rows : {1, 11}) {
      Node node;
      node.op = "MatMul";
      node.attrs.set("transpose_b", transpose);
      expectGlMatchesHost(node, {pattern({rows, 37}), pattern(transpose ? Shape{45, 37} : Shape{37, 45}, 2)}, {false, true},
                          1e-4);
    }
  }
}

TEST(MatMulGl, LongSumsAreFolded) {
  Node node;
  node.op = "MatMul";
  expectGlMatchesHost(node, {pattern({1, 70000}), pattern({70000, 5}, 2)}, {false, true}, 2e-3);
}

TEST(MatMulGl, ComputedOperands) {
  for (const bool transpose : {false, true}) {
    Node node;
    node.op = "BatchMatMulV2";
    node.attrs.set("adj_y", transpose);
    for (const std::int64_t rows : {1, 11}) {
      const Shape right = transpose ? Shape{2, 3, 9, 7} : Shape{2, 3, 7, 9};
      expectGlMatchesHost(node, {pattern({2, 3, rows, 7}), pattern(right, 2)}, {}, 1e-4);
      expectGlMatchesHost(node, {pattern({4, rows, 7}), pattern(transpose ? Shape{9, 7} : Shape{7, 9}, 2)}, {}, 1e-4);
    }
  }
}

}  // namespace
}  // namespace texflow
