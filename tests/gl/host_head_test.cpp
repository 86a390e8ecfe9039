// A network whose first convolution runs on the host: its filter stays in memory, the others leave it, and other sizes run.
#include "gl/op_test.h"
#include "gl/small_net.h"

namespace texflow {
namespace {

// x [1,?,?,3] → Conv2D 3x3, stride 2, 16 channels → Conv2D 3x3, 64 channels
Graph twoConvolutions() {
  Graph graph;
  const auto add = [&](const std::string& name, const std::string& op, std::vector<Port> inputs, std::int64_t stride) {
    Node node{.name = name, .op = op, .inputs = std::move(inputs), .attrs = {}, .value = {}, .controls = {}};
    node.attrs.set("strides", std::vector<std::int64_t>{1, stride, stride, 1});
    node.attrs.set("padding", std::string("SAME"));
    graph.nodes.push_back(std::move(node));
    return Port{static_cast<int>(graph.nodes.size()) - 1, 0};
  };
  const auto constant = [&](const std::string& name, const Shape& shape) {
    const Port port = add(name, "Const", {}, 1);
    graph.nodes.back().value = smallValues(shape);
    return port;
  };
  const Port x = add("x", "Placeholder", {}, 1);
  const Port first = add("first", "Conv2D", {x, constant("first/filter", {5, 5, 3, 16})}, 2);
  const Port second = add("second", "Conv2D", {first, constant("second/filter", {3, 3, 16, 64})}, 1);
  graph.inputs.push_back({"x", x, DType::kFloat32, {1, -1, -1, 3}, true});
  graph.outputs.push_back({"second", second, DType::kFloat32, {1, -1, -1, 64}, true});
  return graph;
}

bool hasValues(const Session& session, const std::string& name) {
  for (const Node& node : session.graph().nodes)
    if (node.name == name) return node.value.hasValues();
  return false;
}

TEST(HostHead, OnlyWhatTheHostReadsStaysInMemoryAndOtherSizesRunWithoutNewPrograms) {
  Context* context = testContext(8);
  if (!context) GTEST_SKIP() << "no EGL context";
  auto host = Session::create(twoConvolutions(), nullptr, Backend::kHost);
  auto session = Session::create(twoConvolutions(), context);
  ASSERT_TRUE(host.ok() && session.ok());
  PrepareOptions options;
  options.inputShapes = {{"x", {1, 64, 64, 3}}};
  const Status prepared = (*session)->prepare(options);
  ASSERT_TRUE(prepared.ok()) << prepared.message();
  EXPECT_EQ((*session)->report().programsUsed, 1);
  EXPECT_EQ((*session)->report().hostSteps, 1);
  EXPECT_TRUE(hasValues(**session, "first/filter"));
  EXPECT_FALSE(hasValues(**session, "second/filter"));
  const int compiled = (*session)->report().programsCompiled;
  for (const std::int64_t side : {64, 96}) {
    const std::map<std::string, Tensor> inputs{{"x", smallValues({1, side, side, 3})}};
    auto expected = (*host)->run(inputs);
    auto results = (*session)->run(inputs);
    ASSERT_TRUE(expected.ok() && results.ok()) << results.status().message();
    for (std::int64_t i = 0; i < expected->front().value.size(); ++i)
      ASSERT_NEAR(results->front().value.number(i), expected->front().value.number(i), 1e-4) << side << ", " << i;
  }
  EXPECT_EQ((*session)->report().programsCompiled, compiled);
}

}  // namespace
}  // namespace texflow
