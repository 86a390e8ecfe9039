// Session::prepare and its pieces.
#include <algorithm>
#include <limits>
#include <utility>

#include "gl/forget.h"
#include "session/preparation.h"

namespace texflow {

Session::Impl::Impl() = default;
Session::Impl::~Impl() = default;

Result<std::map<Port, TensorInfo>> Session::Impl::inputInfos(const InputShapes& shapes) const {
  std::map<Port, TensorInfo> infos;
  for (const Endpoint& endpoint : graph.inputs) {
    const auto given = shapes.find(endpoint.name);
    Shape shape = given != shapes.end() ? given->second : endpoint.shape;
    if (given == shapes.end()) {
      if (!shape.empty() && shape[0] < 0) shape[0] = 1;
      if (!endpoint.knownRank || std::any_of(shape.begin(), shape.end(), [](std::int64_t dim) { return dim < 0; }))
        return Status::invalid("The size of input '" + endpoint.name + "' is not known from the model (" +
                               shapeText(endpoint.shape) + "); pass its shape.");
    }
    auto count = checkedElementCount(shape);
    if (!count.ok()) return count.status().during("preparing input '" + endpoint.name + "'");
    TEXFLOW_ASSIGN(const Port port, feedPort(endpoint.name, endpoint.dtype, shape));
    infos[port] = {endpoint.dtype, shape, nullptr};
  }
  return infos;
}

bool Session::Impl::waitsForSmallConstants() const {
  std::set<int> filters;
  for (int index : filterConstants(graph)) filters.insert(index);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!graph.nodes[i].value.hasValues() && !filters.count(static_cast<int>(i))) return true;
  return false;
}

void Session::Impl::releaseWeights() {
  if (backend != Backend::kGl) return;
  std::vector<Tensor> kept;  // What some plan reads on the host may be needed in every run, and by plans of other shapes.
  const std::vector<int> filters = filterConstants(graph);
  const auto isFilter = [&](const Port& port) { return std::binary_search(filters.begin(), filters.end(), port.node); };
  for (const auto& [text, stage] : stages) {
    if (stage->phase() != PreparePhase::kReady) return;  // A run left it half done.
    const Plan& plan = stage->plan();
    for (const Step& step : plan.steps) {
      const auto* host = std::get_if<HostStep>(&step);
      if (!host) continue;
      for (const Port& port : plan.graph.nodes[static_cast<std::size_t>(host->node)].inputs)
        kept.push_back(plan.graph.nodes[static_cast<std::size_t>(port.node)].value);
      // Fusion may have made another filter of the model's: its node is this one, or before it in a chain.
      for (int index = host->node; index >= 0;) {
        const std::vector<Port>& inputs = graph.nodes[static_cast<std::size_t>(index)].inputs;
        const auto filter = std::find_if(inputs.begin(), inputs.end(), isFilter);
        if (filter != inputs.end()) kept.push_back(graph.nodes[static_cast<std::size_t>(filter->node)].value);
        index = filter != inputs.end() || inputs.empty() ? -1 : inputs[0].node;
      }
    }
  }
  const auto releaseFilters = [&](const Graph& of) {
    for (int index : filterConstants(of)) {
      Tensor shared = of.nodes[static_cast<std::size_t>(index)].value;
      if (std::none_of(kept.begin(), kept.end(), [&](const Tensor& value) { return value.sharesValuesWith(shared); }))
        shared.release();
    }
  };
  for (const auto& [text, stage] : stages) releaseFilters(stage->plan().graph);
  releaseFilters(graph);
}

Status Session::provide(const std::string& node, Tensor values) {
  TEXFLOW_ASSIGN(const Port port, impl_->graph.find(node));
  Tensor& value = impl_->graph.nodes[static_cast<std::size_t>(port.node)].value;
  if (impl_->graph.nodes[static_cast<std::size_t>(port.node)].op != "Const")
    return Status::invalid("The node '" + node + "' is no constant.");
  if (values.dtype() != value.dtype() || values.shape() != value.shape() || value.dtype() == DType::kString)
    return Status::invalid("The constant '" + node + "' is " + std::string(dtypeName(value.dtype())) +
                           shapeText(value.shape()) + ", not " + std::string(dtypeName(values.dtype())) +
                           shapeText(values.shape()) + ".");
  value.provide(std::move(values));
  return {};
}

Status Session::startPrepare(PrepareOptions options) {
  cancelPrepare();
  std::vector<std::map<Port, TensorInfo>> shapes;
  if (!options.inputShapes.empty() || options.moreShapes.empty()) {
    TEXFLOW_ASSIGN(auto infos, impl_->inputInfos(options.inputShapes));
    shapes.push_back(std::move(infos));
  }
  for (const InputShapes& more : options.moreShapes) {
    TEXFLOW_ASSIGN(auto infos, impl_->inputInfos(more));
    shapes.push_back(std::move(infos));
  }
  TEXFLOW_ASSIGN(auto ports, impl_->signaturePorts());
  if (impl_->tiers && !impl_->tiers->hostIsDone()) {
    impl_->tiers->prepareStarted = true;
    impl_->tiers->releaseWeights = !std::exchange(options.keepWeights, true);
  }
  impl_->preparation = std::make_unique<Preparation>(*impl_, std::move(options), std::move(shapes), std::move(ports));
  return {};
}

Status Session::prepare(const PrepareOptions& options) {
  TEXFLOW_TRY(startPrepare(options));
  const auto done = impl_->prepareFor(std::numeric_limits<double>::infinity(), true);
  return done.ok() ? Status() : done.status();
}

Result<bool> Session::poll(double budgetMs) {
  if (!impl_->preparation) return Status::invalid("No prepare has been started.");
  return impl_->prepareFor(budgetMs, false);
}

Result<bool> Session::Impl::prepareFor(double budgetMs, bool wait) {
  if (preparation->done()) return true;
  if (inPreparation) return Status::invalid("A callback of a prepare cannot go on with it.");
  std::optional<StateGuard> guard;
  TEXFLOW_TRY(enter(guard));
  Clock clock;
  double spent = 0;
  bool begin = true;
  do {
    inPreparation = true;
    auto state = preparation->step(wait, begin);
    inPreparation = false;
    begin = false;
    if (state.ok() && cancelRequested && !preparation->done()) state = Status::cancelled("Preparing was cancelled.");
    cancelRequested = false;
    if (!state.ok()) {
      preparation->undo();
      preparation.reset();
      return state.status();
    }
    if (*state == Preparation::State::kDone) return true;
    if (*state == Preparation::State::kWaiting) return false;
    spent += clock.lap();
  } while (spent < budgetMs);
  return false;
}

void Session::cancelPrepare() {
  if (impl_->inPreparation) {
    impl_->cancelRequested = true;
    return;
  }
  if (!impl_->preparation || impl_->preparation->done()) return;
  std::optional<StateGuard> guard;
  std::optional<ForgetObjects> forget;
  if (impl_->enter(guard).ok()) impl_->preparation->undo();
  else forget.emplace();
  impl_->preparation.reset();
}

}  // namespace texflow
