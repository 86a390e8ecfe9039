// Plans that make do with the programs of another plan, and activations written as Minimum and Maximum.
#include <gtest/gtest.h>

#include "plan/plan.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

Plan planned(const Graph& graph, const Shape& shape, Port output, const KnownPrograms* known = nullptr) {
  PlanOptions options;
  options.known = known;
  auto plan = makePlan(graph, {{{0, 0}, {DType::kFloat32, shape, nullptr}}}, {output}, options);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  return plan.ok() ? std::move(*plan) : Plan();
}

TEST(KnownPrograms, SmallNodesThatNeedAnotherProgramGoToTheHost) {
  Graph graph;
  const Port x = add(graph, "x", "Placeholder", {});
  const Port y = add(graph, "y", "Tanh", {x});
  const KnownPrograms known = programsOf(planned(graph, {1, 8, 8, 4}, y));
  ASSERT_EQ(known.size(), 1u);
  const KnownPrograms same = programsOf(planned(graph, {3, 20, 8, 4}, y, &known));
  EXPECT_EQ(same, known);
  const KnownPrograms none = {"no such program"};
  const Plan host = planned(graph, {3, 20, 8, 4}, y, &none);
  EXPECT_TRUE(programsOf(host).empty());
  EXPECT_EQ(host.results.count(y), 1u);
}

TEST(KnownPrograms, ConvolutionsTakeTheGeneralKernelWhereTheSpecialOneIsNotThere) {
  Graph graph;
  const Port x = add(graph, "x", "Placeholder", {});
  const Port filter = add(graph, "filter", "Const", {}, Tensor(DType::kFloat32, {3, 3, 4, 4}));
  const Port y = add(graph, "y", "Conv2D", {x, filter});
  const KnownPrograms special = programsOf(planned(graph, {1, 64, 64, 4}, y));
  ASSERT_EQ(special.size(), 1u);
  EXPECT_TRUE(special.begin()->starts_with("conv_k"));
  const KnownPrograms general = {"conv ACT=0 I1 N12 W"};
  EXPECT_EQ(programsOf(planned(graph, {2, 64, 64, 4}, y, &general)), general);
}

TEST(KnownPrograms, NodesWhoseFilterHasLeftMemoryStayOnTheDevice) {
  const KnownPrograms none = {"no such program"};
  for (const bool isThere : {true, false}) {
    Graph graph;
    const Port x = add(graph, "x", "Placeholder", {});
    const Shape shape{3, 3, 4, 4};
    const Port filter = add(graph, "filter", "Const", {},
                            isThere ? Tensor(DType::kFloat32, shape) : Tensor::deferred(DType::kFloat32, shape));
    const Plan plan = planned(graph, {1, 8, 8, 4}, add(graph, "y", "Conv2D", {x, filter}), &none);
    EXPECT_EQ(programsOf(plan).empty(), isThere);
  }
}

TEST(Fuse, MinimumAndMaximumBecomeTheActivationRelu6) {
  for (const bool relu : {false, true}) {
    Graph graph;
    const Port x = add(graph, "x", "Placeholder", {});
    const Port filter = add(graph, "filter", "Const", {}, Tensor(DType::kFloat32, {3, 3, 4, 4}));
    const Port six = add(graph, "six", "Const", {}, Tensor::scalar(6.0F)), zero = add(graph, "zero", "Const", {});
    Port last = add(graph, "conv", "Conv2D", {x, filter});
    if (relu) last = add(graph, "relu", "Relu", {last});
    const Port low = add(graph, "low", "Minimum", {last, six});
    const Port y = add(graph, "y", "Maximum", {low, zero});
    const Graph fused = fuse(graph, {y});
    const Node& node = fused.nodes[static_cast<std::size_t>(y.node)];
    EXPECT_EQ(node.op, "_FusedConv2D");
    EXPECT_EQ(node.attrs.get<std::vector<std::string>>("fused_ops", {}), std::vector<std::string>{"Relu6"});
    const Graph kept = fuse(graph, {y, low});
    EXPECT_EQ(kept.nodes[static_cast<std::size_t>(y.node)].op, "Maximum");
  }
}

}  // namespace
}  // namespace texflow
