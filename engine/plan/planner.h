// A plan in the making, in pieces that do not hold up a page for long.
#pragma once
#include <memory>
#include <optional>
#include <set>

#include "plan/pick_stripes.h"
#include "plan/texture_search.h"

namespace texflow {

class Planner {
 public:
  /// The arguments of makePlan(); `graph` and PlanOptions::known must outlive the planner.
  Planner(const Graph& graph, std::map<Port, TensorInfo> feeds, std::vector<Port> outputs, PlanOptions options)
      : graph_(graph), feeds_(std::move(feeds)), outputs_(std::move(outputs)), options_(options), stripes_(options.stripes) {
    if (options_.picksStripes) options_.stripes = pickStripes(0, stripes_);
  }

  const std::map<Port, TensorInfo>& feeds() const { return feeds_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  const PlanOptions& options() const { return options_; }
  /// One piece of work; true when the plan is there.
  Result<bool> step();
  /// When the first plan is there, once: one draw of each program that does so much of its work, in so many draws, that any
  /// plan to come has it, too. Valid until the next step.
  std::vector<const DrawStep*> takeSurest();
  /// After step() said true.
  Plan take() { return std::move(plan_); }

 private:
  void fuseNodes();
  Status build();
  void share();
  bool takesOtherStripes();
  Status tryEnd();
  void avoidStrangers();
  void giveTextures();
  void finishTextures();

  enum class Piece { kFuse, kBuild, kShare, kEnds, kStrangers, kTextures, kDone };

  const Graph& graph_;
  std::map<Port, TensorInfo> feeds_;
  std::vector<Port> outputs_;
  PlanOptions options_;
  int stripes_;  ///< The most that it may pick.
  Piece next_ = Piece::kFuse;
  Graph fused_;
  Plan plan_;                        ///< The best so far.
  std::set<int> onHost_;             ///< Nodes that it leaves to the host at the ends of the graph, and those of `given_`.
  std::size_t programs_ = 0;         ///< That it needs and that are not known.
  std::vector<std::set<int>> ends_;  ///< To be tried on the host.
  std::set<std::set<int>> tried_;
  std::set<int> given_;         ///< Nodes that no plan of this round draws.
  std::optional<Plan> before_;  ///< Of the round before.
  std::optional<Plan> wider_;   ///< A whole plan with lines of the usual width that takes too much.
  std::unique_ptr<TextureSearch> search_;
  int rounds_ = 0;
  bool surestTaken_ = false;
};

}  // namespace texflow
