// State of a session, shared by the files that implement it.
#pragma once
#include <optional>
#include <set>

#include "gl/state_guard.h"
#include "session/stage.h"
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
  Stage* stage = nullptr;
  bool replayed = false;
  std::map<Port, Tensor> feeds, results;
  std::set<Port> valued;  ///< Feeds whose values are known because a round computed them.
  std::vector<std::pair<std::string, Port>> outputs;
};

struct Session::Impl {
  Graph graph;
  Context* context = nullptr;
  Backend backend = Backend::kGl;
  Report report;
  std::unique_ptr<ProgramCache> programs;
  ConstantTextures constants;
  std::map<std::string, std::unique_ptr<Stage>> stages;
  std::map<std::string, std::set<Port>> consulted;  ///< Shapes of a call → ports whose values its plans depend on.
  Stage* last = nullptr;
  Replay replay;
  RunInProgress run;
  std::uint64_t uses = 0;

  Result<Stage*> stageFor(const std::map<Port, Tensor>& feeds, const std::set<Port>& valued,
                          const std::vector<Port>& outputs, const std::function<bool(const PrepareEvent&)>& progress);
  /// The same for values of which only dtype and shape are known, and perhaps the value.
  Result<Stage*> stageFor(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs,
                          const std::function<bool(const PrepareEvent&)>& progress);
  Result<Port> feedPort(const std::string& name, DType dtype, const Shape& shape) const;
  Result<std::map<Port, Tensor>> feedPorts(const std::map<std::string, Tensor>& inputs) const;
  Result<std::vector<std::pair<std::string, Port>>> outputPorts(const std::vector<std::string>& names) const;
  /// Makes the context current; `guard` restores the state of a foreign one in its destructor.
  Status enter(std::optional<StateGuard>& guard) const;
  /// Forgets a stage wherever it is referred to.
  void dropStage(std::map<std::string, std::unique_ptr<Stage>>::iterator stage);

  Status nextRound();
  Status endRound();
  Status finishRun();
  void rememberCall(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames);
};

}  // namespace texflow
