// Draws that write half of the layers, and pools by the program of depthwise convolutions: values stay what they are.
#include "gl/op_test.h"
#include "gl/small_net.h"
#include "texflow/manifest.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

// x → Conv2D 3x3 → MaxPool → depthwise, stride 2 → AvgPool → ResizeBilinear → Conv2D 3x3: between the convolutions little is
// done.
Graph hourglass() {
  Graph graph;
  const auto constant = [&](const std::string& name, Tensor value) {
    return add(graph, name, "Const", {}, std::move(value));
  };
  const auto halved = [&](Port port) {
    graph.nodes[static_cast<std::size_t>(port.node)].attrs.set("strides", std::vector<std::int64_t>{1, 2, 2, 1});
    return port;
  };
  const Port x = add(graph, "x", "Placeholder", {});
  const Port first = add(graph, "first", "Conv2D", {x, constant("a", smallValues({3, 3, 32, 32}))});
  const Port highest = halved(add(graph, "highest", "MaxPool", {first}));
  const Port filter = constant("b", smallValues({3, 3, 32, 1}));
  const Port depthwise = halved(add(graph, "depthwise", "DepthwiseConv2dNative", {highest, filter}));
  const Port mean = add(graph, "mean", "AvgPool", {depthwise});
  const Port wide = add(graph, "wide", "ResizeBilinear", {mean, constant("size", Tensor::ints({90, 90}))});
  const Port last = add(graph, "last", "Conv2D", {wide, constant("c", smallValues({3, 3, 32, 32}))});
  for (Node& node : graph.nodes) {
    node.attrs.set("ksize", std::vector<std::int64_t>{1, 3, 3, 1});
    node.attrs.set("half_pixel_centers", true);
  }
  graph.inputs.push_back({"x", x, DType::kFloat32, {1, 90, 90, 32}, true});
  graph.outputs.push_back({"last", last, DType::kFloat32, {1, 90, 90, 32}, true});
  return graph;
}

// One of its own: plans depend on what the device has compiled.
Result<std::unique_ptr<Context>> newContext(int stripes) {
  ContextOptions options;
  options.stripes = stripes;
  return makeEglContext(GlApi::kGles3, options);
}

/// Of a session that has been prepared in a new context.
Manifest manifestOf(const Graph& graph) {
  auto context = newContext(8);
  if (!context.ok()) return {};
  auto session = Session::create(graph, context->get());
  EXPECT_TRUE(session.ok() && (*session)->prepare().ok());
  return session.ok() ? (*session)->manifest() : Manifest();
}

TEST(Parts, RareDrawsGiveTheHostsValues) {
  const std::map<std::string, Tensor> inputs{{"x", smallValues({1, 90, 90, 32})}};
  auto host = Session::create(hourglass(), nullptr, Backend::kHost);
  ASSERT_TRUE(host.ok()) << host.status().message();
  auto expected = (*host)->run(inputs);
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  for (int stripes : {1, 2, 4, 8}) {
    auto context = newContext(stripes);
    if (!context.ok()) GTEST_SKIP() << "no EGL context";
    auto session = Session::create(hourglass(), context->get());
    ASSERT_TRUE(session.ok()) << session.status().message();
    auto results = (*session)->run(inputs);
    ASSERT_TRUE(results.ok()) << results.status().message();
    // Convolutions, windows and the resize; of 8 stripes the last two write 4 layers at a time.
    EXPECT_EQ((*session)->report().programsUsed, 3) << stripes << " stripes";
    EXPECT_EQ((*session)->report().drawsPerRun, stripes == 8 ? 10 : 6) << stripes << " stripes";
    const Tensor &actual = results->front().value, &wanted = expected->front().value;
    for (std::int64_t i = 0; i < wanted.size(); ++i)
      ASSERT_NEAR(actual.number(i), wanted.number(i), 1e-3) << stripes << " stripes, " << i;
  }
}

TEST(Parts, WhatAManifestNamesIsAllThatThePlanNeeds) {
  auto context = newContext(8);
  if (!context.ok()) GTEST_SKIP() << "no EGL context";
  const Manifest manifest = manifestOf(hourglass());
  ASSERT_TRUE((*context)->makeCurrent().ok());
  Precompile ahead(**context, manifest);
  EXPECT_EQ(ahead.refused(), 0);
  ASSERT_TRUE(ahead.finish().ok());
  auto session = Session::create(hourglass(), context->get());
  ASSERT_TRUE(session.ok() && (*session)->prepare().ok());
  EXPECT_EQ((*session)->report().programsShared, 3);
  EXPECT_EQ((*session)->report().drawsPerRun, 10);
  EXPECT_EQ((*session)->manifest().programs, manifest.programs);
}

TEST(Parts, WhatIsCompiledWholeIsNotCompiledInParts) {
  auto context = newContext(8);
  if (!context.ok()) GTEST_SKIP() << "no EGL context";
  Manifest whole = manifestOf(hourglass());
  for (Manifest::Program& program : whole.programs)
    std::erase_if(program.defines, [](const auto& define) { return define.first == "OUTPUTS"; });
  ASSERT_TRUE((*context)->makeCurrent().ok());
  Precompile ahead(**context, whole);
  ASSERT_TRUE(ahead.finish().ok());
  auto session = Session::create(hourglass(), context->get());
  ASSERT_TRUE(session.ok() && (*session)->prepare().ok());
  EXPECT_EQ((*session)->report().programsShared, 3);
  EXPECT_EQ((*session)->report().drawsPerRun, 6);
}

}  // namespace
}  // namespace texflow
