// Whole runs on zeros that end a prepare: what only happens in first runs happens in them.
#pragma once
#include "session/session_impl.h"

namespace texflow {

/// The draws that end a GlExecutor's prepare do not go through what surrounds them: finding the plan of a call, queueing all
/// draws at once, readbacks behind them. Browsers compile those functions when they are called first.
class DryRun {
 public:
  explicit DryRun(Session::Impl& session) : session_(session) {}

  enum class State { kWorked, kWaiting, kDone };
  /// A piece of a run of `stage`, which must be ready, or of the one after it, until runs have taken `forMs` together; at
  /// least one. Stages come one after the other. Errors that zeros cause, and a run that the caller starts meanwhile, end
  /// it.
  State step(Stage& stage, bool wait, double forMs);

 private:
  bool start(Stage& stage);
  State advance(Stage& stage, bool wait, double forMs);
  State end();

  Session::Impl& session_;
  bool running_ = false;
  std::uint64_t number_ = 0;  ///< Of the run,
  Clock clock_;               ///< and since its beginning.
  double spentMs_ = 0;        ///< On runs of the stage.
};

}  // namespace texflow
