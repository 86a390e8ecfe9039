// Fast host kernels against the reference kernels, for every instruction set of this processor.
#include <cmath>

#include "host_op.h"
#include "ops/fast/fast_kernel.h"
#include "ops/fast/simd.h"

namespace texflow {
namespace {

Tensor noise(const Shape& shape, std::uint32_t seed, float low = -1, float high = 1) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    seed = seed * 1664525U + 1013904223U;
    tensor.mutableData<float>()[i] = low + (high - low) * static_cast<float>(seed >> 8) / 16777216.0F;
  }
  return tensor;
}

class FastKernels : public testing::TestWithParam<const Simd*> {
 protected:
  void SetUp() override { useSimd(GetParam()); }
  void TearDown() override { useSimd(nullptr); }
};

/// Whether both kernels agree within a few roundings of sums of about `scale`.
void expectSame(const Node& node, const std::vector<Tensor>& inputs, float tolerance = 2e-5F) {
  const auto reference = runOnHost(node, inputs);
  ASSERT_TRUE(reference.ok()) << reference.status().message();
  const auto fast = runFast(node, inputs);
  ASSERT_TRUE(fast) << node.op << " has no fast kernel for " << shapeText(inputs[0].shape());
  const Tensor& expected = reference->front();
  ASSERT_EQ(fast->shape(), expected.shape());
  ASSERT_EQ(fast->dtype(), expected.dtype());
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double a = fast->number(i), b = expected.number(i);
    if (std::isnan(b)) {
      ASSERT_TRUE(std::isnan(a)) << node.op << " element " << i << " is " << a << " instead of NaN";
      continue;
    }
    if (a == b) continue;
    ASSERT_LE(std::fabs(a - b), static_cast<double>(tolerance) * (1 + std::fabs(b)))
        << node.op << " " << shapeText(inputs[0].shape()) << " element " << i << " is " << a << ", not " << b;
  }
}

void expectNoFastKernel(const Node& node, const std::vector<Tensor>& inputs) { EXPECT_FALSE(runFast(node, inputs)); }

Node window(const std::string& op, Ints strides, Ints dilations, const std::string& padding) {
  Node node = nodeOf(op, {{"strides", Ints{1, strides[0], strides[1], 1}},
                          {"dilations", Ints{1, dilations[0], dilations[1], 1}},
                          {"padding", padding}});
  if (padding == "EXPLICIT") node.attrs.set("explicit_paddings", Ints{0, 0, 2, 1, 0, 3, 0, 0});
  return node;
}

struct Geometry {
  Shape image;
  Ints kernel, strides, dilations;
};
const Geometry kGeometries[] = {
    {{1, 1, 1, 1}, {1, 1}, {1, 1}, {1, 1}},    {{2, 5, 7, 3}, {3, 3}, {1, 1}, {1, 1}},
    {{1, 9, 8, 3}, {3, 2}, {2, 2}, {1, 1}},    {{1, 11, 13, 8}, {3, 3}, {1, 1}, {2, 2}},
    {{3, 6, 6, 17}, {1, 1}, {1, 1}, {1, 1}},   {{1, 10, 10, 9}, {1, 1}, {2, 2}, {1, 1}},
    {{1, 16, 17, 16}, {5, 5}, {2, 1}, {1, 1}}, {{1, 4, 30, 33}, {2, 7}, {1, 3}, {1, 1}},
    {{1, 3, 3, 2}, {3, 3}, {1, 1}, {3, 1}},    {{1, 14, 15, 5}, {7, 3}, {3, 2}, {1, 2}},
};

TEST_P(FastKernels, ConvolutionsAgree) {
  for (const Geometry& g : kGeometries)
    for (const char* padding : {"SAME", "VALID", "EXPLICIT"})
      for (const std::int64_t columns : {1, 5, 8, 31, 40}) {
        const Node node = window("Conv2D", g.strides, g.dilations, padding);
        const std::vector<Tensor> inputs{noise(g.image, 1), noise({g.kernel[0], g.kernel[1], g.image[3], columns}, 2)};
        const auto shape = runOnHost(node, inputs);
        if (shape.ok() && shape->front().size() > 0) expectSame(node, inputs);
      }
}

TEST_P(FastKernels, LongSumsAgree) {
  expectSame(window("Conv2D", {1, 1}, {1, 1}, "SAME"), {noise({1, 7, 7, 513}, 1), noise({3, 3, 513, 19}, 2)}, 1e-4F);
  expectSame(nodeOf("MatMul"), {noise({13, 2000}, 1), noise({2000, 37}, 2)}, 1e-4F);
}

TEST_P(FastKernels, FusedConvolutionsAgree) {
  const Tensor image = noise({1, 6, 5, 12}, 1), filter = noise({3, 3, 12, 21}, 2), bias = noise({21}, 3),
               slope = noise({21}, 4);
  for (const std::string activation : {"", "Relu", "Relu6", "Elu", "Sigmoid", "Tanh", "LeakyRelu", "Prelu"})
    for (const std::string op : {"_FusedConv2D", "FusedDepthwiseConv2dNative"}) {
      Node node = window(op, {1, 1}, {1, 1}, "SAME");
      std::vector<std::string> fused{"BiasAdd"};
      if (!activation.empty()) fused.push_back(activation);
      node.attrs.set("fused_ops", fused);
      node.attrs.set("leakyrelu_alpha", 0.3);
      const bool depthwise = op != "_FusedConv2D";
      std::vector<Tensor> inputs{depthwise ? noise({1, 6, 5, 21}, 1) : image, depthwise ? noise({3, 3, 21, 1}, 2) : filter,
                                 bias};
      if (activation == "Prelu") inputs.push_back(slope);
      expectSame(node, inputs);
    }
  Node norm = window("_FusedConv2D", {1, 1}, {1, 1}, "SAME");
  norm.attrs.set("fused_ops", std::vector<std::string>{"FusedBatchNorm", "Relu"});
  expectSame(norm, {image, filter, noise({21}, 5), noise({21}, 6), noise({21}, 7), noise({21}, 8, 0.1F, 2)});
}

TEST_P(FastKernels, DepthwiseConvolutionsAgree) {
  for (const Geometry& g : kGeometries)
    for (const char* padding : {"SAME", "VALID", "EXPLICIT"}) {
      const Node node = window("DepthwiseConv2dNative", g.strides, g.dilations, padding);
      const std::vector<Tensor> inputs{noise(g.image, 1), noise({g.kernel[0], g.kernel[1], g.image[3], 1}, 2)};
      const auto shape = runOnHost(node, inputs);
      if (shape.ok() && shape->front().size() > 0) expectSame(node, inputs);
    }
}

TEST_P(FastKernels, TransposedConvolutionsAgree) {
  for (const Geometry& g : kGeometries)
    for (const char* padding : {"SAME", "VALID"}) {
      const Node node = window("Conv2DBackpropInput", g.strides, g.dilations, padding);
      const Tensor filter = noise({g.kernel[0], g.kernel[1], g.image[3], 11}, 2);
      const auto forward =
          runOnHost(window("Conv2D", g.strides, g.dilations, padding), std::vector<Tensor>{noise(g.image, 1), filter});
      if (!forward.ok() || forward->front().size() == 0) continue;
      expectSame(node, {vec(g.image), filter, noise(forward->front().shape(), 3)});
    }
  for (const char* activation : {"Relu6", "Elu", "Prelu"}) {
    Node node = window("Conv2DBackpropInput", {2, 2}, {1, 1}, "SAME");
    node.attrs.set("fused_ops", std::vector<std::string>{"BiasAdd", activation});
    std::vector<Tensor> inputs{vec({1, 8, 6, 5}), noise({3, 3, 5, 7}, 2), noise({1, 4, 3, 7}, 3), noise({5}, 4)};
    if (activation == std::string("Prelu")) inputs.push_back(noise({1, 1, 5}, 5));
    expectSame(node, inputs);
  }
}

TEST_P(FastKernels, PoolsAgree) {
  for (const Geometry& g : kGeometries) {
    if (g.dilations != Ints{1, 1}) continue;
    for (const char* op : {"MaxPool", "AvgPool"})
      for (const char* padding : {"SAME", "VALID"}) {
        Node node = window(op, g.strides, {1, 1}, padding);
        node.attrs.set("ksize", Ints{1, g.kernel[0], g.kernel[1], 1});
        const std::vector<Tensor> inputs{noise(g.image, 1)};
        const auto shape = runOnHost(node, inputs);
        if (shape.ok() && shape->front().size() > 0) expectSame(node, inputs);
      }
  }
}

TEST_P(FastKernels, ProductsAgree) {
  for (const std::int64_t m : {1, 3, 6, 25})
    for (const std::int64_t n : {1, 7, 16, 50}) {
      expectSame(nodeOf("MatMul"), {noise({m, 19}, 1), noise({19, n}, 2)});
      expectSame(nodeOf("MatMul", {{"transpose_b", true}}), {noise({m, 19}, 1), noise({n, 19}, 2)});
      expectSame(nodeOf("BatchMatMulV2"), {noise({4, m, 9}, 1), noise({4, 9, n}, 2)});
      expectSame(nodeOf("BatchMatMulV2", {{"adj_y", true}}), {noise({2, 2, m, 9}, 1), noise({n, 9}, 2)});
      expectSame(nodeOf("_FusedMatMul", {{"fused_ops", std::vector<std::string>{"BiasAdd", "Relu"}}}),
                 {noise({m, 19}, 1), noise({19, n}, 2), noise({n}, 3)});
    }
}

TEST_P(FastKernels, UnaryOpsAgree) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
  const Tensor special = floats({11}, {0.0F, -0.0F, kInfinity, -kInfinity, kNaN, 1e-30F, -1e-30F, 88, -87, 200, -200});
  for (const char* op :
       {"Abs", "Elu", "Exp", "LeakyRelu", "Neg", "Relu", "Relu6", "Rsqrt", "Sigmoid", "Sqrt", "Square", "Tanh"}) {
    expectSame(nodeOf(op), {noise({3, 41}, 1, -8, 8)}, 1e-6F);
    expectSame(nodeOf(op), {noise({1000}, 2, -0.7F, 0.7F)}, 1e-6F);
    expectSame(nodeOf(op), {special}, 1e-6F);
  }
  expectSame(nodeOf("ClipByValue"), {noise({77}, 1), floats({}, {-0.3F}), floats({}, {0.4F})});
}

TEST_P(FastKernels, BinaryOpsBroadcast) {
  const Shape shapes[][2] = {{{2, 3, 4, 19}, {2, 3, 4, 19}},
                             {{2, 3, 4, 19}, {19}},
                             {{19}, {2, 3, 4, 19}},
                             {{2, 3, 4, 5}, {2, 1, 1, 5}},
                             {{2, 3, 4, 5}, {2, 3, 4, 1}},
                             {{7}, {}},
                             {{}, {7}},
                             {{3, 1, 5}, {1, 4, 1}},
                             {{2, 1, 3, 1, 2}, {1, 4, 3, 5, 2}},
                             {{}, {}},
                             {{1, 1}, {1}}};
  for (const auto& [a, b] : shapes)
    for (const char* op : {"Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "Prelu"})
      expectSame(nodeOf(op), {noise(a, 1), noise(b, 2)}, 1e-6F);
  expectSame(nodeOf("BiasAdd"), {noise({2, 3, 9}, 1), noise({9}, 2)});
  expectSame(nodeOf("AddN"), {noise({5, 9}, 1), noise({5, 9}, 2), noise({5, 9}, 3)});
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const char* op : {"Maximum", "Minimum"})
    expectSame(nodeOf(op), {floats({3}, {kNaN, 1, 2}), floats({3}, {1, kNaN, 3})});
}

TEST_P(FastKernels, MeansJoinsAndResizesAgree) {
  expectSame(nodeOf("Mean"), {noise({2, 9, 8, 21}, 1), vec({1, 2})});
  expectSame(nodeOf("Mean", {{"keep_dims", true}}), {noise({200, 7}, 1), vec({0})});
  for (const std::int64_t axis : {0, 1, -1}) {
    Shape other{2, 3, 5};
    other[axis < 0 ? 2U : static_cast<std::size_t>(axis)] = 4;
    expectSame(nodeOf("ConcatV2"), {noise({2, 3, 5}, 1), noise(other, 2), scalar(static_cast<int>(axis))});
    expectSame(nodeOf("Pack", {{"axis", axis}}), {noise({2, 3}, 1), noise({2, 3}, 2), noise({2, 3}, 3)});
  }
  for (const bool align : {false, true})
    for (const bool half : {false, true}) {
      if (align && half) continue;
      const Node node = nodeOf("ResizeBilinear", {{"align_corners", align}, {"half_pixel_centers", half}});
      expectSame(node, {noise({2, 5, 6, 7}, 1), vec({11, 9})});
      expectSame(node, {noise({1, 8, 9, 1}, 1), vec({3, 4})});
    }
}

TEST_P(FastKernels, WhatTheyDoNotServeIsLeftToTheReference) {
  const Tensor whole = ints({1, 2, 2, 1}, {1, 2, 3, 4});
  expectNoFastKernel(window("Conv2D", {1, 1}, {1, 1}, "SAME"), {whole, ints({1, 1, 1, 1}, {3})});
  expectNoFastKernel(window("Conv2D", {1, 1}, {1, 1}, "SAME"), {noise({1, 3, 3, 4}, 1), noise({1, 1, 2, 4}, 2)});
  Node first = window("Conv2D", {1, 1}, {1, 1}, "SAME");
  first.attrs.set("data_format", std::string("NCHW"));
  expectNoFastKernel(first, {noise({1, 4, 3, 3}, 1), noise({1, 1, 4, 4}, 2)});
  expectNoFastKernel(nodeOf("Add"), {ints({1}, {1}), ints({1}, {2})});
  expectNoFastKernel(nodeOf("MatMul", {{"transpose_a", true}}), {noise({3, 2}, 1), noise({3, 4}, 2)});
}

INSTANTIATE_TEST_SUITE_P(Sets, FastKernels, testing::ValuesIn(allSimd().begin(), allSimd().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace texflow
