// Session::run and its pieces.
#include <algorithm>

#include "session/session_impl.h"

namespace texflow {
namespace {

// Runs that the report keeps. When there are more, the older half goes.
constexpr std::size_t kKeptRuns = 4096;

}  // namespace

bool Replay::matches(const std::map<std::string, Tensor>& given, const std::vector<std::string>& outputNames) const {
  if (!stage || given.size() != inputs.size() || outputNames != askedOutputs) return false;
  auto input = inputs.begin();
  for (const auto& [name, tensor] : given) {
    if (name != input->name || tensor.dtype() != input->dtype || tensor.shape() != input->shape) return false;
    ++input;
  }
  return true;
}

Status Session::start(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames) {
  impl_->run.state = RunInProgress::State::kNone;
  TEXFLOW_ASSIGN(Session* const host, hostForRun(inputs, outputNames));
  if (host) return host->start(inputs, outputNames);
  impl_->run.clock = Clock();
  std::optional<StateGuard> guard;
  TEXFLOW_TRY(impl_->enter(guard));
  return impl_->startRun(inputs, outputNames);
}

Status Session::Impl::startRun(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames) {
  run.state = RunInProgress::State::kNone;
  ++run.number;
  run.replayed = replay.matches(inputs, outputNames);
  if (run.replayed) {
    run.stage = replay.stage;
    auto bound = replay.inputs.begin();
    for (const auto& [name, tensor] : inputs) run.stage->feed((bound++)->value, tensor);
    run.stage->start();
  } else {
    TEXFLOW_ASSIGN(run.feeds, feedPorts(inputs));
    TEXFLOW_ASSIGN(run.outputs, outputPorts(outputNames));
    run.valued.clear();
    run.results.clear();
    TEXFLOW_TRY(nextRound());
    rememberCall(inputs, outputNames);
  }
  run.state = RunInProgress::State::kRunning;
  return {};
}

// Plans what is open with what is known. Each round runs at least one node whose output shapes depend on values.
Status Session::Impl::nextRound() {
  std::vector<Port> open;
  for (const auto& [name, port] : run.outputs)
    if (!run.results.count(port)) open.push_back(port);
  TEXFLOW_ASSIGN(run.stage, stageFor(run.feeds, run.valued, open));
  run.stage->feed(run.feeds);
  run.stage->start();
  return {};
}

// Collects what a round computed and runs its deferred nodes on the host.
Status Session::Impl::endRound() {
  const auto asked = [&](const Port& port) {
    return std::any_of(run.outputs.begin(), run.outputs.end(), [&](const auto& output) { return output.second == port; });
  };
  const Plan& plan = run.stage->plan();
  last = run.stage;
  // The next plan has the constants of the graph itself.
  const auto isConstant = [&](const Port& port) {
    return plan.graph.nodes[static_cast<std::size_t>(port.node)].op == "Const";
  };
  for (const auto& [port, value] : plan.results) {
    const Tensor& tensor = run.stage->value(value);
    if (asked(port)) run.results.insert_or_assign(port, tensor);
    if (!plan.deferred.empty() && !isConstant(port)) {
      run.feeds.insert_or_assign(port, tensor);
      run.valued.insert(port);
    }
  }
  for (int index : plan.deferred) {
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(index)];
    std::vector<Tensor> operands;
    for (const Port& port : node.inputs)
      operands.push_back(isConstant(port) && !run.feeds.count(port)
                             ? plan.graph.nodes[static_cast<std::size_t>(port.node)].value
                             : run.feeds.at(port));
    TEXFLOW_ASSIGN(std::vector<Tensor> values, runOnHost(node, operands));
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const Port port{index, static_cast<int>(slot)};
      run.feeds.insert_or_assign(port, values[slot]);
      run.valued.insert(port);
      if (asked(port)) run.results.insert_or_assign(port, values[slot]);
    }
  }
  return {};
}

// A call whose only round computes all outputs can be repeated by binding its inputs.
void Session::Impl::rememberCall(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames) {
  replay = {};
  const Plan& plan = run.stage->plan();
  if (!plan.deferred.empty()) return;
  Replay call;
  call.stage = run.stage;
  call.askedOutputs = outputNames;
  for (const auto& [name, tensor] : inputs) {
    const auto ports = feedPorts({{name, tensor}});
    if (!ports.ok() || ports->size() != 1 || !plan.feeds.count(ports->begin()->first)) return;
    call.inputs.push_back({name, tensor.dtype(), tensor.shape(), plan.feeds.at(ports->begin()->first)});
  }
  std::set<int> values;
  for (const auto& [name, port] : run.outputs) {
    // Two names of one value would take it from each other.
    if (!plan.results.count(port) || !values.insert(plan.results.at(port)).second) return;
    call.outputs.push_back({name, plan.results.at(port)});
  }
  replay = std::move(call);
}

Result<bool> Session::advance(bool wait) {
  Impl& impl = *impl_;
  if (Session* host = impl.runsElsewhere()) return host->advance(wait);
  RunInProgress& run = impl.run;
  if (run.state == RunInProgress::State::kNone) return Status::invalid("No run has been started.");
  std::optional<StateGuard> guard;
  if (run.state == RunInProgress::State::kRunning) TEXFLOW_TRY(impl.enter(guard));
  const auto done = impl.advanceRun(wait);
  if (!done.ok()) run.state = RunInProgress::State::kNone;
  return done;
}

Result<bool> Session::Impl::advanceRun(bool wait) {
  while (run.state == RunInProgress::State::kRunning) {
    if (!run.stage) return Status::invalid("The session was prepared for other inputs during the run.");
    TEXFLOW_ASSIGN(const bool done, run.stage->advance(wait));
    if (!done) return false;
    TEXFLOW_TRY(finishRun());
  }
  return true;
}

// After the steps of a round: done, or the next round.
Status Session::Impl::finishRun() {
  if (run.replayed) {
    last = run.stage;
  } else {
    TEXFLOW_TRY(endRound());
    const bool open = std::any_of(run.outputs.begin(), run.outputs.end(),
                                  [&](const auto& output) { return !run.results.count(output.second); });
    if (open && !run.stage->plan().deferred.empty()) return nextRound();
  }
  run.state = RunInProgress::State::kDone;
  return {};
}

Status Session::take(std::vector<NamedTensor>& outputs) {
  Impl& impl = *impl_;
  if (Session* host = impl.runsElsewhere()) {
    TEXFLOW_TRY(host->take(outputs));
    impl.recordRun(Tier::kHost, impl.tiers->finish());
    return {};
  }
  TEXFLOW_TRY(impl.takeRun(outputs));
  const double ms = impl.run.clock.lap();
  if (impl.tiers) impl.tiers->finish();
  impl.recordRun(impl.backend == Backend::kHost ? Tier::kHost : Tier::kGl, ms);
  return {};
}

Status Session::Impl::takeRun(std::vector<NamedTensor>& outputs) {
  if (run.state != RunInProgress::State::kDone) return Status::invalid("The run has no outputs yet.");
  run.state = RunInProgress::State::kNone;
  if (run.replayed) {
    outputs.resize(replay.outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs[i].name = replay.outputs[i].name;
      run.stage->takeValue(replay.outputs[i].value, outputs[i].value);
    }
  } else {
    outputs.resize(run.outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& [name, port] = run.outputs[i];
      const auto found = run.results.find(port);
      if (found == run.results.end()) return Status::invalid("The output '" + name + "' was not computed.");
      outputs[i] = {name, found->second};
    }
    run.feeds.clear();
    run.results.clear();
  }
  return {};
}

void Session::Impl::recordRun(Tier tier, double ms) {
  std::vector<double>& kept = report.runMs;
  std::vector<Tier>& tiers = report.runTiers;
  if (kept.empty()) {
    report.firstRunMs = ms;
    kept.reserve(kKeptRuns);
    tiers.reserve(kKeptRuns);
  }
  if (kept.size() >= kKeptRuns) {
    kept.erase(kept.begin(), kept.begin() + kKeptRuns / 2);
    tiers.erase(tiers.begin(), tiers.begin() + kKeptRuns / 2);
  }
  kept.push_back(ms);
  tiers.push_back(tier);
}

std::vector<NamedInfo> Session::pendingOutputs() const {
  if (const Session* host = impl_->runsElsewhere()) return host->pendingOutputs();
  const RunInProgress& run = impl_->run;
  if (run.state == RunInProgress::State::kNone || !run.stage) return {};
  const Plan& plan = run.stage->plan();
  std::vector<NamedInfo> infos;
  const auto add = [&](const std::string& name, int index) {
    const HostValue& value = plan.values[static_cast<std::size_t>(index)];
    infos.push_back({name, value.dtype, value.shape});
  };
  if (run.replayed) {
    for (const Replay::Output& output : impl_->replay.outputs) add(output.name, output.value);
    return infos;
  }
  for (const auto& [name, port] : run.outputs) {
    const auto found = plan.results.find(port);
    if (found == plan.results.end()) return {};
    add(name, found->second);
  }
  return infos;
}

Status Session::run(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames,
                    std::vector<NamedTensor>& outputs) {
  TEXFLOW_TRY(start(inputs, outputNames));
  const auto done = advance(true);
  return done.ok() ? take(outputs) : done.status();
}

Result<std::vector<NamedTensor>> Session::run(const std::map<std::string, Tensor>& inputs,
                                              const std::vector<std::string>& outputNames) {
  std::vector<NamedTensor> outputs;
  TEXFLOW_TRY(run(inputs, outputNames, outputs));
  return outputs;
}

}  // namespace texflow
