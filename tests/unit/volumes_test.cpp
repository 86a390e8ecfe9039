// Volumes, maxima with places, spectra and projections on the host: values that TensorFlow computes.
#include "unit/host_op.h"

namespace texflow {
namespace {

std::vector<std::pair<std::string, Attr>> window(Ints size, Ints strides, const char* padding) {
  return {{"ksize", std::move(size)}, {"strides", std::move(strides)}, {"padding", std::string(padding)}};
}

TEST(Conv3D, SumsOverItsWindow) {
  const Tensor ones = floats({2, 2, 2, 1, 1}, std::vector<float>(8, 1));
  const Node valid = nodeOf("Conv3D", window({}, {1, 1, 1, 1, 1}, "VALID"));
  EXPECT_EQ(run(valid, {counting({1, 2, 2, 3, 1}), ones}), "[1,1,1,2,1] 40 48");
  const Node same = nodeOf("Conv3D", window({}, {1, 2, 2, 2, 1}, "SAME"));
  EXPECT_EQ(run(same, {counting({1, 2, 2, 3, 1}), ones}), "[1,1,1,2,1] 40 26");
  EXPECT_TRUE(fails(valid, {counting({1, 2, 2, 3, 2}), floats({1, 1, 1, 3, 1}, {1, 1, 1})}));
  EXPECT_EQ(run(nodeOf("Conv3DBackpropInputV2", window({}, {1, 1, 1, 1, 1}, "VALID")),
                {vec({1, 2, 2, 2, 1}), ones, counting({1, 1, 1, 1, 1})}),
            "[1,2,2,2,1] 0 0 0 0 0 0 0 0");
}

TEST(Pool3D, TakesMaximaAndMeansOfRealPixels) {
  const auto pool = [](const char* op, const char* padding) {
    return run(nodeOf(op, window({1, 2, 2, 2, 1}, {1, 2, 2, 2, 1}, padding)), {counting({1, 2, 2, 3, 1})});
  };
  EXPECT_EQ(pool("MaxPool3D", "VALID"), "[1,1,1,1,1] 10");
  EXPECT_EQ(pool("MaxPool3D", "SAME"), "[1,1,1,2,1] 10 11");
  EXPECT_EQ(pool("AvgPool3D", "SAME"), "[1,1,1,2,1] 5 6.5");
  EXPECT_TRUE(fails(nodeOf("MaxPool3D"), {counting({1, 2, 2, 3, 1})}));
}

TEST(Dilation2D, AddsTheFilterBeforeTheMaximum) {
  Node node = nodeOf("Dilation2D", window({}, {1, 1, 1, 1}, "VALID"));
  node.attrs.set("rates", Ints{1, 1, 1, 1});
  EXPECT_EQ(run(node, {counting({1, 2, 3, 1}), floats({2, 2, 1}, {9, 0, 0, 0})}), "[1,1,2,1] 9 10");
}

TEST(MaxPoolWithArgmax, SaysWhereTheMaximumWas) {
  const Node node = nodeOf("MaxPoolWithArgmax", window({1, 2, 2, 1}, {1, 1, 1, 1}, "VALID"));
  const Tensor image = floats({1, 2, 3, 1}, {5, 1, 7, 5, 2, 3});
  EXPECT_EQ(run(node, {image}), "[1,1,2,1] 5 7");
  EXPECT_EQ(run(node, {image}, 1), "[1,1,2,1] 0 2");
}

TEST(Fourier, TransformsAnyLength) {
  const Tensor three(DType::kComplex64, {3}, std::vector<std::complex<float>>{1, 2, 6});
  EXPECT_EQ(run(nodeOf("FFT"), {three}), "[3] 9 -3 -3");
  const auto forth = runOnHost(nodeOf("FFT"), std::vector<Tensor>{three});
  ASSERT_TRUE(forth.ok());
  const auto back = runOnHost(nodeOf("IFFT"), *forth);
  ASSERT_TRUE(back.ok());
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(
        std::abs((*back)[0].data<std::complex<float>>()[i] - std::complex<float>(i == 2 ? 6.0F : static_cast<float>(i + 1))),
        0, 1e-6);
}

TEST(Fourier, RealSignalsHaveHalfASpectrum) {
  const auto half = runOnHost(nodeOf("RFFT"), std::vector<Tensor>{floats({5}, {1, 2, 3, 4, 99}), vec({4})});
  ASSERT_TRUE(half.ok());
  EXPECT_EQ((*half)[0].shape(), Shape{3});
  EXPECT_EQ(run(nodeOf("IRFFT"), {(*half)[0], vec({4})}), "[4] 1 2 3 4");
  EXPECT_TRUE(fails(nodeOf("RFFT"), {counting({3}), vec({4})}));
}

TEST(ProjectiveTransform, ReadsWhereTheProjectionLeads) {
  const Tensor image = counting({1, 2, 2, 1});
  const auto shift = [&](const char* mode, float by) {
    return run(
        nodeOf("ImageProjectiveTransformV3", {{"interpolation", std::string("NEAREST")}, {"fill_mode", std::string(mode)}}),
        {image, floats({1, 8}, {1, 0, by, 0, 1, 0, 0, 0}), vec({2, 2}), Tensor::scalar(7.0F)});
  };
  EXPECT_EQ(shift("CONSTANT", 1), "[1,2,2,1] 1 7 3 7");
  EXPECT_EQ(shift("NEAREST", 1), "[1,2,2,1] 1 1 3 3");
  EXPECT_EQ(shift("REFLECT", -1), "[1,2,2,1] 0 0 2 2");
  EXPECT_EQ(run(nodeOf("ImageProjectiveTransformV2", {{"interpolation", std::string("BILINEAR")}}),
                {image, floats({1, 8}, {1, 0, 0.5F, 0, 1, 0, 0, 0}), vec({1, 1})}),
            "[1,1,1,1] 0.5");
}

}  // namespace
}  // namespace texflow
