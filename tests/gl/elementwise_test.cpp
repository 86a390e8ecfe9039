// Elementwise programs against their host kernels, for every stripe count and kind of broadcast.
#include <cstdint>
#include <limits>

#include "gl/op_test.h"

namespace texflow {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Node nodeOf(const std::string& op) {
  Node node;
  node.op = op;
  return node;
}

/// Values spread over [low, high] in no order.
Tensor values(const Shape& shape, float low, float high, std::uint32_t seed = 1) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    seed = seed * 1664525U + 1013904223U;
    tensor.mutableData<float>()[i] = low + (high - low) * static_cast<float>(seed >> 8) / 16777216.0F;
  }
  return tensor;
}

Tensor integers(const Shape& shape, int low, int high, std::uint32_t seed = 1) {
  const Tensor source = values(shape, 0, 1, seed);
  Tensor tensor(DType::kInt32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.mutableData<std::int32_t>()[i] = low + static_cast<int>(source.data<float>()[i] * static_cast<float>(high - low));
  return tensor;
}

Tensor flags(const Shape& shape, std::uint32_t seed = 1) {
  const Tensor source = values(shape, 0, 1, seed);
  Tensor tensor(DType::kBool, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<std::uint8_t>()[i] = source.data<float>()[i] > 0.5F;
  return tensor;
}

TEST(GlElementwise, EveryBroadcastOfTheKernel) {
  const std::pair<Shape, Shape> pairs[] = {{{2, 3, 5, 7}, {2, 3, 5, 7}},
                                           {{2, 3, 5, 7}, {7}},
                                           {{2, 3, 5, 7}, {}},
                                           {{2, 3, 5, 7}, {5, 1}},
                                           {{2, 3, 5, 7}, {2, 1, 1, 7}},
                                           {{2, 3, 5, 7}, {3, 1, 7}},
                                           {{2, 3, 5, 7}, {2, 3, 5, 1}},
                                           {{2, 3, 1, 7}, {2, 1, 5, 1}},
                                           {{5, 1, 7}, {1, 9, 1}},
                                           {{1, 40}, {1, 40}},
                                           {{40}, {1}},
                                           {{3, 1, 40}, {3, 1, 1}},
                                           {{2, 3, 2, 3, 4}, {3, 2, 1, 4}}};
  for (const auto& [a, b] : pairs) {
    expectGlMatchesHost(nodeOf("Sub"), {values(a, -2, 2), values(b, -2, 2, 7)});
    expectGlMatchesHost(nodeOf("Sub"), {values(b, -2, 2), values(a, -2, 2, 7)}, {true, false});
  }
}

TEST(GlElementwise, OtherBroadcastsRunOnTheHost) {
  expectGlMatchesHost(nodeOf("Add"), {values({2, 3, 4, 1, 5}, -1, 1), values({1, 3, 1, 1, 5}, -1, 1)}, {}, 1e-6, true);
}

TEST(GlElementwise, Arithmetic) {
  for (const char* op : {"Add", "Mul", "RealDiv", "DivNoNan", "Maximum", "Minimum", "SquaredDifference", "Prelu", "Atan2",
                         "FloorDiv", "MulNoNan", "Xdivy"})
    expectGlMatchesHost(nodeOf(op), {values({3, 5, 6}, -3, 3), values({3, 5, 6}, -3, 3, 9)}, {}, 1e-5);
  for (const char* op : {"Mod", "FloorMod"})
    expectGlMatchesHost(nodeOf(op), {values({3, 5, 6}, -30, 30), values({3, 5, 6}, 1, 3, 9)}, {}, 1e-5);
  expectGlMatchesHost(nodeOf("Pow"), {values({3, 5, 6}, 0, 3), values({3, 5, 6}, -3, 3, 9)}, {}, 1e-4);
  expectGlMatchesHost(nodeOf("AddN"), {values({5, 6}, 0, 3), values({5, 6}, 0, 3, 2), values({5, 6}, 0, 3, 3)});
  expectGlMatchesHost(nodeOf("BiasAdd"), {values({2, 3, 5, 6}, 0, 3), values({6}, 0, 3, 2)}, {false, true});
}

TEST(GlElementwise, PowOfNegativeBases) {
  const Tensor base(DType::kFloat32, {6}, std::vector<float>{-2, -2, -2, 0, -3, 5});
  const Tensor exponent(DType::kFloat32, {6}, std::vector<float>{3, 2, 0.5F, 2, 0, 1});
  expectGlMatchesHost(nodeOf("Pow"), {base, exponent});
}

TEST(GlElementwise, IntegerDivisionsAreExact) {
  for (const char* op : {"Add", "Sub", "Maximum", "Minimum", "FloorDiv", "Div", "Mod", "FloorMod"})
    expectGlMatchesHost(nodeOf(op), {integers({9, 11, 8}, -100000, 100000), integers({9, 11, 8}, 1, 200, 5)}, {}, 0, true);
  for (const char* op : {"FloorDiv", "Div", "Mod", "FloorMod"})
    expectGlMatchesHost(nodeOf(op), {integers({9, 11, 8}, -100, 100), integers({9, 11, 8}, -9, -1, 5)}, {}, 0, true);
  expectGlMatchesHost(nodeOf("BitwiseAnd"), {integers({5, 8}, 0, 65535), integers({5, 8}, 0, 65535, 3)}, {}, 0, true);
}

TEST(GlElementwise, Unary) {
  for (const char* op : {"Abs",   "Atan",  "Ceil", "Cos",      "Cosh",     "Elu",    "Erf",   "Erfc",    "Exp",
                         "Expm1", "Floor", "Neg",  "Relu",     "Relu6",    "Round",  "Selu",  "Sigmoid", "Sign",
                         "Sin",   "Sinh",  "Tanh", "Softplus", "Softsign", "Square", "Asinh", "IsNan",   "LeakyRelu"})
    expectGlMatchesHost(nodeOf(op), {values({4, 9, 7}, -8, 8)}, {}, 2e-5);
  for (const char* op : {"Log", "Log1p", "Sqrt", "Rsqrt", "Reciprocal"})
    expectGlMatchesHost(nodeOf(op), {values({4, 9, 7}, 0.01F, 8)}, {}, 1e-5);
  for (const char* op : {"Asin", "Acos", "Tan", "Erf", "Expm1", "Log1p", "Tanh", "Sinh"})
    expectGlMatchesHost(nodeOf(op), {values({4, 9, 7}, -0.99F, 0.99F)}, {}, 1e-5);
  expectGlMatchesHost(nodeOf("Atanh"), {values({4, 9, 7}, -0.9F, 0.9F)}, {}, 1e-5);
  expectGlMatchesHost(nodeOf("Acosh"), {values({4, 9, 7}, 1, 100)}, {}, 1e-4);
}

TEST(GlElementwise, LargeArgumentsSaturate) {
  const Tensor x(DType::kFloat32, {6}, std::vector<float>{-1000, -100, -30, 30, 100, 1000});
  for (const char* op : {"Tanh", "Sigmoid", "Softplus", "Elu", "Erf", "Relu"})
    expectGlMatchesHost(nodeOf(op), {x}, {}, 1e-6);
}

TEST(GlElementwise, NaNPasses) {
  const Tensor x(DType::kFloat32, {5}, std::vector<float>{kNaN, 1, -1, kNaN, 9});
  const Tensor y(DType::kFloat32, {5}, std::vector<float>{0, kNaN, 2, kNaN, 3});
  for (const char* op : {"Relu", "Relu6", "IsNan", "IsFinite", "Sign", "Elu", "Tanh"}) expectGlMatchesHost(nodeOf(op), {x});
  for (const char* op : {"Maximum", "Minimum", "Equal", "NotEqual", "Less"}) expectGlMatchesHost(nodeOf(op), {x, y});
}

TEST(GlElementwise, ClipAndSelect) {
  expectGlMatchesHost(nodeOf("ClipByValue"), {values({5, 9}, -3, 3), Tensor::scalar(-1.0F), Tensor::scalar(0.5F)},
                      {false, true, true});
  expectGlMatchesHost(nodeOf("SelectV2"), {flags({3, 1, 4}), values({5, 4}, -1, 1), values({3, 5, 1}, -1, 1, 3)});
  expectGlMatchesHost(nodeOf("Select"), {flags({2, 3, 4}), values({2, 3, 4}, -1, 1), values({2, 3, 4}, -1, 1, 3)});
}

TEST(GlElementwise, ComparisonsAndLogic) {
  for (const char* op : {"Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"})
    expectGlMatchesHost(nodeOf(op), {integers({4, 5, 6}, 0, 4), integers({5, 6}, 0, 4, 2)}, {}, 0, true);
  for (const char* op : {"LogicalAnd", "LogicalOr", "Equal"})
    expectGlMatchesHost(nodeOf(op), {flags({4, 5, 6}), flags({4, 5, 1}, 2)}, {}, 0, true);
  expectGlMatchesHost(nodeOf("LogicalNot"), {flags({4, 5, 6})}, {}, 0, true);
}

TEST(GlElementwise, Casts) {
  Node node = nodeOf("Cast");
  for (DType to : {DType::kInt32, DType::kBool}) {
    node.attrs.set("DstT", to);
    expectGlMatchesHost(node, {values({4, 5, 6}, -9, 9)}, {}, 0, true);
  }
  node.attrs.set("DstT", DType::kFloat32);
  expectGlMatchesHost(node, {integers({4, 5, 6}, -9, 9)}, {}, 0, true);
  expectGlMatchesHost(node, {flags({4, 5, 6})}, {}, 0, true);
}

TEST(GlElementwise, BatchNormWithConstantAndFedParameters) {
  Node node = nodeOf("FusedBatchNormV3");
  node.attrs.set("is_training", false);
  node.attrs.set("epsilon", 0.001);
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{2, 1, 1, 37}}) {
    const Shape c = {shape.back()};
    const std::vector<Tensor> inputs = {values(shape, -3, 3), values(c, 0.5F, 2, 2), values(c, -1, 1, 3),
                                        values(c, -1, 1, 4), values(c, 0.1F, 2, 5)};
    expectGlMatchesHost(node, inputs, {false, true, true, true, true});
    expectGlMatchesHost(node, inputs);
  }
}

}  // namespace
}  // namespace texflow
