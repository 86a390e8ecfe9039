#include <gtest/gtest.h>

#include "ops/conv_weights.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Tensor floats(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }

Node convNode(const std::string& op, Ints strides, const std::string& padding) {
  Node node;
  node.op = op;
  node.attrs.set("strides", std::move(strides));
  node.attrs.set("padding", padding);
  return node;
}

std::vector<float> valuesOf(const Result<std::vector<Tensor>>& result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    return {};
  }
  const Tensor& tensor = (*result)[0];
  return {tensor.data<float>(), tensor.data<float>() + tensor.size()};
}

TEST(Conv2D, SamePutsTheOddPadAtTheBottomAndRight) {
  const std::vector<Tensor> inputs{floats({1, 2, 2, 1}, {1, 2, 3, 4}), floats({2, 2, 1, 1}, {1, 10, 100, 1000})};
  EXPECT_EQ(valuesOf(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "SAME"), inputs)), (std::vector<float>{4321, 402, 43, 4}));
}

TEST(Conv2D, AFilterWithFewerChannelsIsGrouped) {
  const std::vector<Tensor> inputs{floats({1, 1, 1, 4}, {1, 2, 3, 4}), floats({1, 1, 2, 2}, {1, 10, 100, 1000})};
  EXPECT_EQ(valuesOf(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "VALID"), inputs)), (std::vector<float>{201, 4030}));
}

TEST(Conv2D, ChannelsFirstEqualsChannelsLast) {
  Node node = convNode("Conv2D", {1, 1, 1, 1}, "VALID");
  node.attrs.set("data_format", std::string("NCHW"));
  const std::vector<Tensor> inputs{floats({1, 2, 1, 2}, {1, 2, 3, 4}), floats({1, 1, 2, 1}, {1, 10})};
  const auto result = runOnHost(node, inputs);
  EXPECT_EQ(valuesOf(result), (std::vector<float>{31, 42}));
  EXPECT_EQ((*result)[0].shape(), (Shape{1, 1, 1, 2}));
}

TEST(Conv2D, AWindowOneLargerThanTheImageGivesAnEmptyTensorAndTwoLargerAnError) {
  const std::vector<Tensor> one{floats({1, 2, 2, 1}, {1, 2, 3, 4}), floats({3, 1, 1, 1}, {1, 1, 1})};
  const auto empty = runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "VALID"), one);
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ((*empty)[0].shape(), (Shape{1, 0, 2, 1}));
  const std::vector<Tensor> two{floats({1, 2, 2, 1}, {1, 2, 3, 4}), floats({4, 1, 1, 1}, {1, 1, 1, 1})};
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "VALID"), two).ok());
}

TEST(Conv2D, HostileAttributesAreErrors) {
  const std::vector<Tensor> inputs{floats({1, 1, 1, 1}, {1}), floats({1, 1, 1, 1}, {1})};
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 0, 1, 1}, "SAME"), inputs).ok());
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {2, 1, 1, 1}, "SAME"), inputs).ok());
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 1}, "SAME"), inputs).ok());
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "EXPLICIT"), inputs).ok());
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "NONE"), inputs).ok());
  EXPECT_FALSE(runOnHost(convNode("Conv2D", {1, 1, 1, 1}, "SAME"), {inputs.data(), 1}).ok());
}

TEST(FusedConv2D, AppliesBiasThenPrelu) {
  Node node = convNode("_FusedConv2D", {1, 1, 1, 1}, "VALID");
  node.attrs.set("fused_ops", std::vector<std::string>{"BiasAdd", "Prelu"});
  const std::vector<Tensor> inputs{floats({1, 1, 1, 1}, {2}), floats({1, 1, 1, 2}, {1, -3}), floats({2}, {1, 2}),
                                   floats({1, 1, 2}, {0.5F, 0.25F})};
  EXPECT_EQ(valuesOf(runOnHost(node, inputs)), (std::vector<float>{3, -1}));
}

TEST(FusedConv2D, BatchNormalizationFoldsIntoScaleAndBias) {
  Node node = convNode("_FusedConv2D", {1, 1, 1, 1}, "VALID");
  node.attrs.set("fused_ops", std::vector<std::string>{"FusedBatchNorm", "Relu"});
  node.attrs.set("epsilon", 1.0);
  const std::vector<Tensor> inputs{floats({1, 1, 1, 1}, {2}), floats({1, 1, 1, 1}, {5}), floats({1}, {4}),
                                   floats({1}, {1}),          floats({1}, {7}),          floats({1}, {3})};
  EXPECT_EQ(valuesOf(runOnHost(node, inputs)), (std::vector<float>{7}));
}

TEST(DepthwiseConv2dNative, TheMultiplierIsTheFastAxisOfTheOutputChannels) {
  const std::vector<Tensor> inputs{floats({1, 1, 1, 2}, {1, 2}), floats({1, 1, 2, 2}, {1, 10, 100, 1000})};
  EXPECT_EQ(valuesOf(runOnHost(convNode("DepthwiseConv2dNative", {1, 1, 1, 1}, "SAME"), inputs)),
            (std::vector<float>{1, 10, 200, 2000}));
}

TEST(Conv2DBackpropInput, ScattersWithTheStride) {
  const std::vector<Tensor> inputs{Tensor::ints({1, 1, 4, 1}), floats({1, 2, 1, 1}, {1, 10}), floats({1, 1, 2, 1}, {1, 2})};
  EXPECT_EQ(valuesOf(runOnHost(convNode("Conv2DBackpropInput", {1, 1, 2, 1}, "VALID"), inputs)),
            (std::vector<float>{1, 10, 2, 20}));
}

TEST(AvgPool, SameDividesByTheNumberOfRealPixels) {
  Node node = convNode("AvgPool", {1, 1, 1, 1}, "SAME");
  node.attrs.set("ksize", Ints{1, 1, 2, 1});
  EXPECT_EQ(valuesOf(runOnHost(node, std::vector<Tensor>{floats({1, 1, 3, 1}, {1, 3, 5})})), (std::vector<float>{2, 4, 5}));
}

TEST(MaxPool, PadsDoNotCount) {
  Node node = convNode("MaxPool", {1, 1, 2, 1}, "SAME");
  node.attrs.set("ksize", Ints{1, 1, 3, 1});
  EXPECT_EQ(valuesOf(runOnHost(node, std::vector<Tensor>{floats({1, 1, 3, 1}, {-1, -3, -5})})),
            (std::vector<float>{-1, -3}));
}

TEST(MatMul, TransposesBothOperands) {
  Node node;
  node.op = "MatMul";
  node.attrs.set("transpose_a", true);
  node.attrs.set("transpose_b", true);
  const std::vector<Tensor> inputs{floats({2, 1}, {1, 2}), floats({2, 2}, {1, 10, 100, 1000})};
  EXPECT_EQ(valuesOf(runOnHost(node, inputs)), (std::vector<float>{21, 2100}));
}

TEST(BatchMatMulV2, BroadcastsBatchDimensions) {
  Node node;
  node.op = "BatchMatMulV2";
  const std::vector<Tensor> inputs{floats({2, 1, 1, 1}, {1, 2}), floats({2, 1, 1}, {3, 5})};
  const auto result = runOnHost(node, inputs);
  EXPECT_EQ(valuesOf(result), (std::vector<float>{3, 5, 6, 10}));
  EXPECT_EQ((*result)[0].shape(), (Shape{2, 2, 1, 1}));
}

TEST(PackConvWeights, FoldsLongLinesAndPutsBiasFirst) {
  const Tensor values = floats({5}, {1, 2, 3, 4, 5});
  FoldedEpilogue epilogue;
  epilogue.bias = {9};
  const WeightFold fold = foldWeights(5, 6);
  EXPECT_EQ(fold.segments, 2);
  WeightTexels packed;
  packed.texels.assign(1000, 7);  // Of another filter.
  packConvWeights({values, 1, 5, 1, 5, 1, 1}, epilogue, fold, packed);
  EXPECT_EQ(packed.width, 6);
  EXPECT_EQ(packed.height, textureExtent(2));
  EXPECT_EQ(packed.texels[0], 9);
  EXPECT_EQ(packed.texels[4], 1);
  EXPECT_EQ(packed.texels[8], 1);
  EXPECT_EQ(packed.texels[20], 4);
  EXPECT_EQ(packed.texels[24 + 8], 5);
  EXPECT_EQ(packed.texels[24 + 12], 0);
  EXPECT_EQ(packed.texels.size(), std::size_t{4} * 6 * textureExtent(2));
}

}  // namespace
}  // namespace texflow
