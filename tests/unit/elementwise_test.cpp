// Elementwise host kernels and shape functions against values that TensorFlow gives.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/broadcast.h"
#include "ops/op.h"

namespace texflow {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor floats(const std::vector<float>& values) {
  return {DType::kFloat32, {static_cast<std::int64_t>(values.size())}, values};
}
Tensor ints(const std::vector<std::int64_t>& values) { return Tensor::ints(values); }
Tensor bools(const std::vector<std::uint8_t>& values) {
  return {DType::kBool, {static_cast<std::int64_t>(values.size())}, values};
}

Node nodeOf(const std::string& op) {
  Node node;
  node.name = "n";
  node.op = op;
  return node;
}

Result<std::vector<Tensor>> run(const std::string& op, const std::vector<Tensor>& inputs) {
  return runOnHost(nodeOf(op), inputs);
}

void expectValues(const Result<std::vector<Tensor>>& result, const std::vector<double>& want, double tolerance = 1e-6) {
  ASSERT_TRUE(result.ok()) << result.status().message();
  const Tensor& got = (*result)[0];
  ASSERT_EQ(got.size(), static_cast<std::int64_t>(want.size()));
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double a = got.number(i), b = want[static_cast<std::size_t>(i)];
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) continue;
    EXPECT_LE(std::abs(a - b), tolerance * (1 + std::abs(b))) << "element " << i;
  }
}

TEST(Broadcast, AlignsShapesAtTheRight) {
  EXPECT_EQ(*broadcastShapes({2, 1, 3}, {4, 1}), (Shape{2, 4, 3}));
  EXPECT_EQ(*broadcastShapes({}, {0, 2}), (Shape{0, 2}));
  EXPECT_EQ(*broadcastShapes({1}, {0}), (Shape{0}));
}

TEST(Broadcast, NamesBothShapesThatDoNotFit) {
  const auto result = broadcastShapes({2, 3}, {2});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("[2,3] and [2]"), std::string::npos);
}

TEST(Broadcast, RefusesResultsThatAreTooLarge) { EXPECT_FALSE(broadcastShapes({1 << 20, 1}, {1, 1 << 20}).ok()); }

TEST(Binary, AddsARowAndAColumn) {
  const Tensor row(DType::kFloat32, {1, 3}, std::vector<float>{1, 2, 3});
  const Tensor column(DType::kFloat32, {2, 1}, std::vector<float>{10, 20});
  const auto sum = run("AddV2", {row, column});
  expectValues(sum, {11, 12, 13, 21, 22, 23});
  EXPECT_EQ((*sum)[0].shape(), (Shape{2, 3}));
}

TEST(Binary, Int32Wraps) {
  expectValues(run("Add", {ints({2147483647}), ints({1})}), {-2147483648.0});
  expectValues(run("Mul", {ints({65536}), ints({65536})}), {0});
  expectValues(run("FloorDiv", {ints({-2147483648LL}), ints({-1})}), {-2147483648.0});
  expectValues(run("Mod", {ints({-2147483648LL}), ints({-1})}), {0});
}

TEST(Binary, DivisionsRoundAsTensorFlow) {
  const std::vector<std::int64_t> a = {7, -7, 7, -7}, b = {3, 3, -3, -3};
  expectValues(run("Div", {ints(a), ints(b)}), {2, -2, -2, 2});
  expectValues(run("FloorDiv", {ints(a), ints(b)}), {2, -3, -3, 2});
  expectValues(run("Mod", {ints(a), ints(b)}), {1, -1, 1, -1});
  expectValues(run("FloorMod", {ints(a), ints(b)}), {1, 2, -2, -1});
  expectValues(run("FloorMod", {floats({7, -7, 7, -7}), floats({3, 3, -3, -3})}), {1, 2, -2, -1});
  expectValues(run("Mod", {floats({5.5F, -5.5F}), floats({2, 2})}), {1.5, -1.5});
}

TEST(Binary, IntegerDivisionByZeroIsAnError) {
  const auto result = run("FloorDiv", {ints({1, 2}), ints({1, 0})});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("Element 1"), std::string::npos);
}

TEST(Binary, NoNanVariantsGiveZero) {
  expectValues(run("DivNoNan", {floats({1, kInf, kNaN, 4}), floats({0, 0, 0, 2})}), {0, 0, 0, 2});
  expectValues(run("MulNoNan", {floats({kInf, kNaN, 3}), floats({0, 0, 2})}), {0, 0, 6});
}

TEST(Binary, MaximumAndMinimumKeepNaN) {
  expectValues(run("Maximum", {floats({kNaN, 1, 3}), floats({1, kNaN, 2})}), {kNaN, kNaN, 3});
  expectValues(run("Minimum", {floats({kNaN, 1, 3}), floats({1, kNaN, 2})}), {kNaN, kNaN, 2});
}

TEST(Binary, PowOfSpecialValues) {
  expectValues(run("Pow", {floats({kNaN, 1, -2, -2, -2}), floats({0, kNaN, 3, 2, 0.5F})}), {1, 1, -8, 4, kNaN});
  expectValues(run("Pow", {ints({3, -2}), ints({4, 31})}), {81, -2147483648.0});
  EXPECT_FALSE(run("Pow", {ints({2}), ints({-1})}).ok());
}

TEST(Binary, RefusesDifferentDtypes) {
  const auto result = run("Add", {floats({1}), ints({1})});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("float32 and int32"), std::string::npos);
}

TEST(Binary, AddNSumsAndChecksShapes) {
  expectValues(run("AddN", {floats({1, 2}), floats({3, 4}), floats({5, 6})}), {9, 12});
  EXPECT_FALSE(run("AddN", {floats({1, 2}), floats({3})}).ok());
}

TEST(Binary, BiasAddFollowsTheDataFormat) {
  const Tensor x(DType::kFloat32, {1, 2, 2}, std::vector<float>{0, 0, 0, 0});
  expectValues(run("BiasAdd", {x, floats({1, 2})}), {1, 2, 1, 2});
  Node node = nodeOf("BiasAdd");
  node.attrs.set("data_format", std::string("NCHW"));
  expectValues(runOnHost(node, std::vector<Tensor>{x, floats({1, 2})}), {1, 1, 2, 2});
  EXPECT_FALSE(run("BiasAdd", {x, floats({1, 2, 3})}).ok());
}

TEST(Unary, RoundsHalfToEven) {
  const Tensor x = floats({0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 2.6F, kInf, kNaN});
  expectValues(run("Round", {x}), {0, 2, 2, 0, -2, 3, kInf, kNaN});
  expectValues(run("Rint", {x}), {0, 2, 2, 0, -2, 3, kInf, kNaN});
}

TEST(Unary, ActivationsPassNaNOn) {
  for (const char* op : {"Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Sign", "Softplus", "Sigmoid", "Tanh"})
    expectValues(run(op, {floats({kNaN})}), {kNaN});
}

TEST(Unary, ExtremesStayFinite) {
  expectValues(run("Sigmoid", {floats({-1000, 1000})}), {0, 1});
  expectValues(run("Softplus", {floats({-1000, 1000})}), {0, 1000});
  expectValues(run("Elu", {floats({-1000, 2})}), {-1, 2});
  expectValues(run("Relu6", {floats({-1, 3, 9})}), {0, 3, 6});
}

TEST(Unary, IntegersWrap) {
  expectValues(run("Neg", {ints({-2147483648LL})}), {-2147483648.0});
  expectValues(run("Abs", {ints({-5})}), {5});
  EXPECT_FALSE(run("Exp", {ints({1})}).ok());
}

TEST(Unary, ClassifiesValues) {
  const Tensor x = floats({1, kInf, kNaN});
  expectValues(run("IsNan", {x}), {0, 0, 1});
  expectValues(run("IsInf", {x}), {0, 1, 0});
  expectValues(run("IsFinite", {x}), {1, 0, 0});
}

TEST(Unary, ClipKeepsNaNAndLetsTheUpperBoundWin) {
  expectValues(run("ClipByValue", {floats({-3, 0, 3, kNaN}), floats({-1}), floats({1})}), {-1, 0, 1, kNaN});
  expectValues(run("ClipByValue", {floats({0}), Tensor::scalar(2.0F), Tensor::scalar(1.0F)}), {1});
  EXPECT_FALSE(run("ClipByValue", {floats({1, 2, 3}), floats({1, 2}), floats({3})}).ok());
}

TEST(Compare, NaNEqualsNothing) {
  expectValues(run("Equal", {floats({kNaN, 1}), floats({kNaN, 1})}), {0, 1});
  expectValues(run("NotEqual", {floats({kNaN, 1}), floats({kNaN, 1})}), {1, 0});
  expectValues(run("LessEqual", {ints({1, 2, 3}), ints({2})}), {1, 1, 0});
  expectValues(run("LogicalOr", {bools({0, 1}), bools({0, 0})}), {0, 1});
  EXPECT_FALSE(run("LogicalAnd", {ints({1}), ints({1})}).ok());
}

TEST(Compare, StringsCompareWhole) {
  const Tensor a(DType::kString, {2}, std::vector<std::string>{"x", "yy"});
  const Tensor b(DType::kString, {1}, std::vector<std::string>{"yy"});
  expectValues(run("Equal", {a, b}), {0, 1});
}

TEST(Select, BroadcastsAllThree) {
  const Tensor condition(DType::kBool, {2, 1}, std::vector<std::uint8_t>{1, 0});
  const auto result = run("SelectV2", {condition, floats({1, 2, 3}), Tensor::scalar(0.0F)});
  expectValues(result, {1, 2, 3, 0, 0, 0});
}

TEST(Select, AVectorConditionPicksRows) {
  const Tensor yes(DType::kInt32, {2, 2}, std::vector<int>{1, 2, 3, 4}), no(DType::kInt32, {2, 2});
  expectValues(run("Select", {bools({0, 1}), yes, no}), {0, 0, 3, 4});
  EXPECT_FALSE(run("Select", {bools({0, 1, 1}), yes, no}).ok());
}

TEST(Cast, TruncatesAndTestsForZero) {
  Node node = nodeOf("Cast");
  EXPECT_FALSE(runOnHost(node, std::vector<Tensor>{floats({1})}).ok());
  node.attrs.set("DstT", DType::kInt32);
  expectValues(runOnHost(node, std::vector<Tensor>{floats({1.9F, -1.9F, 0})}), {1, -1, 0});
  node.attrs.set("DstT", DType::kBool);
  expectValues(runOnHost(node, std::vector<Tensor>{floats({0.5F, 0, kNaN})}), {1, 0, 1});
}

TEST(BatchNorm, NormalizesWithGivenStatistics) {
  Node node = nodeOf("FusedBatchNormV3");
  node.attrs.set("is_training", false);
  node.attrs.set("epsilon", 0.0);
  const Tensor x(DType::kFloat32, {1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  expectValues(runOnHost(node, std::vector<Tensor>{x, floats({2, 1}), floats({1, 0}), floats({1, 2}), floats({4, 1})}),
               {1, 0, 3, 2});
}

TEST(BatchNorm, TrainingReturnsTheUnbiasedVariance) {
  Node node = nodeOf("FusedBatchNorm");
  node.attrs.set("is_training", true);
  const Tensor x(DType::kFloat32, {1, 1, 3, 1}, std::vector<float>{1, 2, 3}), none(DType::kFloat32, {0});
  const auto result = runOnHost(node, std::vector<Tensor>{x, floats({1}), floats({0}), none, none});
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_FLOAT_EQ((*result)[1].data<float>()[0], 2.0F);
  EXPECT_FLOAT_EQ((*result)[2].data<float>()[0], 1.0F);
}

TEST(BatchNorm, NamesTheOperandOfTheWrongShape) {
  const Tensor x(DType::kFloat32, {1, 1, 2, 2});
  const auto result = run("FusedBatchNorm", {x, floats({1}), floats({1, 0}), floats({1, 2}), floats({4, 1})});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("scale"), std::string::npos);
}

TEST(Complex, SplitsAndJoins) {
  const auto joined = run("Complex", {floats({3, 1}), floats({4, 0})});
  ASSERT_TRUE(joined.ok());
  expectValues(run("ComplexAbs", {(*joined)[0]}), {5, 1});
  expectValues(run("Imag", {(*joined)[0]}), {4, 0});
}

}  // namespace
}  // namespace texflow
