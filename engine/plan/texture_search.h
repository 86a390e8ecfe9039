// The search for a way to share textures among the tensors of a plan, in pieces. Private to plan/.
#pragma once
#include <optional>
#include <random>
#include <vector>

#include "plan/arrangement.h"

namespace texflow {

/// Gives every tensor of a plan a texture such that no two live at the same time in the same texels of one.
/// Greedy in several orders, because none is best for every graph, each with rounds of improvement; then orders by blurred
/// size while the plan is far from the bound. The same plan for the same graph.
class TextureSearch {
 public:
  /// Of a plan whose lifetimes are set.
  TextureSearch(const Plan& plan, const PlanOptions& options);
  TextureSearch(const TextureSearch&) = delete;
  TextureSearch& operator=(const TextureSearch&) = delete;

  /// One attempt; false when nothing is left to try.
  bool step();
  /// Fills the textures and the byte counts of the plan.
  void finish(Plan& plan);

 private:
  bool isGood() const;
  double key(int attempt, const TextureNeed& need);
  void attempt(int number);

  PlanOptions options_;
  std::vector<TextureNeed> needs_;
  std::int64_t bound_;  ///< Texels at the worst moment, when every tensor has a texture of its own.
  std::optional<Arrangement> best_;
  int attempts_ = 0;
  std::minstd_rand random_{1};
};

}  // namespace texflow
