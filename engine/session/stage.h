// One plan with its executor and host values: what a session replays for one set of input shapes.
#pragma once
#include <map>
#include <memory>
#include <optional>

#include "session/clock.h"
#include "session/gl_executor.h"

namespace texflow {

class Stage {
 public:
  /// Plans. `context` (null: all on the host), `programs` and `constants` must outlive the stage.
  static Result<std::unique_ptr<Stage>> create(const Graph& graph, const std::map<Port, TensorInfo>& feeds,
                                               const std::vector<Port>& outputs, const PlanOptions& options,
                                               const Context* context, ProgramCache* programs, ConstantTextures& constants,
                                               Report& report);
  /// Makes the stage ready to run; does nothing when it is. After a cancel a later call goes on.
  Status prepare(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  /// Runs every step; results are in value(plan().results).
  Status run(const std::map<Port, Tensor>& feeds);
  /// run(), waiting for the device after every step.
  Result<std::vector<StepTime>> profile(const std::map<Port, Tensor>& feeds);
  const Plan& plan() const { return plan_; }
  const Tensor& value(int index) const { return values_[static_cast<std::size_t>(index)]; }
  /// GL texture of a result that lies on the GPU, else 0.
  unsigned texture(Port port, float layoutParams[16]) const;
  std::int64_t textureBytes() const { return executor_ ? executor_->textureBytes() : 0; }

 private:
  void feed(const std::map<Port, Tensor>& feeds);
  Status runStep(std::size_t index);
  StepTime describe(std::size_t index) const;

  Plan plan_;
  std::optional<GlExecutor> executor_;
  std::vector<Tensor> values_;
};

}  // namespace texflow
