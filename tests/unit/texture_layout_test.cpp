#include "plan/texture_layout.h"

#include <gtest/gtest.h>

namespace texflow {
namespace {

TEST(TextureLayout, RoundTripsEveryShapeAndStripeCount) {
  const std::vector<Shape> shapes = {
      {}, {1}, {7}, {1, 1280}, {3, 5}, {1, 7, 9, 6}, {2, 3, 1, 5}, {1, 1, 300, 3}, {2, 2, 3, 4, 5}, {0, 3}};
  for (const Shape& shape : shapes)
    for (int stripes : {1, 2, 4, 8})
      for (int limit : {512, 4096}) {
        auto layout = layoutFor(shape, {stripes, limit});
        ASSERT_TRUE(layout.ok()) << shapeText(shape) << layout.status().message();
        Tensor tensor(DType::kFloat32, shape);
        for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = static_cast<float>(i + 1);
        std::vector<float> texels(static_cast<std::size_t>(layout->texels() * 4));
        packTexels(tensor, *layout, texels.data());
        Tensor back(DType::kFloat32, shape);
        unpackTexels(texels.data(), *layout, back);
        for (std::int64_t i = 0; i < tensor.size(); ++i) EXPECT_EQ(back.number(i), static_cast<double>(i + 1));
      }
}

TEST(TextureLayout, VectorsStripeChannelBlocks) {
  auto layout = layoutFor({1, 1280}, {8, 4096});
  ASSERT_TRUE(layout.ok());
  EXPECT_TRUE(layout->stripesBlocks);
  EXPECT_EQ(layout->texels(), 320);
}

TEST(TextureLayout, OnePixelOfAsManyChannelsLiesInOneLineWithFewStripesAsWithMany) {
  for (const int stripes : {1, 2, 4, 8}) {
    auto whole = layoutFor({1, 1, 1, 5120}, {stripes, 4096}), longer = layoutFor({1, 1, 1, 5121}, {stripes, 4096});
    ASSERT_TRUE(whole.ok() && longer.ok());
    EXPECT_EQ(whole->textureHeight, 1) << stripes;
    EXPECT_EQ(longer->textureWidth, 160) << stripes;
  }
  auto pixels = layoutFor({2, 1, 2560}, {1, 4096});
  ASSERT_TRUE(pixels.ok());
  EXPECT_EQ(pixels->textureWidth, 160);
}

TEST(TextureLayout, RefusesWhatNoTextureOfTheDeviceHolds) {
  auto layout = layoutFor({1, 4096, 4096, 4}, {1, 1024});
  EXPECT_FALSE(layout.ok());
  EXPECT_NE(layout.status().message().find("limit is 1024"), std::string::npos);
}

}  // namespace
}  // namespace texflow
