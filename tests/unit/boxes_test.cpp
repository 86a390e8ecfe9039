// Boxes, crops, normalization, sums of products and quantization on the host: values that TensorFlow computes.
#include "unit/host_op.h"

namespace texflow {
namespace {

const Tensor kBoxes = floats({4, 4}, {0, 0, 1, 1, 0, 0.1F, 1, 1.1F, 0, 2, 1, 3, 1, 1, 0, 0});
const Tensor kScores = floats({4}, {0.5F, 0.9F, 0.3F, 0.1F});

TEST(NonMaxSuppression, KeepsTheBestOfOverlappingBoxes) {
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionV2"), {kBoxes, kScores, scalar(4), Tensor::scalar(0.5F)}), "[2] 1 2");
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionV3"), {kBoxes, kScores, scalar(4), Tensor::scalar(0.99F), Tensor::scalar(0.2F)}),
            "[3] 1 0 2");
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionV3"), {kBoxes, kScores, scalar(1), Tensor::scalar(0.5F), Tensor::scalar(0.0F)}),
            "[1] 1");
  EXPECT_TRUE(fails(nodeOf("NonMaxSuppressionV2"), {kBoxes, kScores, scalar(4), Tensor::scalar(1.5F)}));
  EXPECT_TRUE(fails(nodeOf("NonMaxSuppressionV2"), {kBoxes, kScores, scalar(-1), Tensor::scalar(0.5F)}));
  EXPECT_TRUE(fails(nodeOf("NonMaxSuppressionV2"), {kBoxes, floats({2}, {1, 2}), scalar(4), Tensor::scalar(0.5F)}));
}

TEST(NonMaxSuppression, PadsAndCountsWhatIsValid) {
  const Node padded = nodeOf("NonMaxSuppressionV4", {{"pad_to_max_output_size", true}});
  const std::vector<Tensor> inputs{kBoxes, kScores, scalar(3), Tensor::scalar(0.5F), Tensor::scalar(0.0F)};
  EXPECT_EQ(run(padded, inputs), "[3] 1 2 0");
  EXPECT_EQ(run(padded, inputs, 1), "[] 2");
}

TEST(NonMaxSuppression, LowersScoresSoftly) {
  const std::vector<Tensor> inputs{
      kBoxes, kScores, scalar(4), Tensor::scalar(1.0F), Tensor::scalar(0.0F), Tensor::scalar(0.5F)};
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionV5"), inputs), "[4] 1 2 0 3");
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionV5"), inputs, 1).substr(0, 11), "[4] 0.9 0.3");
}

TEST(NonMaxSuppression, TakesOverlapsAsTheyAre) {
  EXPECT_EQ(run(nodeOf("NonMaxSuppressionWithOverlaps"), {floats({2, 2}, {1, 0.2F, 0.2F, 1}), floats({2}, {1, 2}), scalar(2),
                                                          Tensor::scalar(0.1F), Tensor::scalar(0.0F)}),
            "[1] 1");
}

TEST(CombinedNonMaxSuppression, TakesTheBestOfAllClasses) {
  const Tensor boxes = floats({1, 3, 1, 4}, {0, 0, 1, 1, 0, 0.1F, 1, 1.1F, 0, 2, 1, 3});
  const Tensor scores = floats({1, 3, 2}, {0.9F, 0.1F, 0.8F, 0.7F, 0.2F, 0.6F});
  const std::vector<Tensor> inputs{boxes, scores, scalar(2), scalar(4), Tensor::scalar(0.5F), Tensor::scalar(0.3F)};
  EXPECT_EQ(run(nodeOf("CombinedNonMaxSuppression"), inputs, 0), "[1,4,4] 0 0 1 1 0 0.1 1 1 0 1 1 1 0 0 0 0");
  EXPECT_EQ(run(nodeOf("CombinedNonMaxSuppression"), inputs, 1), "[1,4] 0.9 0.7 0.6 0");
  EXPECT_EQ(run(nodeOf("CombinedNonMaxSuppression"), inputs, 2), "[1,4] 0 1 1 0");
  EXPECT_EQ(run(nodeOf("CombinedNonMaxSuppression"), inputs, 3), "[1] 3");
}

TEST(ResizeBicubic, PassesThroughItsSamples) {
  const Node node = nodeOf("ResizeBicubic", {{"half_pixel_centers", true}});
  EXPECT_EQ(run(node, {counting({1, 2, 2, 1}), vec({2, 2})}), "[1,2,2,1] 0 1 2 3");
  EXPECT_EQ(run(nodeOf("ResizeBicubic"), {counting({1, 1, 2, 1}), vec({1, 4})}), "[1,1,4,1] 0 0.5 1 1.09375");
  EXPECT_TRUE(fails(node, {counting({1, 2, 2, 1}), vec({0, 2})}));
}

TEST(Where, ListsCoordinates) {
  EXPECT_EQ(run(nodeOf("Where"), {floats({2, 3}, {0, 1, 0, -2, 0, 0})}), "[2,2] 0 1 1 0");
  EXPECT_EQ(run(nodeOf("Where"), {floats({2}, {0, 0})}), "[0,1]");
  const std::vector<TensorInfo> unknown{{DType::kFloat32, {4}, nullptr}};
  EXPECT_EQ(findOp("Where")->shape(nodeOf("Where"), unknown).status().code(), StatusCode::kDataDependent);
}

TEST(CropAndResize, SamplesBoxesAndFillsOutside) {
  const Tensor image = counting({1, 3, 3, 1});
  const auto crop = [&](const char* method, std::vector<float> box, Ints size) {
    return run(nodeOf("CropAndResize", {{"method", std::string(method)}, {"extrapolation_value", 9.0}}),
               {image, floats({1, 4}, box), vec({0}), vec(size)});
  };
  EXPECT_EQ(crop("bilinear", {0, 0, 1, 1}, {2, 2}), "[1,2,2,1] 0 2 6 8");
  EXPECT_EQ(crop("bilinear", {0, 0, 1, 1}, {1, 1}), "[1,1,1,1] 4");
  EXPECT_EQ(crop("bilinear", {0, 0, 0.5F, 0.5F}, {3, 3}), "[1,3,3,1] 0 0.5 1 1.5 2 2.5 3 3.5 4");
  EXPECT_EQ(crop("nearest", {0, 0, 1, 2}, {1, 2}), "[1,1,2,1] 3 9");
  EXPECT_TRUE(fails(nodeOf("CropAndResize"), {image, floats({1, 4}, {0, 0, 1, 1}), vec({1}), vec({1, 1})}));
}

TEST(Lrn, DividesByTheSquaresAround) {
  const Node node = nodeOf("LRN", {{"depth_radius", std::int64_t{1}}, {"bias", 1.0}, {"alpha", 1.0}, {"beta", 1.0}});
  EXPECT_EQ(run(node, {floats({1, 1, 1, 3}, {1, 2, 3})}), "[1,1,1,3] 0.166667 0.133333 0.214286");
}

TEST(Einsum, MultipliesSumsAndPermutes) {
  const auto einsum = [](const char* equation, const std::vector<Tensor>& inputs) {
    return run(nodeOf("Einsum", {{"equation", std::string(equation)}}), inputs);
  };
  EXPECT_EQ(einsum("ij,jk->ik", {counting({2, 2}), counting({2, 2})}), "[2,2] 2 3 6 11");
  EXPECT_EQ(einsum("ij,jk->ki", {counting({2, 2}), counting({2, 2})}), "[2,2] 2 6 3 11");
  EXPECT_EQ(einsum("i,j->ij", {counting({2}), counting({3})}), "[2,3] 0 0 0 0 1 2");
  EXPECT_EQ(einsum("ii->i", {counting({2, 2})}), "[2] 0 3");
  EXPECT_EQ(einsum("ij->", {counting({2, 2})}), "[] 6");
  EXPECT_EQ(einsum("ab,cd->", {counting({2, 2}), counting({2, 2})}), "[] 36");
  EXPECT_EQ(einsum("...ij,...jk->...ik", {counting({2, 1, 2}), counting({2, 1})}), "[2,1,1] 1 3");
  EXPECT_TRUE(fails(nodeOf("Einsum", {{"equation", std::string("ij,jk->ix")}}), {counting({2, 2}), counting({2, 2})}));
  EXPECT_TRUE(fails(nodeOf("Einsum", {{"equation", std::string("ij,jk->ik")}}), {counting({2, 2}), counting({3, 2})}));
}

TEST(FakeQuant, RoundsToTheStepsOfTheRange) {
  const Tensor values = floats({5}, {-1, 0.4F, 1.6F, 2.5F, 9});
  const Node node = nodeOf("FakeQuantWithMinMaxVars", {{"num_bits", std::int64_t{2}}});
  EXPECT_EQ(run(node, {values, Tensor::scalar(0.0F), Tensor::scalar(3.0F)}), "[5] 0 0 2 3 3");
  EXPECT_EQ(run(nodeOf("FakeQuantWithMinMaxArgs", {{"num_bits", std::int64_t{2}}, {"min", 0.0}, {"max", 6.0}}), {values}),
            "[5] 0 0 2 2 6");
  EXPECT_EQ(run(nodeOf("FakeQuantWithMinMaxVarsPerChannel", {{"num_bits", std::int64_t{2}}}),
                {floats({1, 2}, {1.6F, 1.6F}), floats({2}, {0, 0}), floats({2}, {3, 6})}),
            "[1,2] 2 2");
}

}  // namespace
}  // namespace texflow
