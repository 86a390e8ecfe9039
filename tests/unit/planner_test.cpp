// What a planner tells before its plan is there.
#include "plan/planner.h"

#include <gtest/gtest.h>

#include "plan/draw_work.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

// So many 1x1 convolutions of 16 channels, a tanh of the last.
Graph chain(Port& output, int convolutions = 5) {
  Graph graph;
  Port at = add(graph, "x", "Placeholder", {});
  for (int i = 0; i < convolutions; ++i)
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

TEST(Planner, PicksFewStripesForShortRunsAndMostForLongOnes) {
  Port output;
  const Graph graph = chain(output, 20);
  PlanOptions options;
  options.stripes = 4;
  options.picksStripes = true;
  for (const auto& [side, stripes] : {std::pair(std::int64_t{16}, 2), std::pair(std::int64_t{512}, 4)}) {
    const auto plan = makePlan(graph, {{{0, 0}, {DType::kFloat32, {1, side, side, 16}, nullptr}}}, {output}, options);
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(plan->stripes, stripes) << side;
    EXPECT_EQ(pickStripes(runWork(*plan), 4), stripes) << "as for a manifest of the plan";
    for (const PlannedTensor& tensor : plan->tensors) EXPECT_EQ(tensor.layout.stripes, stripes) << side;
  }
  options.stripes = 1;
  const auto plan = makePlan(graph, {{{0, 0}, {DType::kFloat32, {1, 16, 16, 16}, nullptr}}}, {output}, options);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->stripes, 1) << "a device that draws to one layer";
}

}  // namespace
}  // namespace texflow
