// One plan with its executor and host values: what a session replays for one set of input shapes.
#pragma once
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "plan/host_runner.h"
#include "session/clock.h"
#include "session/gl_executor.h"

namespace texflow {

class Stage {
 public:
  /// What runs `plan`. `context` (null: all on the host), `programs` and `constants` must
  /// outlive the stage.
  static std::unique_ptr<Stage> create(Plan plan, const Context* context, SessionPrograms* programs,
                                       ConstantTextures& constants, Report& report);
  /// Makes the stage ready for a run that follows at once; goes on where prepareStep() has come to, and ends preparing.
  Status prepareForRun(Report& report);
  /// That of the executor; kLateUpload while values that the host reads have not arrived.
  PreparePhase phase() const;
  /// See GlExecutor.
  void begin() const;
  Result<bool> prepareStep(Report& report, bool wait, PrepareEvent& event);
  /// What a run takes, judged by the draws that warmed the device up, and by a dry run; -1: see GlExecutor.
  double expectedRunMs() const { return executor_ ? std::min(executor_->expectedRunMs(), mostMs_) : -1; }
  /// A whole run took `ms`, with what the caller did in between.
  void expectAtMost(double ms) { mostMs_ = std::min(mostMs_, ms); }
  /// Whether a whole run on zeros (DryRun) follows; what takes longer is rehearsed with single pixels.
  bool takesDryRun() const;
  const std::vector<std::string>& uploadedKeys() const;
  /// Sets the values of plan().feeds for the next runs.
  void feed(const std::map<Port, Tensor>& feeds);
  void feed(int value, const Tensor& tensor) { values_[static_cast<std::size_t>(value)] = tensor; }
  /// Begins a run at the first step.
  void start();
  /// Runs steps to the end (true) or, unless `wait`, to a readback that the GPU has not finished (false). Results are then
  /// in value(plan().results).
  Result<bool> advance(bool wait);
  /// Runs the next step unless it is a readback; whether it did. Call begin() before.
  Result<bool> advanceOne();
  /// A run that waits for the device after every step.
  Result<std::vector<StepTime>> profile();
  const Plan& plan() const { return plan_; }
  const Tensor& value(int index) const { return values_[static_cast<std::size_t>(index)]; }
  /// Moves a value out and keeps the storage of `into` for the next run; copies values that outlive a run.
  void takeValue(int index, Tensor& into);
  /// GL texture of a result that lies on the GPU, else 0.
  unsigned texture(Port port, float layoutParams[16]) const;
  std::int64_t textureBytes() const { return executor_ ? executor_->textureBytes() : 0; }

  std::uint64_t lastUse = 0;  ///< Kept by the session.
  bool hasRun = false;        ///< "

 private:
  /// Ok when everything is there that steps on the host read and no step makes.
  Status hostValues() const;
  Result<bool> runStep(std::size_t index, bool wait);
  Result<bool> rehearseNext(bool wait, PrepareEvent& event);
  void whileDeviceWorks(Report& report);
  void practiseNext();
  void feedZeros();
  StepTime describe(std::size_t index) const;

  Plan plan_;
  std::optional<GlExecutor> executor_;
  std::optional<HostRunner> host_;  ///< Made while the device compiles, when its values are there.
  std::vector<Tensor> values_;
  std::vector<char> computed_;  ///< Whether a step makes the value in every run.
  std::size_t next_ = 0;
  std::size_t practised_ = 0;                                ///< Steps that the host has done while the device compiled, in
  double practisedMs_ = 0;                                   ///< pass after pass,
  std::size_t rehearsed_ = 0;                                ///< and with the device afterwards.
  double rehearsedHostMs_ = 0;                               ///< What those on the host took.
  double mostMs_ = std::numeric_limits<double>::infinity();  ///< Of a run.
};

}  // namespace texflow
