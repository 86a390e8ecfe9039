// Batch norms, factors, biases and activations go into convolutions and matrix products, where that is right.
#include "converter/graph_maker.h"

namespace texflow {
namespace {

const AttrList kFloat = {{"T", DType::kFloat32}};

TEST(FusePasses, BatchNormGoesIntoTheConvolutionBeforeIt) {
  for (const bool withBias : {false, true}) {
    GraphMaker g;
    Port x = g.conv(g.input("x", {-1, 5, 5, 3}), {3, 3, 3, 4});
    if (withBias) x = g.add("BiasAdd", {x, g.weights({4})}, kFloat);
    g.output(g.add("Relu", {g.batchNorm(x, 4)}, kFloat));
    EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 5, 5, 3})}})), "_FusedConv2D");
  }
}

TEST(FusePasses, BatchNormGoesIntoADepthwiseConvolutionWithMultiplier) {
  GraphMaker g;
  const Port x = g.conv(g.input("x", {1, 4, 4, 3}), {3, 3, 3, 2}, "DepthwiseConv2dNative");
  g.output(g.add("Relu6", {g.batchNorm(x, 6)}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 3})}})), "FusedDepthwiseConv2dNative");
}

TEST(FusePasses, ConvolutionWithASecondReaderKeepsItsBatchNorm) {
  GraphMaker g;
  const Port x = g.conv(g.input("x", {1, 4, 4, 3}), {1, 1, 3, 4});
  g.output(g.batchNorm(x, 4));
  g.output(g.add("Abs", {x}, kFloat), "shared");
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 3})}});
  EXPECT_EQ(countOf(optimized, "FusedBatchNormV3"), 1);
}

TEST(FusePasses, ConvolutionThatIsAnOutputKeepsItsBatchNorm) {
  GraphMaker g;
  const Port x = g.conv(g.input("x", {1, 4, 4, 3}), {1, 1, 3, 4});
  g.output(g.batchNorm(x, 4));
  g.output(x, "features");
  EXPECT_EQ(countOf(optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 3})}}), "FusedBatchNormV3"), 1);
}

TEST(FusePasses, SharedWeightsAreScaledForOneReaderOnly) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4, 4, 3}), w = g.weights({1, 1, 3, 4});
  const AttrList attrs = {{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}};
  g.output(g.batchNorm(g.add("Conv2D", {x, w}, attrs), 4));
  g.output(g.add("Conv2D", {x, w}, attrs), "plain");
  optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 3})}});
}

TEST(FusePasses, TrainingBatchNormTakesTheMomentsOfTheBatch) {
  for (const char* format : {"NHWC", "NCHW"}) {
    GraphMaker g;
    const Port x = g.input("x", {2, 3, 4, 3}), empty = g.constant(Tensor(DType::kFloat32, {0}));
    const Port norm = g.add("FusedBatchNormV3", {x, g.weights({3}, true), g.weights({3}), empty, empty},
                            {{"is_training", true}, {"epsilon", 1e-3}, {"data_format", std::string(format)}});
    g.output(norm);
    const auto optimized = optimize(g.take(), {});
    ASSERT_TRUE(optimized.ok()) << optimized.status().message();
    EXPECT_EQ(countOf(*optimized, "FusedBatchNormV3"), 0);
    EXPECT_EQ(countOf(*optimized, "Mean"), 2);
    // Each channel of the result has the offset for its mean.
    const auto y = evaluate(*optimized, {{"x", g.values({2, 3, 4, 3})}}).at("y");
    ASSERT_EQ(shapeText(y.shape()), "[2,3,4,3]");
  }
}

TEST(FusePasses, ChannelsFirstBatchNormIsSpreadOverItsAxis) {
  GraphMaker g;
  const Port x = g.input("x", {1, 2, 2, 2});
  const auto vector = [&](float a, float b) { return g.constant({DType::kFloat32, {2}, std::vector<float>{a, b}}); };
  g.output(g.add("FusedBatchNormV3", {x, vector(1, 2), vector(0, 10), vector(0, 1), vector(1, 1)},
                 {{"is_training", false}, {"epsilon", 0.0}, {"data_format", std::string("NCHW")}}));
  const auto optimized = optimize(g.take(), {});
  ASSERT_TRUE(optimized.ok());
  const Tensor input(DType::kFloat32, {1, 2, 2, 2}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  expectEqual(evaluate(*optimized, {{"x", input}}),
              {{"y", Tensor(DType::kFloat32, {1, 2, 2, 2}, std::vector<float>{1, 2, 3, 4, 18, 20, 22, 24})}});
}

TEST(FusePasses, FactorsAndTermsGoIntoWeightsAndBias) {
  GraphMaker g;
  Port x = g.add("MatMul", {g.input("x", {-1, 3}), g.weights({3, 4})}, kFloat);
  x = g.add("BiasAdd", {x, g.weights({4})}, kFloat);
  x = g.add("Mul", {x, g.weights({4})}, kFloat);
  x = g.add("AddV2", {g.weights({1, 4}), x}, kFloat);
  x = g.add("Sub", {x, g.weights({4})}, kFloat);
  g.output(g.add("Relu", {g.add("RealDiv", {x, g.constant(Tensor::scalar(4.0F))}, kFloat)}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}})), "_FusedMatMul");
}

TEST(FusePasses, ActivationsThatTensorFlowJsFuses) {
  for (const char* op : {"Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid"}) {
    GraphMaker g;
    Port x = g.add("BiasAdd", {g.conv(g.input("x", {1, 3, 3, 2}), {1, 1, 2, 3}), g.weights({3})}, kFloat);
    g.output(g.add(op, {x}, {{"T", DType::kFloat32}, {"alpha", 0.3}}));
    EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 3, 3, 2})}})), "_FusedConv2D") << op;
  }
}

TEST(FusePasses, TanhStaysOutside) {
  GraphMaker g;
  const Port x =
      g.add("BiasAdd", {g.add("MatMul", {g.input("x", {2, 3}), g.weights({3, 4})}, kFloat), g.weights({4})}, kFloat);
  g.output(g.add("Tanh", {x}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}})), "_FusedMatMul Tanh");
}

TEST(FusePasses, ResidualIsNoBias) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4, 4, 3});
  g.output(g.add("Relu", {g.add("AddV2", {g.conv(x, {1, 1, 3, 3}), x}, kFloat)}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 3})}})), "Conv2D AddV2 Relu");
}

TEST(FusePasses, ConstantThatIsLargerThanAVectorIsNoBias) {
  GraphMaker g;
  const Port x = g.add("MatMul", {g.input("x", {1, 3}), g.weights({3, 4})}, kFloat);
  g.output(g.add("AddV2", {x, g.weights({5, 4})}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 3})}})), "MatMul AddV2");
}

TEST(FusePasses, ConstantOfHigherRankIsNoBias) {
  GraphMaker g;
  const Port x = g.add("MatMul", {g.input("x", {2, 3}), g.weights({3, 4})}, kFloat);
  g.output(g.add("Relu", {g.add("AddV2", {x, g.weights({1, 1, 4})}, kFloat)}, kFloat));
  EXPECT_EQ(countOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}}), "AddV2"), 1);
}

TEST(FusePasses, PreluIsRecognizedInAnyOrderAndFused) {
  for (const bool swapped : {false, true}) {
    GraphMaker g;
    const Port x = g.add("BiasAdd", {g.conv(g.input("x", {1, 3, 3, 2}), {1, 1, 2, 4}), g.weights({4})}, kFloat);
    const Port positive = g.add("Relu", {x}, kFloat);
    const Port negative = g.add("Relu", {g.add("Neg", {x}, kFloat)}, kFloat);
    const Port slope = g.add("Neg", {g.weights({1, 1, 4})}, kFloat);
    const Port product = swapped ? g.add("Mul", {negative, slope}, kFloat) : g.add("Mul", {slope, negative}, kFloat);
    g.output(swapped ? g.add("AddV2", {product, positive}, kFloat) : g.add("AddV2", {positive, product}, kFloat));
    EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 3, 3, 2})}})), "_FusedConv2D");
  }
}

TEST(FusePasses, BatchNormGoesIntoTheConvolutionBehindIt) {
  for (const char* op : {"Conv2D", "DepthwiseConv2dNative"}) {
    GraphMaker g;
    const Port x = g.add("Relu", {g.input("x", {-1, 5, 5, 3})}, kFloat);
    Port y = g.conv(g.batchNorm(x, 3), {1, 1, 3, 4}, op);
    const std::int64_t channels = op == std::string("Conv2D") ? 4 : 12;
    y = g.add("BiasAdd", {y, g.weights({channels})}, kFloat);
    g.output(g.add("Relu", {y}, kFloat));
    const std::string fused = channels == 4 ? "_FusedConv2D" : "FusedDepthwiseConv2dNative";
    EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 5, 5, 3})}})), "Relu " + fused);
  }
}

TEST(FusePasses, TermsInFrontOfPaddingStay) {
  GraphMaker g;
  Port x = g.add("Mul", {g.input("x", {-1, 5, 5, 3}), g.constant(Tensor::scalar(0.25F))}, kFloat);
  x = g.add("Sub", {x, g.weights({3})}, kFloat);
  g.output(g.conv(x, {3, 3, 3, 4}));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 5, 5, 3})}})), "Mul Sub Conv2D");
}

TEST(FusePasses, FactorsAndTermsInFrontOfAMatrixProductGoIntoIt) {
  for (const bool transposed : {false, true}) {
    GraphMaker g;
    Port x = g.add("Mul", {g.input("x", {-1, 3}), g.weights({3})}, kFloat);
    x = g.add("AddV2", {g.weights({1, 3}), x}, kFloat);
    const Port w = g.weights(transposed ? Shape{5, 3} : Shape{3, 5});
    g.output(g.add("MatMul", {x, w}, {{"T", DType::kFloat32}, {"transpose_b", transposed}}));
    EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({4, 3})}})), "_FusedMatMul");
  }
}

TEST(FusePasses, FactorsThatMakeMoreChannelsStay) {
  GraphMaker g;
  const Port x = g.add("Mul", {g.input("x", {-1, 4, 4, 1}), g.weights({3})}, kFloat);
  g.output(g.conv(x, {1, 1, 3, 2}));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 4, 4, 1})}})), "Mul Conv2D");
}

}  // namespace
}  // namespace texflow
