// A prepare that is under way: which piece of work comes next, and what to undo when it is given up.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "session/dry_run.h"
#include "session/planning.h"

namespace texflow {

class Preparation {
 public:
  /// `shapes`: one set of inputs for each plan to make.
  Preparation(Session::Impl& session, PrepareOptions options, std::vector<std::map<Port, TensorInfo>> shapes,
              std::vector<Port> outputs);

  enum class State { kWorked, kWaiting, kDone };
  /// One piece of work, and the caller told of it. Unless `wait`, kWaiting when there is nothing to do before the driver
  /// is done with something. The first step after others have used the context must `begin`.
  Result<State> step(bool wait, bool begin);
  bool done() const { return done_; }
  /// Frees what was made, except what a run has used.
  void undo();

 private:
  /// A piece of the next plan; whether its stage is there. `ms`: what the whole plan took.
  Result<bool> planNext(double& ms);
  /// Has the driver compile what the plan will need in any case, while planning goes on.
  Status issueSurest();
  /// The last phase, after those of PreparePhase.
  State dryRunNext(bool wait);
  /// What the dry runs of a stage take together.
  double dryRunMs() const;
  State end();
  void tell(PrepareEvent& event);

  Session::Impl& session_;
  PrepareOptions options_;
  std::vector<std::map<Port, TensorInfo>> shapes_;
  std::vector<Port> outputs_;
  std::optional<Planning> planning_;            ///< The plan that is being made.
  std::vector<std::shared_ptr<Stage>> stages_;  ///< Planned ones.
  std::vector<std::shared_ptr<Stage>> made_;    ///< Of these, those that were not there before.
  DryRun dryRun_;
  std::size_t dryRuns_ = 0;  ///< Stages of made_ that have had theirs.
  int moment_;               ///< Of the session's programs, at the beginning.
  double fraction_ = 0;
  Clock total_;
  std::optional<Clock> warmUp_;  ///< Since the programs of all stages are ready.
  bool done_ = false, begin_ = true;
};

}  // namespace texflow
