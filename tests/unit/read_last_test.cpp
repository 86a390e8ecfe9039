// When a plan reads values back: after the draws, unless one of them needs what the host makes of them.
#include <gtest/gtest.h>

#include "plan/plan.h"

namespace texflow {
namespace {

/// A letter per step: upload, draw, read, host.
std::string orderOf(const Plan& plan) {
  std::string order;
  for (const Step& step : plan.steps) order += "DURH"[step.index()];
  return order;
}

TEST(ReadLast, ReadbacksThatNoDrawNeedsFollowTheDraws) {
  Plan plan;
  plan.steps = {UploadStep{0, 0}, DrawStep{}, ReadStep{1, 1}, HostStep{0, {1}, {2}}, DrawStep{}, ReadStep{2, 3}};
  readLast(plan);
  EXPECT_EQ(orderOf(plan), "UDDRRH");
  EXPECT_EQ(std::get<ReadStep>(plan.steps[3]).value, 1);
}

TEST(ReadLast, WhatAnUploadIsMadeOfStaysBeforeIt) {
  Plan plan;
  plan.steps = {DrawStep{},       ReadStep{0, 0}, HostStep{0, {0}, {1}}, HostStep{1, {1}, {2}}, HostStep{2, {0}, {3}},
                UploadStep{1, 2}, DrawStep{},     ReadStep{1, 4}};
  readLast(plan);
  EXPECT_EQ(orderOf(plan), "DRHHUDRH");
  EXPECT_EQ(std::get<HostStep>(plan.steps[7]).outputs, std::vector<int>{3});
}

}  // namespace
}  // namespace texflow
