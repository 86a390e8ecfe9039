// Where tensors lie for a rasterizer that hands out tiles of 64 texels: across the border of two tiles.
#include "plan/spread_tiles.h"

#include <gtest/gtest.h>

namespace texflow {
namespace {

constexpr int kTile = 64;

TEST(SpreadTiles, OneTileKeepsOneThreadBusyAndItsBorderTwo) {
  const int one = busierThread(24, 24, 0, kTile);
  EXPECT_EQ(one, 6 * 6 + 2) << "blocks of 4x4 texels and the tile itself";
  EXPECT_EQ(busierThread(24, 24, 52, kTile), 3 * 6 + 2);
  EXPECT_EQ(busierThread(24, 24, 60, kTile), 5 * 6 + 2);
  EXPECT_EQ(busierThread(128, 24, 0, kTile), 16 * 6 + 2) << "two tiles beside each other";
}

TEST(SpreadTiles, ADrawOfManyTilesIsSharedInTheirOrder) {
  EXPECT_EQ(busierThread(64, 144, 0, kTile), (64 / 4 + 16 / 4) * 16 + 2 * 2);
  EXPECT_EQ(busierThread(64, 144, 56, kTile), (8 / 4 + 64 / 4) * 16 + 2 * 2);
}

TEST(SpreadTiles, SmallTensorsMoveToTheBorderWhereTheTextureIsHighEnough) {
  const std::vector<TextureNeed> needs = {{0, 40, 100, 0, 1, {}}, {1, 24, 24, 2, 3, {}}};
  Arrangement arrangement(needs, false, 4096);
  for (int need : {0, 1}) arrangement.place(need);
  const std::int64_t before = arrangement.texels();
  spreadOverTiles(arrangement, needs, kTile, before, 4096);
  EXPECT_EQ(arrangement.texels(), before);
  EXPECT_EQ(arrangement.users().size(), 1U);
  EXPECT_EQ(arrangement.line(0), 0);
  EXPECT_EQ(arrangement.line(1), 52);
}

TEST(SpreadTiles, TexturesGrowAsFarAsTheyMay) {
  const std::vector<TextureNeed> needs = {{0, 24, 24, 0, 1, {}}};
  for (const bool roomy : {false, true}) {
    Arrangement arrangement(needs, false, 4096);
    arrangement.place(0);
    spreadOverTiles(arrangement, needs, kTile, roomy ? 24 * 100 : 24 * 30, 4096);
    EXPECT_EQ(arrangement.line(0), roomy ? 52 : 0);
    EXPECT_EQ(arrangement.sizes()[0].height, roomy ? 76 : 24);
  }
}

TEST(SpreadTiles, TensorsThatLiveTogetherStayApart) {
  const std::vector<TextureNeed> needs = {{0, 24, 60, 0, 2, {}}, {1, 24, 24, 0, 2, {}}, {2, 24, 24, 3, 4, {}}};
  Arrangement arrangement(needs, true, 4096);
  for (int need : {0, 1, 2}) arrangement.place(need);
  spreadOverTiles(arrangement, needs, kTile, 24 * 200, 4096);
  ASSERT_EQ(arrangement.users().size(), 1U);
  const int first = arrangement.line(0), second = arrangement.line(1);
  EXPECT_TRUE(first + 60 <= second || second + 24 <= first) << first << ", " << second;
  EXPECT_EQ(arrangement.line(2), 52) << "the others are gone by then";
}

}  // namespace
}  // namespace texflow
