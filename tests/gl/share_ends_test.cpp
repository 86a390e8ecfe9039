// A convolution that takes the program of another one, which also adds and clamps: its values stay what they are.
#include "gl/op_test.h"
#include "gl/small_net.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

// x [1,64,64,64] → Relu(Conv2D 1x1 + x) → Conv2D 1x1 to 8 channels.
Graph residualNet() {
  Graph graph;
  const auto filter = [&](const std::string& name, std::int64_t channels) {
    return add(graph, name, "Const", {}, smallValues({1, 1, 64, channels}));
  };
  const Port x = add(graph, "x", "Placeholder", {});
  const Port sum = add(graph, "sum", "AddV2", {add(graph, "first", "Conv2D", {x, filter("wide", 64)}), x});
  const Port last = add(graph, "last", "Conv2D", {add(graph, "relu", "Relu", {sum}), filter("narrow", 8)});
  graph.inputs.push_back({"x", x, DType::kFloat32, {1, 64, 64, 64}, true});
  graph.outputs.push_back({"last", last, DType::kFloat32, {1, 64, 64, 8}, true});
  return graph;
}

TEST(ShareEnds, AConvolutionWithoutResidualSumGivesTheHostsValuesInTheProgramThatHasOne) {
  const std::map<std::string, Tensor> inputs{{"x", smallValues({1, 64, 64, 64})}};
  auto host = Session::create(residualNet(), nullptr, Backend::kHost);
  ASSERT_TRUE(host.ok()) << host.status().message();
  auto expected = (*host)->run(inputs);
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  for (int stripes : {1, 2, 4, 8}) {
    Context* context = testContext(stripes);
    if (!context) GTEST_SKIP() << "no EGL context";
    auto session = Session::create(residualNet(), context);
    ASSERT_TRUE(session.ok()) << session.status().message();
    auto results = (*session)->run(inputs);
    ASSERT_TRUE(results.ok()) << results.status().message();
    EXPECT_EQ((*session)->report().programsUsed, 1) << stripes << " stripes";
    EXPECT_EQ((*session)->report().drawsPerRun, 2) << stripes << " stripes";
    for (std::int64_t i = 0; i < expected->front().value.size(); ++i)
      ASSERT_NEAR(results->front().value.number(i), expected->front().value.number(i), 1e-4) << stripes << " stripes, " << i;
  }
}

}  // namespace
}  // namespace texflow
