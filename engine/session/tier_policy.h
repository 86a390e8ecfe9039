// Which tier computes the next run: the host's fast kernels or the programs.
#pragma once
#include <algorithm>
#include <vector>

#include "texflow/tier.h"

namespace texflow {

/// Decides run by run, from what earlier runs of the same shapes took. Knows neither sessions nor clocks.
class TierPolicy {
 public:
  /// `faster`: keep to the tier that is measured faster; else the host only serves until the programs are ready.
  explicit TierPolicy(bool faster) : faster_(faster) {}

  Tier next(bool programsReady) {
    if (!programsReady) return Tier::kHost;
    if (!faster_) return Tier::kGl;
    // Both are tried once; then the current one runs until it has become slow for long.
    if (host_.size() < kTrial) return Tier::kHost;
    if (gl_.size() < kTrial) return Tier::kGl;
    if (!decided_) {
      current_ = median(host_) <= median(gl_) ? Tier::kHost : Tier::kGl;
      decided_ = true;
    } else if (trying_) {
      trying_ = false;
      const double now = median(recent(current_)), other = median(recent(otherThan(current_)));
      if (other < kClearly * now) current_ = otherThan(current_);
      sinceDecision_ = 0;
    } else if (sinceDecision_ >= kPatience && median(recent(otherThan(current_))) < kClearly * median(recent(current_))) {
      // What was slower then may be faster now: it is tried again, and its old times are forgotten.
      trying_ = true;
      recent(otherThan(current_)).clear();
      return next(true);
    }
    return current_;
  }

  void ran(Tier tier, double ms) {
    std::vector<double>& times = recent(tier);
    // The first run of a tier still touches memory for the first time and says nothing about the others.
    int& runs = tier == Tier::kHost ? hostRuns_ : glRuns_;
    if (runs++ == 0) return;
    if (times.size() >= kKept) times.erase(times.begin());
    times.push_back(ms);
    ++sinceDecision_;
  }

 private:
  static constexpr std::size_t kTrial = 3, kKept = 9;
  static constexpr int kPatience = 60;      // Runs before a decision is doubted.
  static constexpr double kClearly = 0.75;  // A tier must be this much faster to take over.

  static Tier otherThan(Tier tier) { return tier == Tier::kHost ? Tier::kGl : Tier::kHost; }
  std::vector<double>& recent(Tier tier) { return tier == Tier::kHost ? host_ : gl_; }
  static double median(std::vector<double> times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }

  bool faster_, decided_ = false, trying_ = false;
  Tier current_ = Tier::kHost;
  std::vector<double> host_, gl_;
  int hostRuns_ = 0, glRuns_ = 0, sinceDecision_ = 0;
};

}  // namespace texflow
