#include "session/preparation.h"

#include <algorithm>

namespace texflow {
namespace {

// Shares of the phases in the time of a prepare, from PreparePhase::kCompile on; planning comes before them.
constexpr double kPlanShare = 0.05;
constexpr double kShares[] = {0.15, 0.05, 0.1, 0.05, 0.05, 0.45, 0.05, 0.05};
// After 100 ms of dry runs first runs take no longer than later ones on llvmpipe; in browsers, whose other processes decide
// what the scheduler does, too, more than 60 ms bring nothing. On SwiftShader one run does (decision 0020).
constexpr double kMostDryRunMs = 100, kMostDryRunMsInBrowsers = 60;

}  // namespace

Preparation::Preparation(Session::Impl& session, PrepareOptions options, std::vector<std::map<Port, TensorInfo>> shapes,
                         std::vector<Port> outputs)
    : session_(session),
      options_(std::move(options)),
      shapes_(std::move(shapes)),
      outputs_(std::move(outputs)),
      dryRun_(session),
      moment_(session.programs ? session.programs->moment() : 0) {}

Result<Preparation::State> Preparation::step(bool wait, bool begin) {
  if (done_) return State::kDone;
  begin_ = begin_ || begin;
  if (options_.stop.stopRequested()) return Status::cancelled("Preparing was cancelled.");
  PrepareEvent event;
  if (stages_.size() < shapes_.size()) {
    if (!wait && session_.waitsForSmallConstants()) return State::kWaiting;
    TEXFLOW_ASSIGN(const bool planned, planNext(event.ms));
    if (!planned) return State::kWorked;
    event = {"plan", static_cast<int>(stages_.size()), static_cast<int>(shapes_.size()), "", event.ms, 0};
    event.fraction = kPlanShare * event.done / event.total;
    tell(event);
    return State::kWorked;
  }
  // All stages pass a phase before the first enters the next one.
  const auto next =
      std::min_element(stages_.begin(), stages_.end(), [](const auto& a, const auto& b) { return a->phase() < b->phase(); });
  const PreparePhase phase = (*next)->phase();
  if (phase >= PreparePhase::kWarmUp && !warmUp_) warmUp_.emplace();
  if (phase == PreparePhase::kReady) return dryRunNext(wait);
  if (begin_) (*next)->begin();
  begin_ = false;
  TEXFLOW_ASSIGN(const bool worked, (*next)->prepareStep(session_.report, wait, event));
  if (!worked) return State::kWaiting;
  const double before = static_cast<double>(next - stages_.begin());
  const double within = event.total > 0 ? static_cast<double>(event.done) / event.total : 1;
  event.fraction = kPlanShare;
  for (int i = 0; i < static_cast<int>(phase); ++i) event.fraction += kShares[i];
  event.fraction += kShares[static_cast<int>(phase)] * (before + within) / static_cast<double>(stages_.size());
  tell(event);
  return State::kWorked;
}

Preparation::State Preparation::dryRunNext(bool wait) {
  if (dryRuns_ == made_.size()) return end();
  Stage& stage = *made_[dryRuns_];
  if (begin_) stage.begin();
  begin_ = false;
  Clock clock;
  const auto state = dryRun_.step(stage, wait, dryRunMs());
  if (state == DryRun::State::kWaiting) return State::kWaiting;
  if (state == DryRun::State::kDone) {
    ++dryRuns_;
    return State::kWorked;
  }
  PrepareEvent event{"dry run", static_cast<int>(dryRuns_), static_cast<int>(made_.size()), "", clock.lap(), fraction_};
  tell(event);
  return State::kWorked;
}

double Preparation::dryRunMs() const {
  if (!session_.context || session_.context->caps().swiftShader) return 0;
  const double most = session_.context->caps().webgl ? kMostDryRunMsInBrowsers : kMostDryRunMs;
  return std::min(most, options_.dryRunShare * total_.elapsed());
}

Preparation::State Preparation::end() {
  done_ = true;
  if (session_.tiers) session_.tiers->programsReady = true;
  for (const std::shared_ptr<Stage>& stage : made_)
    if (stage->expectedRunMs() >= 0) session_.report.expectedRunMs = stage->expectedRunMs();
  if (warmUp_) session_.report.warmUpMs = std::max(0.0, session_.report.warmUpMs) + warmUp_->elapsed();
  if (!options_.keepWeights) session_.releaseWeights();
  // The first run counts; a prepare after it came too late.
  if (session_.report.runMs.empty()) session_.report.preparedBeforeRun = true;
  PrepareEvent event{"done", 1, 1, "", total_.lap(), 1};
  tell(event);
  return State::kDone;
}

Result<bool> Preparation::planNext(double& ms) {
  const std::map<Port, TensorInfo>& shapes = shapes_[stages_.size()];
  std::shared_ptr<Stage> stage = session_.findStage(shapes, outputs_);  // A run may have planned it meanwhile.
  if (!stage) {
    if (!planning_) planning_.emplace(session_.planningOf(shapes, outputs_, session_.planOptions()));
    TEXFLOW_ASSIGN(const bool planned, planning_->step());
    TEXFLOW_TRY(issueSurest());
    if (!planned) return false;
    ms = planning_->ms();
    stage = session_.addStage(shapes, outputs_, planning_->planner().take(), ms);
    made_.push_back(stage);
  }
  planning_.reset();
  stages_.push_back(std::move(stage));
  return true;
}

Status Preparation::issueSurest() {
  if (!session_.programs) return {};
  std::vector<ProgramRef> issued;
  Planner& planner = planning_->planner();
  for (const DrawStep* draw : planner.takeSurest()) {
    const ProgramKey key = SessionPrograms::keyOf(*draw, planner.options().stripes, *session_.context);
    TEXFLOW_ASSIGN(ProgramRef program, session_.programs->issue(key));
    issued.push_back(std::move(program));
  }
  for (const ProgramRef& program : issued) session_.programs->cache().link(*program);
  return {};
}

void Preparation::tell(PrepareEvent& event) {
  fraction_ = std::max(fraction_, done_ ? 1.0 : std::min(event.fraction, 0.999));
  event.fraction = fraction_;
  if (options_.onProgress) options_.onProgress(event);
}

void Preparation::undo() {
  std::set<std::string> uploaded;
  for (const std::shared_ptr<Stage>& stage : made_) {
    if (stage->hasRun) continue;
    uploaded.insert(stage->uploadedKeys().begin(), stage->uploadedKeys().end());
    session_.dropStage(*stage);
  }
  stages_.clear();
  made_.clear();
  session_.dropConstants(uploaded);
  if (session_.programs) session_.programs->dropUnusedSince(moment_);
}

}  // namespace texflow
