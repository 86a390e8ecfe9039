// Folding, sharing and simplifying keep the values.
#include <set>

#include "converter/graph_maker.h"

namespace texflow {
namespace {

const AttrList kFloat = {{"T", DType::kFloat32}};

Tensor scalar(float value) { return Tensor::scalar(value); }

TEST(SimplifyPasses, NeutralElementsGo) {
  GraphMaker g;
  Port x = g.input("x", {-1, 3});
  x = g.add("AddV2", {x, g.constant(Tensor(DType::kFloat32, {3}))}, kFloat);
  x = g.add("Mul", {g.constant(scalar(1)), x}, kFloat);
  x = g.add("Sub", {x, g.constant(scalar(0))}, kFloat);
  x = g.add("RealDiv", {x, g.constant(scalar(1))}, kFloat);
  g.output(g.add("Abs", {x}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}})), "Abs");
}

TEST(SimplifyPasses, OnesThatBroadcastStay) {
  GraphMaker g;
  const Tensor ones(DType::kFloat32, {2, 3}, std::vector<float>(6, 1.0F));
  g.output(g.add("Mul", {g.input("x", {-1, 3}), g.constant(ones)}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({1, 3})}})), "Mul");
}

TEST(SimplifyPasses, DividingAConstantStays) {
  GraphMaker g;
  g.output(g.add("Sub", {g.constant(scalar(0)), g.input("x", {2})}, kFloat));
  optimizedSame(g.take(), {{"x", g.values({2})}});
}

TEST(SimplifyPasses, RootsAndPowers) {
  GraphMaker g;
  const Port x = g.input("x", {3});
  const auto power = [&](float e) { return g.add("Pow", {x, g.constant(scalar(e))}, kFloat); };
  g.output(power(2), "a");
  g.output(power(0.5F), "b");
  g.output(power(-0.5F), "c");
  g.output(g.add("RealDiv", {g.constant(scalar(1)), g.add("Sqrt", {x}, kFloat)}, kFloat), "d");
  g.output(g.add("Minimum", {g.add("Maximum", {x, g.constant(scalar(0))}, kFloat), g.constant(scalar(6))}, kFloat), "e");
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({3}, true)}});
  EXPECT_EQ(countOf(optimized, "Pow"), 0);
  EXPECT_EQ(countOf(optimized, "Rsqrt"), 2);
  EXPECT_EQ(countOf(optimized, "Relu6"), 1);
}

TEST(SimplifyPasses, ConstantsInARowJoin) {
  GraphMaker g;
  Port x = g.input("x", {2, 3});
  for (int i = 0; i < 3; ++i) x = g.add("AddV2", {x, g.weights({3})}, kFloat);
  for (int i = 0; i < 3; ++i) x = g.add("Mul", {g.weights({3}), x}, kFloat);
  g.output(x);
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}})), "AddV2 Mul");
}

TEST(SimplifyPasses, NegationsGoIntoFactors) {
  GraphMaker g;
  const Port x = g.add("Neg", {g.input("x", {2, 3})}, kFloat);
  g.output(g.add("Erf", {g.add("Mul", {x, g.constant(scalar(0.7071F))}, kFloat)}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 3})}})), "Mul Erf");
}

TEST(SimplifyPasses, ReshapesAndTransposesJoin) {
  GraphMaker g;
  Port x = g.input("x", {-1, 2, 3});
  x = g.add("Transpose", {x, g.ints({0, 2, 1})}, kFloat);
  x = g.add("Transpose", {x, g.ints({0, 2, 1})}, kFloat);
  x = g.add("Reshape", {x, g.ints({-1, 6})}, kFloat);
  x = g.add("ExpandDims", {x, g.ints({1})}, kFloat);
  g.output(g.add("Reshape", {x, g.ints({-1, 3, 2})}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 2, 3})}})), "Reshape");
}

TEST(SimplifyPasses, ShapeArithmeticOfKnownDimensionsIsFolded) {
  GraphMaker g;
  const Port x = g.input("x", {-1, 4, 5});
  const Port shape = g.add("Shape", {x}, {{"T", DType::kFloat32}, {"out_type", DType::kInt32}});
  const auto element = [&](std::int64_t i) {
    return g.add("StridedSlice", {shape, g.ints({i}), g.ints({i + 1}), g.ints({1})},
                 {{"T", DType::kInt32}, {"shrink_axis_mask", std::int64_t{1}}});
  };
  const Port size = g.add("Mul", {element(1), element(2)}, {{"T", DType::kInt32}});
  const Port target = g.add("Pack", {element(0), size}, {{"T", DType::kInt32}, {"N", std::int64_t{2}}});
  g.output(g.add("Reshape", {x, target}, kFloat));
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({3, 4, 5})}});
  EXPECT_EQ(opsOf(optimized), "Reshape");
}

TEST(SimplifyPasses, ReshapesToTwoUnknownDimensionsKeepTheirArithmetic) {
  GraphMaker g;
  const Port x = g.input("x", {-1, -1, 6});
  const Port shape = g.add("Shape", {x}, {{"T", DType::kFloat32}, {"out_type", DType::kInt32}});
  const Port front = g.add("Slice", {shape, g.ints({0}), g.ints({2})}, {{"T", DType::kInt32}, {"Index", DType::kInt32}});
  const Port target = g.add("ConcatV2", {front, g.ints({2, 3}), g.constant(Tensor::scalar(std::int32_t{0}))},
                            {{"T", DType::kInt32}, {"N", std::int64_t{2}}, {"Tidx", DType::kInt32}});
  g.output(g.add("Reshape", {x, target}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({3, 4, 6})}})), "Shape Slice ConcatV2 Reshape");
}

TEST(SimplifyPasses, ConvolutionsInGroupsBecomeDepthwiseOrSeveral) {
  for (const std::int64_t depth : {1, 2}) {
    GraphMaker g;
    g.output(g.conv(g.input("x", {-1, 5, 5, 4}), {3, 3, depth, 8}));
    const Graph optimized = optimizedSame(g.take(), {{"x", g.values({2, 5, 5, 4})}});
    EXPECT_EQ(opsOf(optimized), depth == 1 ? "DepthwiseConv2dNative" : "Split Conv2D Conv2D ConcatV2");
  }
}

TEST(SimplifyPasses, ValuesThatDependOnUnknownSizesStay) {
  GraphMaker g;
  const Port shape = g.add("Shape", {g.input("x", {-1, 4})}, {{"out_type", DType::kInt32}});
  g.output(g.add("Less", {shape, g.ints({2000})}, {{"T", DType::kInt32}}));
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({3, 4})}});
  EXPECT_EQ(countOf(optimized, "Less"), 1);
}

TEST(SimplifyPasses, SliceUpToAnUnknownPlaceStays) {
  GraphMaker g;
  const Port shape = g.add("Shape", {g.input("x", {-1, -1})}, {{"out_type", DType::kInt32}});
  const Port length = g.add("StridedSlice", {shape, g.ints({1}), g.ints({2}), g.ints({1})}, {{"T", DType::kInt32}});
  g.output(g.add("StridedSlice", {g.weights({32}), g.ints({0}), length, g.ints({1})}, kFloat));
  optimizedSame(g.take(), {{"x", g.values({2, 7})}});
}

TEST(SimplifyPasses, AttributesWithoutADefaultInTensorFlowJsAreWritten) {
  GraphMaker g;
  g.output(g.add("Conv2D", {g.input("x", {1, 3, 3, 2}), g.weights({1, 1, 2, 2})},
                 {{"strides", std::vector<std::int64_t>{1, 1, 1, 1}}, {"padding", std::string("SAME")}}));
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({1, 3, 3, 2})}});
  const Attrs& attrs = optimized.nodes[static_cast<std::size_t>(optimized.outputs[0].port.node)].attrs;
  EXPECT_EQ(attrs.get<std::string>("data_format", ""), "NHWC");
  EXPECT_NE(attrs.find<std::vector<std::int64_t>>("dilations"), nullptr);
}

TEST(SimplifyPasses, ConstantsThatWouldGrowTheModelAreNotFolded) {
  GraphMaker g;
  const Port large = g.add("Fill", {g.ints({1000, 1000}), g.constant(scalar(2))}, kFloat);
  g.output(g.add("Sum", {g.add("AddV2", {g.input("x", {}), large}, kFloat), g.ints({0, 1})}, kFloat));
  const auto optimized = optimize(g.take(), {});
  ASSERT_TRUE(optimized.ok());
  EXPECT_EQ(countOf(*optimized, "Fill"), 1);
}

TEST(SimplifyPasses, EqualNodesAreOne) {
  GraphMaker g;
  const Port x = g.input("x", {2, 2});
  const auto branch = [&] { return g.add("Exp", {g.add("AddV2", {x, g.constant(scalar(1))}, kFloat)}, kFloat); };
  g.output(g.add("Mul", {branch(), branch()}, kFloat));
  EXPECT_EQ(opsOf(optimizedSame(g.take(), {{"x", g.values({2, 2})}})), "AddV2 Exp Mul");
}

TEST(SimplifyPasses, RandomNodesAreNotShared) {
  GraphMaker g;
  const auto random = [&] { return g.add("RandomUniform", {g.ints({4})}, {{"dtype", DType::kFloat32}}); };
  g.output(g.add("Sub", {random(), random()}, kFloat));
  const auto optimized = optimize(g.take(), {});
  ASSERT_TRUE(optimized.ok());
  EXPECT_EQ(countOf(*optimized, "RandomUniform"), 2);
}

TEST(SimplifyPasses, OpsThatTensorFlowJsLacksAreRewritten) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4, 6, 2});
  g.output(g.add("Erfc", {x}, kFloat), "erfc");
  g.output(g.add("Softsign", {x}, kFloat), "softsign");
  g.output(g.add("Bucketize", {x}, {{"T", DType::kFloat32}, {"boundaries", std::vector<double>{-0.5, 0, 0.25}}}), "bucket");
  g.output(g.add("SpaceToDepth", {x}, {{"T", DType::kFloat32}, {"block_size", std::int64_t{2}}}), "blocks");
  g.output(g.add("Roll", {x, g.ints({-1, 4}), g.ints({1, 2})}, kFloat), "roll");
  g.output(g.add("Xlogy", {x, g.add("Abs", {x}, kFloat)}, kFloat), "xlogy");
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({1, 4, 6, 2})}});
  EXPECT_TRUE(checkOps(optimized, Target::kTfjs).ok());
}

TEST(SimplifyPasses, ChannelsFirstConvolutionsGetTransposes) {
  GraphMaker g;
  g.output(g.conv(g.input("x", {1, 3, 5, 4}), {3, 3, 3, 2}, "Conv2D", "NCHW"));
  const auto optimized = optimize(g.take(), {});
  ASSERT_TRUE(optimized.ok());
  EXPECT_EQ(opsOf(*optimized), "Transpose Conv2D Transpose");
  EXPECT_EQ(shapeText(evaluate(*optimized, {{"x", g.values({1, 3, 5, 4})}}).at("y").shape()), "[1,2,5,4]");
}

TEST(SimplifyPasses, EachOutputHasANodeOfItsOwnUnderItsOldName) {
  GraphMaker g;
  const Port x = g.input("x", {4});
  const Port exp = g.add("Exp", {x}, kFloat), first = g.add("Identity", {exp}, kFloat, "Identity");
  const Port split = g.add("Split", {g.constant(Tensor::scalar(std::int32_t{0})), x},
                           {{"T", DType::kFloat32}, {"num_split", std::int64_t{2}}});
  g.output(first, "a");
  g.output(g.add("Identity", {exp}, kFloat, "Identity_1"), "b");
  g.output({split.node, 0}, "c");
  g.output({split.node, 1}, "d");
  g.output(x, "e");
  const Graph optimized = optimizedSame(g.take(), {{"x", g.values({4})}});
  std::set<int> nodes;
  for (const Endpoint& output : optimized.outputs) nodes.insert(output.port.node);
  EXPECT_EQ(nodes.size(), 5u);
  EXPECT_EQ(optimized.nodes[static_cast<std::size_t>(optimized.outputs[0].port.node)].op, "Exp");
  EXPECT_EQ(optimized.nodes[static_cast<std::size_t>(optimized.outputs[0].port.node)].name, "Identity");
  EXPECT_EQ(optimized.nodes[static_cast<std::size_t>(optimized.outputs[1].port.node)].name, "Identity_1");
}

TEST(SimplifyPasses, DebugOpsGoAndUnknownPassesAreRefused) {
  GraphMaker g;
  const Port x = g.add("CheckNumerics", {g.input("x", {2})}, kFloat);
  g.output(g.add("Neg", {x}, kFloat));
  const Graph graph = g.take();
  EXPECT_EQ(opsOf(optimizedSame(graph, {{"x", g.values({2})}})), "Neg");
  ConvertOptions keep;
  keep.stripDebugOps = false;
  EXPECT_EQ(opsOf(optimizedSame(graph, {{"x", g.values({2})}}, keep)), "CheckNumerics Neg");
  ConvertOptions wrong;
  wrong.passes = {"prune", "nonsense"};
  const auto refused = optimize(graph, wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("There is no pass"), std::string::npos);
}

TEST(SimplifyPasses, OpCheckNamesOpsNodesAndAdvice) {
  GraphMaker g;
  const Port x = g.input("x", {2});
  g.output(g.add("Lgamma", {x}, kFloat, "first"), "a");
  g.output(g.add("Reluu", {x}, kFloat, "typo"), "b");
  const Status status = checkOps(g.take(), Target::kTfjs);
  ASSERT_FALSE(status.ok());
  for (const char* part : {"Lgamma (1 node: 'first')", "--target texflow", "Reluu (1 node: 'typo')", "nearest name is Relu"})
    EXPECT_NE(status.message().find(part), std::string::npos) << part << " in " << status.message();
}

}  // namespace
}  // namespace texflow
