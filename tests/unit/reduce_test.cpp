#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/op.h"

namespace texflow {
namespace {

Node node(const char* op) {
  Node n;
  n.name = n.op = op;
  return n;
}

Tensor floats(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }

Tensor run(const Node& n, std::vector<Tensor> inputs) {
  auto result = runOnHost(n, inputs);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? (*result)[0] : Tensor();
}

TEST(Reduce, SumOverAnyAxesAndKeepDims) {
  const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(run(node("Sum"), {x, Tensor::ints({0})}).toInts(), (std::vector<std::int64_t>{5, 7, 9}));
  EXPECT_EQ(run(node("Sum"), {x, Tensor::ints({-1})}).toInts(), (std::vector<std::int64_t>{6, 15}));
  Node keep = node("Sum");
  keep.attrs.set("keep_dims", true);
  EXPECT_EQ(run(keep, {x, Tensor::ints({0, 1})}).shape(), (Shape{1, 1}));
}

TEST(Reduce, OverNoElementsGivesTheNeutralElement) {
  const Tensor x = floats({0, 1}, {}), axes = Tensor::ints({0});
  EXPECT_EQ(run(node("Sum"), {x, axes}).number(0), 0);
  EXPECT_EQ(run(node("Prod"), {x, axes}).number(0), 1);
  EXPECT_TRUE(std::isnan(run(node("Mean"), {x, axes}).number(0)));
  EXPECT_EQ(run(node("Max"), {x, axes}).number(0), -std::numeric_limits<double>::infinity());
}

TEST(Reduce, IntegerMeanTruncatesAndSumWraps) {
  const Tensor x(DType::kInt32, {2}, std::vector<std::int32_t>{-3, 0});
  EXPECT_EQ(run(node("Mean"), {x, Tensor::ints({0})}).number(0), -1);
  const Tensor big(DType::kInt32, {2}, std::vector<std::int32_t>{2147483647, 1});
  EXPECT_EQ(run(node("Sum"), {big, Tensor::ints({0})}).number(0), -2147483648.0);
}

TEST(Reduce, MaxPassesNaNOn) {
  EXPECT_TRUE(std::isnan(run(node("Max"), {floats({3}, {1, std::nanf(""), 2}), Tensor::ints({0})}).number(0)));
}

TEST(Reduce, RefusesAxesOutOfRangeAndTwice) {
  const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  for (const auto& axes : {std::vector<std::int64_t>{2}, {-3}, {1, -1}}) {
    const std::vector<Tensor> inputs = {x, Tensor::ints(axes)};
    EXPECT_FALSE(runOnHost(node("Sum"), inputs).ok());
  }
}

TEST(ArgMax, FirstIndexWins) {
  EXPECT_EQ(run(node("ArgMax"), {floats({2, 3}, {1, 3, 3, 5, 5, 4}), Tensor::ints({1})}).toInts(),
            (std::vector<std::int64_t>{1, 0}));
}

TEST(Cumsum, ExclusiveAndReverse) {
  Node n = node("Cumsum");
  const Tensor x = floats({3}, {1, 2, 3});
  EXPECT_EQ(run(n, {x, Tensor::scalar(0)}).toInts(), (std::vector<std::int64_t>{1, 3, 6}));
  n.attrs.set("exclusive", true);
  EXPECT_EQ(run(n, {x, Tensor::scalar(0)}).toInts(), (std::vector<std::int64_t>{0, 1, 3}));
  n.attrs.set("reverse", true);
  EXPECT_EQ(run(n, {x, Tensor::scalar(0)}).toInts(), (std::vector<std::int64_t>{5, 3, 0}));
}

TEST(Softmax, SumsToOneForLargeLogits) {
  const Tensor y = run(node("Softmax"), {floats({1, 2}, {1000, 1000})});
  EXPECT_FLOAT_EQ(static_cast<float>(y.number(0)), 0.5f);
}

}  // namespace
}  // namespace texflow
