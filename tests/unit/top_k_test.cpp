#include <gtest/gtest.h>

#include "ops/op.h"

namespace texflow {
namespace {

Result<std::vector<Tensor>> topK(std::int32_t k) {
  Node node;
  node.op = "TopKV2";
  const Tensor input(DType::kFloat32, {2, 4}, std::vector<float>{1, 7, 7, 3, -1, -4, -2, -3});
  return runOnHost(node, std::vector<Tensor>{input, Tensor::scalar(k)});
}

TEST(TopK, OfEqualValuesTheLowerIndexComesFirst) {
  const auto results = topK(3);
  ASSERT_TRUE(results.ok()) << results.status().message();
  EXPECT_EQ((*results)[0].toInts(), (std::vector<std::int64_t>{7, 7, 3, -1, -2, -3}));
  EXPECT_EQ((*results)[1].toInts(), (std::vector<std::int64_t>{1, 2, 3, 0, 2, 3}));
}

TEST(TopK, MoreThanTheLastDimensionIsRefused) {
  const auto results = topK(5);
  ASSERT_FALSE(results.ok());
  EXPECT_NE(results.status().message().find("k is 5"), std::string::npos);
}

}  // namespace
}  // namespace texflow
