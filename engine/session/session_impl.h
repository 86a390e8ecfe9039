// State of a session, shared by the files that implement it.
#pragma once
#include <optional>
#include <set>

#include "gl/state_guard.h"
#include "session/planning.h"
#include "session/stage.h"
#include "session/tiers.h"
#include "texflow/context.h"

namespace texflow {

/// A call that can be repeated without looking anything up: names, shapes and where their values lie.
struct Replay {
  struct Input {
    std::string name;
    DType dtype;
    Shape shape;
    int value;  ///< Index of the stage's host value.
  };
  struct Output {
    std::string name;
    int value;
  };
  Stage* stage = nullptr;
  std::vector<Input> inputs;              ///< In the order of the caller's map.
  std::vector<std::string> askedOutputs;  ///< As the caller gave them.
  std::vector<Output> outputs;

  bool matches(const std::map<std::string, Tensor>& given, const std::vector<std::string>& outputNames) const;
};

/// A run between start() and take().
struct RunInProgress {
  enum class State { kNone, kRunning, kDone };
  State state = State::kNone;
  Clock clock;
  std::uint64_t number = 0;  ///< Of the runs that were started.
  Stage* stage = nullptr;
  bool replayed = false;
  std::map<Port, Tensor> feeds, results;
  std::set<Port> valued;  ///< Feeds whose values are known because a round computed them.
  std::vector<std::pair<std::string, Port>> outputs;
};

class Preparation;

struct Session::Impl {
  Impl();
  ~Impl();

  Graph graph;
  Context* context = nullptr;
  std::weak_ptr<const void> contextLife;
  Backend backend = Backend::kGl;
  Report report;
  std::unique_ptr<SessionPrograms> programs;
  ConstantTextures constants;
  std::map<std::string, std::shared_ptr<Stage>> stages;
  std::unique_ptr<Preparation> preparation;
  std::optional<Planning> ahead;                    ///< For what a prepare without options asks for.
  bool inPreparation = false;                       ///< A piece of it is being done.
  bool cancelRequested = false;                     ///< By a callback of it.
  std::map<std::string, std::set<Port>> consulted;  ///< Shapes of a call → ports whose values its plans depend on.
  std::set<std::string> plannedPorts;               ///< What has been planned, whatever the shapes.
  Stage* last = nullptr;
  Replay replay;
  RunInProgress run;
  std::uint64_t uses = 0;
  std::optional<Tiers> tiers;

  /// The session that has the run in progress, if that is not this one.
  Session* runsElsewhere() const { return tiers && tiers->running() == Tier::kHost ? tiers->host() : nullptr; }
  /// The stage of a call, ready to run.
  Result<Stage*> stageFor(const std::map<Port, Tensor>& feeds, const std::set<Port>& valued,
                          const std::vector<Port>& outputs);
  PlanOptions planOptions() const;
  /// The stage for values of which dtype and shape are known, and perhaps the value; null: there is none yet.
  std::shared_ptr<Stage> findStage(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs);
  /// What has been planned ahead if it is for this, else the beginning of a plan.
  Planning planningOf(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs, PlanOptions options);
  /// Session::planAhead()
  Result<bool> planAhead(double budgetMs);
  /// Makes the stage of a plan that took `planMs`; not yet prepared.
  std::shared_ptr<Stage> addStage(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs, Plan plan,
                                  double planMs);
  /// Plans at once, and compiles nothing for other shapes of what has been prepared.
  Result<std::shared_ptr<Stage>> planForRun(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs);
  Result<Port> feedPort(const std::string& name, DType dtype, const Shape& shape) const;
  Result<std::map<Port, Tensor>> feedPorts(const std::map<std::string, Tensor>& inputs) const;
  Result<std::vector<std::pair<std::string, Port>>> outputPorts(const std::vector<std::string>& names) const;
  /// Those of the model's outputs.
  Result<std::vector<Port>> signaturePorts() const;
  /// Makes the context current; `guard` restores the state of a foreign one in its destructor.
  Status enter(std::optional<StateGuard>& guard) const;
  /// Forgets a stage wherever it is referred to.
  void dropStage(const Stage& stage);
  /// Frees those of the constants that no stage reads.
  void dropConstants(const std::set<std::string>& keys);
  /// Whether planning must wait: constants other than filters have not arrived.
  bool waitsForSmallConstants() const;
  /// Frees the host copies of filters that no step on the host reads.
  void releaseWeights();
  /// What prepare() is asked for, as values of known shape.
  Result<std::map<Port, TensorInfo>> inputInfos(const InputShapes& shapes) const;
  /// Works on the preparation until it is done, waits for the driver, or the time is up; frees it on errors.
  Result<bool> prepareFor(double budgetMs, bool wait);

  /// A run without regard to tiers and the report; as start(), advance() and take() of a session that has been entered.
  Status startRun(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames);
  Result<bool> advanceRun(bool wait);
  Status takeRun(std::vector<NamedTensor>& outputs);
  Status nextRound();
  Status endRound();
  Status finishRun();
  /// Into the report.
  void recordRun(Tier tier, double ms);
  void rememberCall(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames);
};

}  // namespace texflow
