// What a planner tells before its plan is there.
#include "plan/planner.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace texflow {
namespace {

Port add(Graph& graph, const std::string& op, std::vector<Port> inputs, Tensor value = {}) {
  Node node;
  node.name = op + std::to_string(graph.nodes.size());
  node.op = op;
  node.inputs = std::move(inputs);
  node.value = std::move(value);
  node.attrs.set("strides", std::vector<std::int64_t>{1, 1, 1, 1});
  node.attrs.set("padding", std::string("SAME"));
  graph.nodes.push_back(std::move(node));
  return {static_cast<int>(graph.nodes.size()) - 1, 0};
}

// Five 1x1 convolutions of 16 channels, a tanh of the last.
Graph chain(Port& output) {
  Graph graph;
  Port at = add(graph, "Placeholder", {});
  for (int i = 0; i < 5; ++i)
    at = add(graph, "Conv2D", {at, add(graph, "Const", {}, Tensor(DType::kFloat32, {1, 1, 16, 16}))});
  output = add(graph, "Tanh", {add(graph, "AddV2", {at, at})});
  return graph;
}

TEST(Planner, TellsTheProgramsThatEveryPlanWillHaveOnceBeforeItsPlanIsThere) {
  Port output;
  const Graph graph = chain(output);
  Planner planner(graph, {{{0, 0}, {DType::kFloat32, {1, 32, 32, 16}, nullptr}}}, {output}, PlanOptions());
  std::vector<std::string> surest;
  int told = 0;
  for (bool done = false; !done;) {
    const auto step = planner.step();
    ASSERT_TRUE(step.ok()) << step.status().message();
    done = *step;
    const auto draws = planner.takeSurest();
    told += draws.empty() ? 0 : 1;
    for (const DrawStep* draw : draws) {
      EXPECT_FALSE(done);
      surest.push_back(programText(*draw));
    }
  }
  EXPECT_EQ(told, 1);
  ASSERT_EQ(surest.size(), 1u) << "the sum and the tanh are one draw each";
  EXPECT_TRUE(surest[0].starts_with("conv1x1")) << surest[0];
  const Plan plan = planner.take();
  EXPECT_TRUE(std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* draw = std::get_if<DrawStep>(&step);
    return draw && programText(*draw) == surest[0];
  }));
}

}  // namespace
}  // namespace texflow
