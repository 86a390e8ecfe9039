#include "session/stage.h"

namespace texflow {

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

void Stage::begin() const {
  if (executor_) executor_->begin();
}

const std::vector<std::string>& Stage::uploadedKeys() const {
  static const std::vector<std::string> none;
  return executor_ ? executor_->uploadedKeys() : none;
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
