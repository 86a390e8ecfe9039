// Planning before anyone has asked for it, and taking such a plan up.
#include "session/planning.h"

#include <algorithm>

#include "session/session_impl.h"

namespace texflow {
namespace {

bool same(const std::shared_ptr<const CompiledPrograms>& a, const std::shared_ptr<const CompiledPrograms>& b) {
  return a && b ? *a == *b : a == b;
}

bool sameInput(const std::pair<const Port, TensorInfo>& a, const std::pair<const Port, TensorInfo>& b) {
  return a.first == b.first && a.second.dtype == b.second.dtype && a.second.shape == b.second.shape && !a.second.value &&
         !b.second.value;
}

}  // namespace

Result<bool> Planning::step() {
  Clock clock;
  auto done = planner_.step();
  ms_ += clock.lap();
  return done;
}

bool Planning::isFor(const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                     const PlanOptions& options) const {
  const auto& planned = planner_.feeds();
  return planner_.options().known == options.known && same(planner_.options().compiled, options.compiled) &&
         planner_.outputs() == outputs && std::equal(feeds.begin(), feeds.end(), planned.begin(), planned.end(), sameInput);
}

Planning Session::Impl::planningOf(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs,
                                   PlanOptions options) {
  std::optional<Planning> made = std::exchange(ahead, std::nullopt);
  if (made && made->isFor(infos, outputs, options)) return std::move(*made);
  return {graph, infos, outputs, std::move(options)};
}

Result<bool> Session::Impl::planAhead(double budgetMs) {
  if (preparation || !stages.empty()) return true;
  if (!ahead) {
    if (waitsForSmallConstants()) return false;
    TEXFLOW_ASSIGN(const auto infos, inputInfos({}));
    TEXFLOW_ASSIGN(const auto outputs, signaturePorts());
    ahead.emplace(graph, infos, outputs, planOptions());
  }
  Clock clock;
  bool done = false;
  do {
    TEXFLOW_ASSIGN(done, ahead->step());
  } while (!done && clock.elapsed() < budgetMs);
  return done;
}

// What goes wrong is said by the prepare or the run to come.
bool Session::planAhead(double budgetMs) {
  const auto done = impl_->planAhead(budgetMs);
  if (!done.ok()) impl_->ahead.reset();
  return !done.ok() || *done;
}

}  // namespace texflow
