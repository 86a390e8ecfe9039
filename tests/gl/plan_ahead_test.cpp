// Planning before a prepare is asked for.
#include "gl/gl_counters.h"
#include "gl/own_context_test.h"

namespace texflow {
namespace {

using PlanAhead = OwnContextTest;

void planToEnd(Session& session) {
  while (!session.planAhead(0)) {
  }
}

// Calls of poll() until a plan is there.
int pollsForPlan(Session& session, PrepareOptions options = {}) {
  bool planned = false;
  options.onProgress = [&](const PrepareEvent& event) { planned = planned || event.phase == "plan"; };
  EXPECT_TRUE(session.startPrepare(std::move(options)).ok());
  int polls = 0;
  for (; !planned; ++polls) EXPECT_TRUE(session.poll(0).ok());
  return polls;
}

std::vector<float> meanOf(Session& session, const Shape& shape = {1, 12, 12, 5}) {
  const auto results = session.run({{"x", smallValues(shape)}}, {"mean"});
  EXPECT_TRUE(results.ok()) << results.status().message();
  const Tensor& mean = results->front().value;
  return {mean.data<float>(), mean.data<float>() + mean.size()};
}

TEST_F(PlanAhead, AsksNothingOfTheDevice) {
  const auto session = this->session();
  const GlCounters counters;
  planToEnd(*session);
  EXPECT_TRUE(counters.creations().empty()) << text(counters.creations());
  EXPECT_TRUE(counters.queries().empty()) << text(counters.queries());
  EXPECT_EQ(session->report().programsUsed, 0);
}

TEST_F(PlanAhead, APrepareGoesOnWithThePlan) {
  EXPECT_GT(pollsForPlan(*session()), 1);
  const auto session = this->session();
  planToEnd(*session);
  EXPECT_EQ(pollsForPlan(*session), 1);
  EXPECT_GT(session->report().planMs, 0);
  EXPECT_TRUE(session->planAhead()) << "nothing is left to plan";
}

TEST_F(PlanAhead, ARunGoesOnWithThePlan) {
  const auto ahead = this->session(), expected = this->session();
  EXPECT_FALSE(ahead->planAhead(0)) << "in the middle of it";
  EXPECT_EQ(meanOf(*ahead), meanOf(*expected));
}

TEST_F(PlanAhead, OtherShapesArePlannedAnew) {
  Graph graph = smallNet();
  graph.inputs[0].shape = {-1, 12, 12, 5};
  const auto session = this->session(graph);
  planToEnd(*session);
  PrepareOptions options;
  options.inputShapes = {{"x", {3, 12, 12, 5}}};
  EXPECT_GT(pollsForPlan(*session, options), 1);
  EXPECT_EQ(meanOf(*session, {3, 12, 12, 5}).size(), 3u * 8u);
}

TEST_F(PlanAhead, IsPlannedAnewWhenTheDeviceHasCompiledSomethingSince) {
  const auto session = this->session(), other = this->session();
  planToEnd(*session);
  ASSERT_TRUE(other->prepare().ok());
  EXPECT_GT(pollsForPlan(*session), 1);
}

TEST_F(PlanAhead, WhatCannotBePlannedIsSaidByThePrepare) {
  Graph graph = smallNet();
  graph.inputs[0].shape = {1, -1, 12, 5};
  const auto session = this->session(graph);
  EXPECT_TRUE(session->planAhead(0));
  const Status status = session->startPrepare({});
  EXPECT_NE(status.message().find("pass its shape"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace texflow
