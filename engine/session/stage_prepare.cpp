// How a stage becomes ready: its executor's phases, what the host does meanwhile, and the rehearsal of its steps.
#include "session/stage.h"

namespace texflow {
namespace {

// A rehearsal that has spent this on the host leaves the rest to the first run.
constexpr double kRehearsalMs = 20;
// While the device compiles, the host's share of a run is practised for so long, in slices that leave room in a frame of a
// browser, and so often; a step, or a piece of one, that takes longer than kLongStepMs is the last.
constexpr double kPractiseMs = 60;
constexpr double kSliceMs = 6;
constexpr std::size_t kPasses = 40;
constexpr double kLongStepMs = 10;

}  // namespace

Status Stage::prepareForRun(Report& report) {
  if (phase() == PreparePhase::kReady) return {};
  begin();
  PrepareEvent event;
  while (phase() < PreparePhase::kWarmUp)
    if (auto done = prepareStep(report, true, event); !done.ok()) return done.status();
  // The run itself is the rehearsal, and another one would take its values away.
  rehearsed_ = plan_.steps.size();
  if (executor_) executor_->skipWarmUp();
  return {};
}

PreparePhase Stage::phase() const {
  const PreparePhase phase = executor_ ? executor_->phase() : PreparePhase::kReady;
  if (phase >= PreparePhase::kWarmUp && !host_) return PreparePhase::kLateUpload;
  return phase == PreparePhase::kReady && executor_ && rehearsed_ < plan_.steps.size() ? PreparePhase::kWarmUp : phase;
}

Status Stage::hostValues() const {
  const auto lacks = [&](int value) {
    const HostValue& planned = plan_.values[static_cast<std::size_t>(value)];
    return planned.known && !planned.value.hasValues();
  };
  for (const Step& step : plan_.steps) {
    const auto* host = std::get_if<HostStep>(&step);
    if (!host) continue;
    const auto& inputs = plan_.graph.nodes[static_cast<std::size_t>(host->node)].inputs;
    for (std::size_t i = 0; i < host->inputs.size(); ++i)
      if (lacks(host->inputs[i])) return missingValues(plan_.graph.nodes[static_cast<std::size_t>(inputs[i].node)]);
  }
  for (const auto& [port, value] : plan_.results)
    if (lacks(value)) return missingValues(plan_.graph.nodes[static_cast<std::size_t>(port.node)]);
  return {};
}

Result<bool> Stage::prepareStep(Report& report, bool wait, PrepareEvent& event) {
  if (executor_ && executor_->phase() < PreparePhase::kWarmUp) {
    TEXFLOW_ASSIGN(const bool worked, executor_->prepareStep(report, wait, event));
    if (!worked) whileDeviceWorks(report);
    return worked;
  }
  if (!host_) {
    if (Status status = hostValues(); !status.ok()) {
      if (wait) return status;
      return false;
    }
    host_.emplace(plan_);
    event = {"upload", 1, 1, "", 0, 0};
    return true;
  }
  if (!executor_) return true;
  if (executor_->phase() == PreparePhase::kReady) return rehearseNext(wait, event);
  TEXFLOW_ASSIGN(const bool worked, executor_->prepareStep(report, wait, event));
  if (executor_->phase() == PreparePhase::kReady && takesDryRun()) rehearsed_ = plan_.steps.size();
  return worked;
}

void Stage::whileDeviceWorks(Report& report) {
  Clock clock;
  executor_->uploadMeanwhile(report);
  if (!host_) {
    if (hostValues().ok()) host_.emplace(plan_);
  } else if (executor_->phase() == PreparePhase::kFirstDraw) {  // Not sooner: the device would wait for its programs.
    while (practised_ < kPasses * plan_.steps.size() && clock.elapsed() < kSliceMs) practiseNext();
  }
}

void Stage::feedZeros() {
  executor_->abandonReads();
  for (const auto& [port, index] : plan_.feeds) {
    const HostValue& fed = plan_.values[static_cast<std::size_t>(index)];
    feed(index, Tensor(fed.dtype, fed.shape));
  }
}

// The next step of a pass, or a piece of one, without the device. Browsers compile a function of WebAssembly when it is
// called first, and again, better, when it has turned out to be busy: 2 to 15 ms of a thread that the device's threads then
// lack, in one of the first dozens of runs.
void Stage::practiseNext() {
  if (practised_ == 0) feedZeros();
  const std::size_t index = practised_++ % plan_.steps.size();
  const Step& step = plan_.steps[index];
  if (std::holds_alternative<DrawStep>(step)) return;
  Clock clock;
  bool worked = true;
  if (const auto* upload = std::get_if<UploadStep>(&step)) {
    executor_->practise(upload->tensor, value(upload->value));
  } else if (const auto* read = std::get_if<ReadStep>(&step)) {
    const HostValue& planned = plan_.values[static_cast<std::size_t>(read->value)];
    executor_->practise(read->tensor, planned.dtype, planned.shape, values_[static_cast<std::size_t>(read->value)]);
  } else {
    const auto done = host_->runPiece(index, values_);
    worked = done.ok();
    if (worked && !*done) --practised_;
  }
  const double ms = clock.elapsed();
  practisedMs_ += ms;
  if (!worked || ms > kLongStepMs || practisedMs_ > kPractiseMs) practised_ = kPasses * plan_.steps.size();
}

bool Stage::takesDryRun() const { return executor_ && executor_->isShortRun() && plan_.deferred.empty(); }

// Every step once, on inputs of zeros, with one pixel of every draw. What happens when something is used the first time is
// not left to the first run: browsers clear textures and compile functions of WebAssembly, drivers make views and copies of
// state, readbacks get their buffers.
Result<bool> Stage::rehearseNext(bool wait, PrepareEvent& event) {
  Clock clock;
  if (rehearsed_ == 0) feedZeros();
  const Step& step = plan_.steps[rehearsed_];
  if (std::holds_alternative<DrawStep>(step)) {
    executor_->touch(rehearsed_);
  } else {
    const bool onHost = std::holds_alternative<HostStep>(step);
    const auto done = runStep(rehearsed_, wait);
    if (done.ok() && !*done) return false;
    if (onHost) rehearsedHostMs_ += clock.elapsed();
    // What a kernel says of zeros is of no interest, but later steps lack its values.
    if (!done.ok() || rehearsedHostMs_ > kRehearsalMs) rehearsed_ = plan_.steps.size() - 1;
  }
  ++rehearsed_;
  event = {"warm-up", static_cast<int>(rehearsed_), static_cast<int>(plan_.steps.size()), "", clock.lap(), 0};
  return true;
}

}  // namespace texflow
