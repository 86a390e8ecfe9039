#include "session/tiers.h"

#include <utility>

#include "session/preparation.h"

namespace texflow {
namespace {

// Calls of different shapes whose times are remembered.
constexpr std::size_t kMaxPolicies = 16;

}  // namespace

Tier Tiers::choose(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames) {
  std::string call;
  for (const auto& [name, tensor] : inputs) call += name + shapeText(tensor.shape());
  for (const std::string& name : outputNames) call += " " + name;
  auto found = policies_.find(call);
  if (found == policies_.end()) {
    if (policies_.size() >= kMaxPolicies) policies_.clear();
    found = policies_.emplace(call, TierPolicy(options_.keepFaster())).first;
  }
  policy_ = &found->second;
  running_ = policy_->next(programsReady);
  clock_.lap();
  return running_;
}

double Tiers::finish() {
  const double ms = clock_.lap();
  if (policy_) policy_->ran(running_, ms);
  return ms;
}

Result<Session*> Tiers::host(const Graph& graph) {
  if (!host_) {
    TEXFLOW_ASSIGN(host_, Session::create(graph, nullptr, Backend::kHost));
  }
  return host_.get();
}

// Before the programs are ready every run gives a prepare some time on its way; the first does not, it is in a hurry.
void Session::prepareBetweenRuns(const std::map<std::string, Tensor>& inputs) {
  Impl& impl = *impl_;
  if (impl.tiers->options().backgroundMs <= 0 || impl.report.runMs.empty()) return;
  if (!impl.preparation && !impl.tiers->prepareStarted) {
    PrepareOptions options;
    for (const Endpoint& endpoint : impl.graph.inputs)
      for (const auto& [name, tensor] : inputs)
        if (name == endpoint.name || name == impl.graph.nodes[static_cast<std::size_t>(endpoint.port.node)].name)
          options.inputShapes[endpoint.name] = tensor.shape();
    // What cannot be prepared is told to those who ask for it; the host goes on.
    if (!startPrepare(std::move(options)).ok()) return;
  }
  if (!impl.preparation || impl.preparation->done()) return;
  const auto done = poll(impl.tiers->options().backgroundMs);
  if (!done.ok()) impl.report.prepareError = done.status().message();
}

Result<Session*> Session::hostForRun(const std::map<std::string, Tensor>& inputs,
                                     const std::vector<std::string>& outputNames) {
  Impl& impl = *impl_;
  if (!impl.tiers) return nullptr;
  Tiers& tiers = *impl.tiers;
  if (!tiers.programsReady) prepareBetweenRuns(inputs);
  if (tiers.choose(inputs, outputNames) == Tier::kHost) return tiers.host(impl.graph);
  if (tiers.hostIsDone()) {
    tiers.dropHost();
    if (std::exchange(tiers.releaseWeights, false)) impl.releaseWeights();
  }
  return nullptr;
}

}  // namespace texflow
