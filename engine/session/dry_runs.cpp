#include "session/dry_runs.h"

namespace texflow {
namespace {

// Together with the draws before them as long as the threads of a software rasterizer need to spread over the cores.
constexpr double kEnoughMs = 40;

}  // namespace

bool DryRuns::start(Stage& stage) {
  const double expectedMs = stage.expectedRunMs();
  if (expectedMs < 0 || expectedMs > GlExecutor::kShortRunMs || !stage.plan().deferred.empty()) return false;
  if (session_.run.state != RunInProgress::State::kNone) return false;
  std::map<std::string, Tensor> zeros;
  for (const Endpoint& input : session_.graph.inputs)
    if (const auto fed = stage.plan().feeds.find(input.port); fed != stage.plan().feeds.end()) {
      const HostValue& value = stage.plan().values[static_cast<std::size_t>(fed->second)];
      zeros.emplace(input.name, Tensor(value.dtype, value.shape));
    }
  Stage* const last = session_.last;
  const bool hasRun = stage.hasRun;
  const bool started = session_.startRun(zeros, {}).ok() && session_.run.stage == &stage;
  stage.hasRun = hasRun;
  session_.last = last;
  number_ = session_.run.number;
  if (!started) session_.run.state = RunInProgress::State::kNone;
  return started;
}

DryRuns::State DryRuns::step(Stage& stage, bool wait) {
  const auto end = [&] {
    running_ = false;
    runs_ = 0;
    return State::kDone;
  };
  if (!running_) {
    if (runs_ == 0) clock_ = Clock();
    if ((runs_ > 0 && clock_.elapsed() >= kEnoughMs) || !start(stage)) return end();
    running_ = true;
    return State::kWorked;
  }
  if (session_.run.number != number_) return end();
  // Between the readbacks step by step, in the caller's budget.
  const auto advanced = wait ? Result<bool>(false) : stage.advanceOne();
  if (advanced.ok() && *advanced) return State::kWorked;
  Stage* const last = session_.last;
  const auto done = advanced.ok() ? session_.advanceRun(wait) : advanced;
  session_.last = last;
  if (done.ok() && !*done) return State::kWaiting;
  const bool ran = done.ok() && session_.takeRun(outputs_).ok();
  session_.run.state = RunInProgress::State::kNone;
  if (!ran) return end();
  running_ = false;
  ++runs_;
  return State::kWorked;
}

}  // namespace texflow
