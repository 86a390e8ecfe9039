// The plans of a session: one for every combination of input shapes, and of values that shapes depend on.
#include <algorithm>

#include "session/session_impl.h"

namespace texflow {
namespace {

// PlanOptions::hostWork. Reading more than a few hundred kilobytes back stalls a GPU; a software device only copies them.
constexpr std::int64_t kHostWork = 1 << 15, kHostWorkSoftware = 1 << 19;
// PlanOptions::headProducts. WebAssembly multiplies a fifth as fast as a native host, and the device is idle meanwhile; but
// ten times as fast as SwiftShader.
constexpr std::int64_t kHeadProducts = 128, kHeadProductsInBrowsers = 24;

// A model whose inputs keep changing size keeps this many plans; the one least recently used goes first.
constexpr std::size_t kMaxStages = 8;
// Values of tensors up to this size may decide shapes of a later stage, and are part of its key.
constexpr std::int64_t kShapeValueElements = 64;
// Combinations of input shapes for which the deciding values are remembered.
constexpr std::size_t kMaxShapeKeys = 256;

std::string portText(const Port& port) { return std::to_string(port.node) + ":" + std::to_string(port.slot); }

std::string portsText(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs) {
  std::string ports;
  for (const auto& [port, info] : infos) ports += portText(port) + " ";
  ports += "->";
  for (const Port& port : outputs) ports += portText(port) + " ";
  return ports;
}

std::string shapesText(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs) {
  std::string shapes;
  for (const auto& [port, info] : infos)
    shapes += portText(port) + std::string(dtypeName(info.dtype)) + shapeText(info.shape);
  return shapes + portsText(infos, outputs);
}

std::string keyOf(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs,
                  const std::set<Port>& deciding) {
  std::string key = shapesText(infos, outputs);
  for (const Port& port : deciding) {
    key += "|" + portText(port);
    const auto info = infos.find(port);
    if (info == infos.end() || !info->second.value) continue;
    for (std::int64_t i = 0; i < info->second.value->size(); ++i) key += "," + std::to_string(info->second.value->number(i));
  }
  return key;
}

}  // namespace

Result<Stage*> Session::Impl::stageFor(const std::map<Port, Tensor>& feeds, const std::set<Port>& valued,
                                       const std::vector<Port>& outputs) {
  std::map<Port, TensorInfo> infos;
  for (const auto& [port, tensor] : feeds) {
    const bool decides = valued.count(port) && tensor.dtype() != DType::kString && tensor.size() <= kShapeValueElements;
    infos[port] = {tensor.dtype(), tensor.shape(), decides ? &tensor : nullptr};
  }
  std::shared_ptr<Stage> stage = findStage(infos, outputs);
  if (!stage) {
    TEXFLOW_ASSIGN(stage, planForRun(infos, outputs));
  }
  if (stage->phase() < PreparePhase::kWarmUp && report.runMs.empty()) report.preparedBeforeRun = false;
  stage->hasRun = true;
  if (Status status = stage->prepareForRun(report); !status.ok()) {
    dropStage(*stage);
    return status;
  }
  return stage.get();
}

PlanOptions Session::Impl::planOptions() const {
  PlanOptions options;
  options.useGl = backend == Backend::kGl;
  if (!context) return options;
  // Later plans use the programs of the first one, and its textures of constants.
  options.stripes = stages.empty() ? context->stripes() : stages.begin()->second->plan().stripes;
  options.picksStripes = stages.empty() && context->picksStripes();
  options.halfFloats = context->storage() == Storage::kFloat16;
  options.rasterTile = context->caps().rasterTile;
  options.hostWork = context->caps().software ? kHostWorkSoftware : kHostWork;
  options.headProducts = context->caps().webgl && !context->caps().swiftShader ? kHeadProductsInBrowsers : kHeadProducts;
  if (programs) options.compiled = programs->compiled();
  options.maxTextureSize = context->caps().maxTextureSize - 2;  // textureExtent() may add to it.
  return options;
}

std::shared_ptr<Stage> Session::Impl::findStage(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs) {
  if (consulted.size() > kMaxShapeKeys) consulted.clear();
  const auto found = stages.find(keyOf(infos, outputs, consulted[shapesText(infos, outputs)]));
  if (found == stages.end()) return nullptr;
  found->second->lastUse = ++uses;
  return found->second;
}

// Other shapes of what has been prepared make do with the programs that are there.
Result<std::shared_ptr<Stage>> Session::Impl::planForRun(const std::map<Port, TensorInfo>& infos,
                                                         const std::vector<Port>& outputs) {
  PlanOptions options = planOptions();
  KnownPrograms known;
  if (programs && plannedPorts.count(portsText(infos, outputs))) {
    known = programs->texts();
    options.known = &known;
  }
  Planning planning = planningOf(infos, outputs, std::move(options));
  for (bool done = false; !done;) {
    TEXFLOW_ASSIGN(done, planning.step());
  }
  return addStage(infos, outputs, planning.planner().take(), planning.ms());
}

std::shared_ptr<Stage> Session::Impl::addStage(const std::map<Port, TensorInfo>& infos, const std::vector<Port>& outputs,
                                               Plan plan, double planMs) {
  if (stages.size() >= kMaxStages)
    dropStage(*std::min_element(stages.begin(), stages.end(), [](const auto& a, const auto& b) {
                 return a.second->lastUse < b.second->lastUse;
               })->second);
  std::set<Port>& deciding = consulted[shapesText(infos, outputs)];
  deciding.insert(plan.consulted.begin(), plan.consulted.end());
  plannedPorts.insert(portsText(infos, outputs));
  if (backend == Backend::kGl) report.stripes = plan.stripes;
  report.planMs = std::max(0.0, report.planMs) + planMs;
  std::shared_ptr<Stage> stage =
      Stage::create(std::move(plan), backend == Backend::kGl ? context : nullptr, programs.get(), constants, report);
  stage->lastUse = ++uses;
  stages.insert_or_assign(keyOf(infos, outputs, deciding), stage);
  return stage;
}

void Session::Impl::dropStage(const Stage& gone) {
  if (last == &gone) last = nullptr;
  if (replay.stage == &gone) replay = {};
  if (run.stage == &gone) run.stage = nullptr;
  std::erase_if(stages, [&](const auto& entry) { return entry.second.get() == &gone; });
}

}  // namespace texflow
