// Functions of several nodes are named in the metadata, whatever they are spelled like, and nothing else is.
#include "composites.h"

#include "converter/graph_maker.h"
#include "json.h"

namespace texflow {
namespace {

const AttrList kFloat = {{"T", DType::kFloat32}};

Port number(GraphMaker& g, float value) { return g.constant(Tensor::scalar(value)); }

/// The functions that are found once the graph is optimized, with blanks between.
std::string foundIn(Graph graph) {
  const auto optimized = optimize(std::move(graph), {});
  EXPECT_TRUE(optimized.ok()) << optimized.status().message();
  if (!optimized.ok()) return {};
  std::string names;
  for (const Composite& composite : findComposites(*optimized)) names += (names.empty() ? "" : " ") + composite.function;
  return names;
}

Port erfGelu(GraphMaker& g, Port x, bool divides) {
  const Port inner =
      divides ? g.add("RealDiv", {x, number(g, 1.41421356F)}, kFloat) : g.add("Mul", {number(g, 0.70710678F), x}, kFloat);
  const Port half = g.add("Mul", {x, number(g, 0.5F)}, kFloat);
  return g.add("Mul", {half, g.add("AddV2", {g.add("Erf", {inner}, kFloat), number(g, 1)}, kFloat)}, kFloat);
}

TEST(Composites, GeluIsFoundInEachSpelling) {
  for (const bool divides : {false, true}) {
    GraphMaker g;
    g.output(erfGelu(g, g.conv(g.input("x", {1, 4, 4, 2}), {1, 1, 2, 3}), divides));
    EXPECT_EQ(foundIn(g.take()), "Gelu");
  }
  GraphMaker g;  // x / 2 * erfc(-x / sqrt(2))
  const Port x = g.input("x", {1, 4});
  const Port inner = g.add("Mul", {g.add("Neg", {x}, kFloat), number(g, 0.70710678F)}, kFloat);
  g.output(g.add("Mul", {g.add("Mul", {x, number(g, 0.5F)}, kFloat), g.add("Erfc", {inner}, kFloat)}, kFloat));
  EXPECT_EQ(foundIn(g.take()), "Gelu");
}

TEST(Composites, ApproximateGeluAndHardSwishAreFound) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4});
  const Port cubed = g.add("Mul", {g.add("Pow", {x, number(g, 3)}, kFloat), number(g, 0.044715F)}, kFloat);
  const Port inner = g.add("Mul", {g.add("AddV2", {x, cubed}, kFloat), number(g, 0.79788456F)}, kFloat);
  const Port gate = g.add("AddV2", {number(g, 1), g.add("Tanh", {inner}, kFloat)}, kFloat);
  g.output(g.add("Mul", {g.add("Mul", {number(g, 0.5F), x}, kFloat), gate}, kFloat));
  EXPECT_EQ(foundIn(g.take()), "GeluApproximate");
  GraphMaker h;
  const Port y = h.input("x", {1, 4});
  const Port clipped = h.add("Relu6", {h.add("AddV2", {y, number(h, 3)}, kFloat)}, kFloat);
  h.output(h.add("Mul", {h.add("Mul", {y, clipped}, kFloat), number(h, 1.0F / 6)}, kFloat));
  EXPECT_EQ(foundIn(h.take()), "HardSwish");
}

TEST(Composites, OtherFactorsAreNotTheFunction) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4});
  const Port gate =
      g.add("AddV2", {g.add("Erf", {g.add("Mul", {x, number(g, 0.7F)}, kFloat)}, kFloat), number(g, 1)}, kFloat);
  g.output(g.add("Mul", {g.add("Mul", {x, number(g, 0.5F)}, kFloat), gate}, kFloat));
  EXPECT_EQ(foundIn(g.take()), "");
}

/// As Keras writes it: x * f + (beta - mean * f) with f = gamma / sqrt(variance + epsilon).
Port layerNorm(GraphMaker& g, Port x, std::int64_t channels, std::int64_t axis, float power = -0.5F) {
  const AttrList reduce = {{"T", DType::kFloat32}, {"Tidx", DType::kInt32}, {"keep_dims", true}};
  const Port mean = g.add("Mean", {x, g.ints({axis})}, reduce);
  const Port variance = g.add("Mean", {g.add("SquaredDifference", {x, mean}, kFloat), g.ints({axis})}, reduce);
  const Port spread = g.add("AddV2", {variance, number(g, 1e-3F)}, kFloat);
  const Port root = power == -0.5F ? g.add("Rsqrt", {spread}, kFloat) : g.add("Reciprocal", {spread}, kFloat);
  const Port factor = g.add("Mul", {root, g.constant(g.values({channels}, true), "gamma")}, kFloat);
  const Port shift = g.add("Sub", {g.constant(g.values({channels}), "beta"), g.add("Mul", {mean, factor}, kFloat)}, kFloat);
  return g.add("AddV2", {g.add("Mul", {x, factor}, kFloat), shift}, kFloat, "norm");
}

TEST(Composites, LayerNormalizationIsFoundWithItsParameters) {
  GraphMaker g;
  g.output(layerNorm(g, g.conv(g.input("x", {1, 4, 4, 2}), {1, 1, 2, 6}), 6, 3));
  MemorySink sink;
  const auto optimized = optimize(g.take(), {});
  ASSERT_TRUE(optimized.ok() && writeGraphModel(*optimized, {}, sink).ok());
  const auto json = parseJson(sink.files().at("model.json"), "it");
  ASSERT_TRUE(json.ok());
  const Json& found = (*json)["userDefinedMetadata"]["composites"];
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0]["function"], "LayerNormalization");
  EXPECT_EQ(found[0]["output"], "norm");
  EXPECT_EQ(found[0]["gamma"], "gamma");
  EXPECT_EQ(found[0]["beta"], "beta");
  EXPECT_NEAR(found[0]["epsilon"].get<double>(), 1e-3, 1e-9);
}

TEST(Composites, WhatOnlyLooksLikeANormIsNotOne) {
  GraphMaker g;
  g.output(layerNorm(g, g.input("x", {1, 5, 6}), 6, 2, -1));  // Divided by the variance, not by its root.
  GraphMaker h;
  h.output(layerNorm(h, h.input("x", {1, 6, 6}), 6, 1));  // Over another axis.
  EXPECT_EQ(foundIn(g.take()), "");
  EXPECT_EQ(foundIn(h.take()), "");
}

}  // namespace
}  // namespace texflow
