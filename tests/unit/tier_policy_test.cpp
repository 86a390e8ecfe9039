// Which tier runs next, from simulated times.
#include "session/tier_policy.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace texflow {
namespace {

/// Runs of a policy as letters: h(ost) and g(l). `ms` gives the time of a run by its tier and number.
std::string tiers(TierPolicy& policy, int runs, int readyAt, const std::function<double(Tier, int)>& ms) {
  std::string text;
  for (int i = 0; i < runs; ++i) {
    const Tier tier = policy.next(i >= readyAt);
    policy.ran(tier, ms(tier, i));
    text += tier == Tier::kHost ? 'h' : 'g';
  }
  return text;
}

int switches(const std::string& text) {
  int count = 0;
  for (std::size_t i = 1; i < text.size(); ++i) count += text[i] != text[i - 1] ? 1 : 0;
  return count;
}

TEST(TierPolicy, ATieredStartSwitchesOnceWhenTheProgramsAreReady) {
  TierPolicy policy(false);
  EXPECT_EQ(tiers(policy, 10, 4, [](Tier, int) { return 1.0; }), "hhhhgggggg");
}

TEST(TierPolicy, AutoTriesBothAndKeepsTheFaster) {
  TierPolicy hostWins(true), glWins(true);
  EXPECT_EQ(tiers(hostWins, 14, 5, [](Tier tier, int) { return tier == Tier::kHost ? 2.0 : 9.0; }), "hhhhhgggghhhhh");
  EXPECT_EQ(tiers(glWins, 14, 5, [](Tier tier, int) { return tier == Tier::kHost ? 9.0 : 2.0; }), "hhhhhggggggggg");
}

TEST(TierPolicy, ProgramsThatAreReadyBeforeTheFirstRunDoNotSpareTheHostItsTrial) {
  TierPolicy policy(true);
  EXPECT_EQ(tiers(policy, 12, 0, [](Tier tier, int) { return tier == Tier::kHost ? 9.0 : 2.0; }), "hhhhgggggggg");
}

TEST(TierPolicy, OneSlowRunChangesNothing) {
  TierPolicy policy(true);
  const std::string text = tiers(policy, 400, 0, [](Tier tier, int i) {
    return i % 50 == 49 ? 80.0 : tier == Tier::kHost ? 2.0 : 3.0;
  });
  EXPECT_EQ(switches(text), 2) << text;
}

TEST(TierPolicy, EqualTiersDoNotFlap) {
  TierPolicy policy(true);
  const std::string text =
      tiers(policy, 1000, 0, [](Tier tier, int i) { return 5.0 + (tier == Tier::kHost ? 0.3 : 0.0) + 0.2 * (i % 7); });
  EXPECT_LE(switches(text), 2) << text;
}

TEST(TierPolicy, ATierThatBecomesSlowForLongGivesWay) {
  TierPolicy policy(true);
  const std::string text = tiers(policy, 300, 0, [](Tier tier, int i) {
    return tier == Tier::kGl ? 5.0 : i < 100 ? 2.0 : 20.0;
  });
  EXPECT_EQ(text.substr(20, 60), std::string(60, 'h'));
  EXPECT_EQ(text.substr(200), std::string(100, 'g'));
}

}  // namespace
}  // namespace texflow
