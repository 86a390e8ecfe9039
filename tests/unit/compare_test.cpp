#include "compare.h"

#include <gtest/gtest.h>

#include <limits>

namespace texflow::cli {
namespace {

Tensor floats(const std::vector<float>& values) {
  return Tensor(DType::kFloat32, {static_cast<std::int64_t>(values.size())}, values);
}

TEST(Compare, NamesTheWorstElement) {
  const Difference difference = compare(floats({1.0f, 2.5f, -3.0f}), floats({1.0f, 2.0f, -3.25f}));
  EXPECT_EQ(difference.absolute, 0.5);
  EXPECT_EQ(difference.relative, 0.25);
  EXPECT_EQ(difference.worst, 1);
  EXPECT_TRUE(difference.within(0.2));
  EXPECT_FALSE(difference.within(0.1));
}

TEST(Compare, CountsUlpsAcrossZero) {
  const float least = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(compare(floats({least}), floats({-least})).ulps, 2);
  EXPECT_EQ(compare(floats({0.0f}), floats({-0.0f})).ulps, 0);
}

TEST(Compare, NanAndInfinityEqualThemselvesOnly) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(compare(floats({nan, inf}), floats({nan, inf})).within(0));
  EXPECT_FALSE(compare(floats({nan}), floats({1.0f})).within(1e9));
  EXPECT_FALSE(compare(floats({-inf}), floats({inf})).within(1e9));
}

TEST(Compare, IntegersMustBeEqual) {
  EXPECT_TRUE(compare(Tensor::scalar(3), Tensor::scalar(3)).within(0));
  EXPECT_FALSE(compare(Tensor::scalar(1000000), Tensor::scalar(1000001)).within(1));
}

TEST(Compare, ShapesAndDTypesMustBeEqual) {
  EXPECT_FALSE(compare(floats({1.0f}), floats({1.0f, 1.0f})).within(1));
  EXPECT_FALSE(compare(Tensor::scalar(1.0f), Tensor::scalar(1)).within(1));
}

}  // namespace
}  // namespace texflow::cli
