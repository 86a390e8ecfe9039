// Draws that write half of the layers, and pools by the program of depthwise convolutions: values stay what they are.
#include "gl/op_test.h"
#include "gl/small_net.h"
#include "texflow/manifest.h"

namespace texflow {
namespace {

// x → Conv2D 3x3 → MaxPool → depthwise, stride 2 → AvgPool → ResizeBilinear → Conv2D 3x3: between the convolutions little is
// done.
Graph hourglass() {
  Graph graph;
  const auto add = [&](const std::string& name, const std::string& op, std::vector<Port> inputs, std::int64_t stride = 1) {
    Node node{.name = name, .op = op, .inputs = std::move(inputs), .attrs = {}, .value = {}, .controls = {}};
    node.attrs.set("strides", std::vector<std::int64_t>{1, stride, stride, 1});
    node.attrs.set("padding", std::string("SAME"));
    node.attrs.set("ksize", std::vector<std::int64_t>{1, 3, 3, 1});
    node.attrs.set("half_pixel_centers", true);
    graph.nodes.push_back(std::move(node));
    return Port{static_cast<int>(graph.nodes.size()) - 1, 0};
  };
  const auto constant = [&](const std::string& name, Tensor value) {
    const Port port = add(name, "Const", {});
    graph.nodes.back().value = std::move(value);
    return port;
  };
  const Port x = add("x", "Placeholder", {});
  const Port first = add("first", "Conv2D", {x, constant("a", smallValues({3, 3, 32, 32}))});
  const Port highest = add("highest", "MaxPool", {first}, 2);
  const Port depthwise = add("depthwise", "DepthwiseConv2dNative", {highest, constant("b", smallValues({3, 3, 32, 1}))}, 2);
  const Port mean = add("mean", "AvgPool", {depthwise});
  const Port wide = add("wide", "ResizeBilinear", {mean, constant("size", Tensor::ints({90, 90}))});
  const Port last = add("last", "Conv2D", {wide, constant("c", smallValues({3, 3, 32, 32}))});
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
  Manifest manifest;
  {
    auto context = newContext(8);
    if (!context.ok()) GTEST_SKIP() << "no EGL context";
    auto session = Session::create(hourglass(), context->get());
    ASSERT_TRUE(session.ok() && (*session)->prepare().ok());
    manifest = (*session)->manifest();
  }
  auto context = newContext(8);
  ASSERT_TRUE(context.ok());
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
  Manifest whole;
  {
    auto session = Session::create(hourglass(), context->get());
    ASSERT_TRUE(session.ok() && (*session)->prepare().ok());
    whole = (*session)->manifest();
  }
  for (Manifest::Program& program : whole.programs)
    std::erase_if(program.defines, [](const auto& define) { return define.first == "OUTPUTS"; });
  context = newContext(8);
  ASSERT_TRUE(context.ok());
  Precompile ahead(**context, whole);
  ASSERT_TRUE(ahead.finish().ok());
  auto session = Session::create(hourglass(), context->get());
  ASSERT_TRUE(session.ok() && (*session)->prepare().ok());
  EXPECT_EQ((*session)->report().programsShared, 3);
  EXPECT_EQ((*session)->report().drawsPerRun, 6);
}

}  // namespace
}  // namespace texflow
