#include "session/stage.h"

namespace texflow {
namespace {

// A rehearsal that has spent this on the host leaves the rest to the first run.
constexpr double kRehearsalMs = 20;
// A step that takes the host longer than this is the last to be practised while the device compiles.
constexpr double kPractiseMs = 10;

}  // namespace

std::unique_ptr<Stage> Stage::create(Plan made, const Context* context, SessionPrograms* programs,
                                     ConstantTextures& constants, Report& report) {
  auto stage = std::make_unique<Stage>();
  stage->plan_ = std::move(made);
  const Plan& plan = stage->plan_;
  for (const HostValue& value : plan.values) stage->values_.push_back(value.value);
  stage->computed_.resize(plan.values.size());
  for (const Step& step : plan.steps) {
    if (const auto* read = std::get_if<ReadStep>(&step)) stage->computed_[static_cast<std::size_t>(read->value)] = 1;
    if (const auto* host = std::get_if<HostStep>(&step))
      for (int output : host->outputs) stage->computed_[static_cast<std::size_t>(output)] = 1;
  }
  report.drawsPerRun = report.hostSteps = 0;
  for (const Step& step : plan.steps) {
    report.drawsPerRun += std::holds_alternative<DrawStep>(step) ? 1 : 0;
    report.hostSteps += std::holds_alternative<HostStep>(step) ? 1 : 0;
  }
  // The plan counts float32 texels.
  const int share = context && context->storage() == Storage::kFloat16 ? 2 : 1;
  report.textureBytesPlanned = plan.bytesPlanned / share;
  report.textureBytesLowerBound = plan.bytesLowerBound / share;
  if (context) stage->executor_.emplace(plan, *context, *programs, constants);
  return stage;
}

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

void Stage::begin() const {
  if (executor_) executor_->begin();
}

PreparePhase Stage::phase() const {
  const PreparePhase phase = executor_ ? executor_->phase() : PreparePhase::kReady;
  if (phase >= PreparePhase::kWarmUp && !host_) return PreparePhase::kLateUpload;
  return phase == PreparePhase::kReady && executor_ && rehearsed_ < plan_.steps.size() ? PreparePhase::kWarmUp : phase;
}

const std::vector<std::string>& Stage::uploadedKeys() const {
  static const std::vector<std::string> none;
  return executor_ ? executor_->uploadedKeys() : none;
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
    if (!worked) whileDeviceWorks();
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

// Not sooner: the device would wait for its programs.
void Stage::whileDeviceWorks() {
  if (!host_) {
    if (hostValues().ok()) host_.emplace(plan_);
  } else if (executor_->phase() == PreparePhase::kFirstDraw) {
    practiseNext();
  }
}

void Stage::feedZeros() {
  executor_->abandonReads();
  for (const auto& [port, index] : plan_.feeds) {
    const HostValue& fed = plan_.values[static_cast<std::size_t>(index)];
    feed(index, Tensor(fed.dtype, fed.shape));
  }
}

// While the device compiles, the host does the next step of its share of a run, without the device: browsers compile
// functions of WebAssembly when they are called first, and again, better, when they turn out to be busy.
void Stage::practiseNext() {
  if (practised_ == 0) feedZeros();
  while (practised_ < plan_.steps.size()) {
    const std::size_t index = practised_++;
    const Step& step = plan_.steps[index];
    if (std::holds_alternative<DrawStep>(step)) continue;
    Clock clock;
    bool worked = true;
    if (const auto* upload = std::get_if<UploadStep>(&step)) {
      executor_->practise(upload->tensor, value(upload->value));
    } else if (const auto* read = std::get_if<ReadStep>(&step)) {
      const HostValue& planned = plan_.values[static_cast<std::size_t>(read->value)];
      executor_->practise(read->tensor, planned.dtype, planned.shape, values_[static_cast<std::size_t>(read->value)]);
    } else {
      worked = host_->run(index, values_).ok();
    }
    if (!worked || clock.elapsed() > kPractiseMs) practised_ = plan_.steps.size();
    return;
  }
}

bool Stage::takesDryRun() const {
  return expectedRunMs() >= 0 && expectedRunMs() <= GlExecutor::kShortRunMs && plan_.deferred.empty();
}

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

void Stage::feed(const std::map<Port, Tensor>& feeds) {
  for (const auto& [port, index] : plan_.feeds)
    if (const auto found = feeds.find(port); found != feeds.end()) feed(index, found->second);
}

void Stage::start() {
  next_ = 0;
  if (executor_) executor_->abandonReads();
}

Result<bool> Stage::runStep(std::size_t index, bool wait) {
  const Step& step = plan_.steps[index];
  if (std::holds_alternative<DrawStep>(step)) {
    executor_->draw(index);
  } else if (const auto* upload = std::get_if<UploadStep>(&step)) {
    executor_->upload(*upload, value(upload->value));
  } else if (const auto* read = std::get_if<ReadStep>(&step)) {
    // Readbacks that follow each other travel together.
    const bool queued = !wait || executor_->queuesReads();
    for (std::size_t i = index; queued && i < plan_.steps.size() && std::holds_alternative<ReadStep>(plan_.steps[i]); ++i)
      executor_->startRead(i);
    const HostValue& planned = plan_.values[static_cast<std::size_t>(read->value)];
    return executor_->read(index, planned.dtype, planned.shape, wait, values_[static_cast<std::size_t>(read->value)]);
  } else {
    TEXFLOW_TRY(host_->run(index, values_));
  }
  return true;
}

Result<bool> Stage::advance(bool wait) {
  if (!wait && executor_ && next_ < plan_.steps.size() && executor_->awaitsRead(next_)) return false;
  if (executor_) executor_->begin();
  for (; next_ < plan_.steps.size(); ++next_) {
    TEXFLOW_ASSIGN(const bool done, runStep(next_, wait));
    if (!done) return false;
  }
  return true;
}

Result<bool> Stage::advanceOne() {
  if (next_ == plan_.steps.size() || std::holds_alternative<ReadStep>(plan_.steps[next_])) return false;
  return runStep(next_++, false);
}

void Stage::takeValue(int index, Tensor& into) {
  const auto i = static_cast<std::size_t>(index);
  if (computed_[i]) std::swap(values_[i], into);
  else into = values_[i];
}

Result<std::vector<StepTime>> Stage::profile() {
  start();
  if (executor_) executor_->begin();
  std::vector<StepTime> times;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    Clock clock;
    if (auto done = runStep(i, true); !done.ok()) return done.status();
    if (std::holds_alternative<DrawStep>(plan_.steps[i])) executor_->wait(i);
    times.push_back(describe(i));
    times.back().ms = clock.lap();
  }
  return times;
}

StepTime Stage::describe(std::size_t index) const {
  StepTime time;
  int node = -1;
  if (const auto* draw = std::get_if<DrawStep>(&plan_.steps[index])) {
    time.kind = executor_->programLabel(index);
    const TextureLayout& layout = plan_.tensors[static_cast<std::size_t>(draw->output)].layout;
    time.shape = {layout.rows, layout.width, layout.channels};
    node = draw->node;
  } else if (const auto* host = std::get_if<HostStep>(&plan_.steps[index])) {
    time.kind = "host";
    node = host->node;
    if (!host->outputs.empty()) time.shape = plan_.values[static_cast<std::size_t>(host->outputs[0])].shape;
  } else if (const auto* read = std::get_if<ReadStep>(&plan_.steps[index])) {
    time.kind = "read";
    time.shape = plan_.values[static_cast<std::size_t>(read->value)].shape;
  } else if (const auto* upload = std::get_if<UploadStep>(&plan_.steps[index])) {
    time.kind = "upload";
    time.shape = plan_.values[static_cast<std::size_t>(upload->value)].shape;
  }
  if (node >= 0) {
    time.node = plan_.graph.nodes[static_cast<std::size_t>(node)].name;
    time.op = plan_.graph.nodes[static_cast<std::size_t>(node)].op;
  }
  return time;
}

unsigned Stage::texture(Port port, float layoutParams[16]) const {
  const auto found = plan_.onGpu.find(port);
  return found == plan_.onGpu.end() || !executor_ ? 0 : executor_->texture(found->second, layoutParams);
}

}  // namespace texflow
