// What a planner tells before its plan is there.
#include "plan/planner.h"

#include <gtest/gtest.h>

#include "unit/graph_nodes.h"

namespace texflow {
namespace {

// Five 1x1 convolutions of 16 channels, a tanh of the last.
Graph chain(Port& output) {
  Graph graph;
  Port at = add(graph, "x", "Placeholder", {});
  for (int i = 0; i < 5; ++i)
    at = add(graph, "conv" + std::to_string(i), "Conv2D",
             {at, add(graph, "filter" + std::to_string(i), "Const", {}, Tensor(DType::kFloat32, {1, 1, 16, 16}))});
  output = add(graph, "tanh", "Tanh", {add(graph, "sum", "AddV2", {at, at})});
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
  EXPECT_TRUE(programsOf(plan).count(surest[0]));
}

}  // namespace
}  // namespace texflow
