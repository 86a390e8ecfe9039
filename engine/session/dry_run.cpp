#include "session/dry_run.h"

namespace texflow {
namespace {

// What is done for the first time makes a dry run take 1.3 to 1.6 times as long as later runs on SwiftShader in
// Chromium, 1.15 on llvmpipe.
constexpr double kColder = 1.3;

}  // namespace

bool DryRun::start(Stage& stage) {
  if (!stage.takesDryRun() || session_.run.state != RunInProgress::State::kNone) return false;
  std::map<std::string, Tensor> zeros;
  for (const Endpoint& input : session_.graph.inputs)
    if (const auto fed = stage.plan().feeds.find(input.port); fed != stage.plan().feeds.end()) {
      const HostValue& value = stage.plan().values[static_cast<std::size_t>(fed->second)];
      zeros.emplace(input.name, Tensor(value.dtype, value.shape));
    }
  const bool hasRun = stage.hasRun;
  clock_ = Clock();
  const bool started = session_.startRun(zeros, {}).ok() && session_.run.stage == &stage;
  stage.hasRun = hasRun;
  number_ = session_.run.number;
  if (!started) session_.run.state = RunInProgress::State::kNone;
  return started;
}

DryRun::State DryRun::step(Stage& stage, bool wait, double forMs) {
  if (running_) return session_.run.number == number_ ? advance(stage, wait, forMs) : end();
  running_ = start(stage);
  return running_ ? State::kWorked : end();
}

DryRun::State DryRun::advance(Stage& stage, bool wait, double forMs) {
  // Between the readbacks step by step, in the caller's budget.
  const auto advanced = wait ? Result<bool>(false) : stage.advanceOne();
  if (advanced.ok() && *advanced) return State::kWorked;
  Stage* const last = session_.last;
  const auto done = advanced.ok() ? session_.advanceRun(wait) : advanced;
  session_.last = last;
  if (done.ok() && !*done) return State::kWaiting;
  std::vector<NamedTensor> outputs;
  if (!done.ok() || !session_.takeRun(outputs).ok()) {
    session_.run.state = RunInProgress::State::kNone;
    return end();
  }
  running_ = false;
  const double ms = clock_.elapsed();
  stage.expectAtMost(ms / kColder);
  spentMs_ += ms;
  return spentMs_ < forMs ? State::kWorked : end();
}

DryRun::State DryRun::end() {
  running_ = false;
  spentMs_ = 0;
  return State::kDone;
}

}  // namespace texflow
