// Whole runs on zeros that end a prepare: what only happens in a first run happens in them.
#pragma once
#include "session/session_impl.h"

namespace texflow {

/// The draws that end a GlExecutor's prepare do not go through what surrounds them: finding the plan of a call, queueing all
/// draws at once, readbacks behind them. Browsers compile those functions when they are called first.
class DryRuns {
 public:
  explicit DryRuns(Session::Impl& session) : session_(session) {}

  enum class State { kWorked, kWaiting, kDone };
  /// A piece of the runs of `stage`, which must be ready. Errors that zeros cause, and runs that the caller starts
  /// meanwhile, end them.
  State step(Stage& stage, bool wait);

 private:
  bool start(Stage& stage);

  Session::Impl& session_;
  bool running_ = false;
  std::uint64_t number_ = 0;  ///< Of the run.
  int runs_ = 0;              ///< Of the stage.
  Clock clock_;               ///< Since the first of them.
  std::vector<NamedTensor> outputs_;
};

}  // namespace texflow
