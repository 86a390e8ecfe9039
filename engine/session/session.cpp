#include <algorithm>
#include <cstdio>

#include "gl/forget.h"
#include "plan/draw_work.h"
#include "session/session_impl.h"

namespace texflow {
namespace {

Status missingOps(const Graph& graph) {
  std::vector<char> needed(graph.nodes.size(), 0);
  for (const Endpoint& output : graph.outputs)
    if (output.port.node >= 0) needed[static_cast<std::size_t>(output.port.node)] = 1;
  for (std::size_t i = graph.nodes.size(); i-- > 0;)
    if (needed[i])
      for (const Port& port : graph.nodes[i].inputs) needed[static_cast<std::size_t>(port.node)] = 1;
  std::map<std::string, std::pair<int, std::string>> missing;  // op → count, first node
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (needed[i] && !findOp(graph.nodes[i].op)) {
      auto& [count, first] = missing[graph.nodes[i].op];
      if (count++ == 0) first = graph.nodes[i].name;
    }
  if (missing.empty()) return {};
  std::string list;
  for (const auto& [op, where] : missing) {
    if (!list.empty()) list += ", ";
    list += op + " (" + std::to_string(where.first) + ", first at node '" + where.second + "')";
  }
  return Status::unsupported("The model needs ops that this engine does not have: " + list + ".");
}

bool matches(const Shape& shape, const Endpoint& endpoint) {
  if (!endpoint.knownRank) return true;
  if (shape.size() != endpoint.shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (endpoint.shape[i] >= 0 && endpoint.shape[i] != shape[i]) return false;
  return true;
}

// The one line that says why results are coarser or slower than on other devices.
void noteStorage(const Context& context) {
  const bool half = context.storage() == Storage::kFloat16;
  std::fprintf(stderr, "texflow: '%s' is not used with float32 textures; %s.\n", context.caps().renderer.c_str(),
               half ? "values are half floats, which keep 3 digits" : "the host computes everything");
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(Graph graph, Context* context, Backend backend) {
  return create(std::move(graph), context, SessionOptions{.backend = backend});
}

Result<std::unique_ptr<Session>> Session::create(Graph graph, Context* context, const SessionOptions& options) {
  TEXFLOW_TRY(missingOps(graph));
  Backend backend = options.backend == Backend::kAuto ? Backend::kGl : options.backend;
  auto impl = std::make_unique<Impl>();
  impl->graph = std::move(graph);
  impl->context = context;
  const Storage storage = context ? context->storage() : Storage::kHost;
  if (backend == Backend::kGl && context && storage != Storage::kFloat32) noteStorage(*context);
  if (storage == Storage::kHost) backend = Backend::kHost;
  impl->backend = backend;
  impl->report.backend = backend == Backend::kGl ? "gl" : "host";
  impl->report.storage = "host";
  if (backend == Backend::kGl) {
    TEXFLOW_TRY(context->makeCurrent());
    impl->contextLife = context->life();
    impl->report.vendor = context->caps().vendor;
    impl->report.renderer = context->caps().renderer;
    impl->report.version = context->caps().version;
    impl->report.stripes = context->stripes();
    impl->report.storage = storage == Storage::kFloat32 ? "float32" : "float16";
    impl->programs = std::make_unique<SessionPrograms>(programsOf(*context));
    if (options.hasTiers()) impl->tiers.emplace(options);
    if (options.keepFaster()) impl->report.backend = "auto";
  }
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Session::~Session() {
  std::optional<StateGuard> guard;
  std::optional<ForgetObjects> forget;
  if (!impl_->enter(guard).ok()) forget.emplace();
  impl_.reset();
}

const Graph& Session::graph() const { return impl_->graph; }

Status Session::Impl::enter(std::optional<StateGuard>& guard) const {
  if (!context || backend != Backend::kGl) return {};
  if (contextLife.expired())
    return Status::invalid("The OpenGL context of the session has been destroyed; load the model again in a new one.");
  TEXFLOW_TRY(context->makeCurrent());
  if (context->restoresState()) guard.emplace(kEngineUnits);
  return {};
}

void Session::Impl::dropConstants(const std::set<std::string>& keys) {
  std::set<std::string> needed;
  for (const auto& [text, stage] : stages)
    for (const PlannedConstant& constant : stage->plan().constants) needed.insert(constant.key);
  for (const std::string& key : keys)
    if (!needed.count(key)) constants.drop(key);
}

Result<Port> Session::Impl::feedPort(const std::string& name, DType dtype, const Shape& shape) const {
  const Endpoint* endpoint = nullptr;
  for (const Endpoint& input : graph.inputs)
    if (input.name == name || (input.port.node >= 0 && graph.nodes[static_cast<std::size_t>(input.port.node)].name == name))
      endpoint = &input;
  if (!endpoint) {
    TEXFLOW_ASSIGN(const Port port, graph.find(name));
    for (const Endpoint& input : graph.inputs)
      if (input.port == port) endpoint = &input;
    if (!endpoint) return port;
  }
  if (!matches(shape, *endpoint))
    return Status::invalid("The input '" + name + "' has the shape " + shapeText(shape) + "; the model expects " +
                           shapeText(endpoint->shape) + ".");
  if (dtype != endpoint->dtype)
    return Status::invalid("The input '" + name + "' has the dtype " + std::string(dtypeName(dtype)) +
                           "; the model expects " + std::string(dtypeName(endpoint->dtype)) + ".");
  return endpoint->port;
}

Result<std::map<Port, Tensor>> Session::Impl::feedPorts(const std::map<std::string, Tensor>& inputs) const {
  std::map<Port, Tensor> feeds;
  for (const auto& [name, tensor] : inputs) {
    TEXFLOW_ASSIGN(const Port port, feedPort(name, tensor.dtype(), tensor.shape()));
    feeds.insert_or_assign(port, tensor);
  }
  return feeds;
}

Result<std::vector<std::pair<std::string, Port>>> Session::Impl::outputPorts(const std::vector<std::string>& names) const {
  std::vector<std::pair<std::string, Port>> ports;
  if (names.empty())
    for (const Endpoint& output : graph.outputs) ports.emplace_back(output.name, output.port);
  for (const std::string& name : names) {
    TEXFLOW_ASSIGN(const Port port, graph.find(name));
    ports.emplace_back(name, port);
  }
  if (ports.empty()) return Status::invalid("The model has no outputs; name the nodes to compute.");
  return ports;
}

Result<std::vector<Port>> Session::Impl::signaturePorts() const {
  TEXFLOW_ASSIGN(const auto outputs, outputPorts({}));
  std::vector<Port> ports;
  for (const auto& [name, port] : outputs) ports.push_back(port);
  return ports;
}

Result<std::vector<StepTime>> Session::profile(const std::map<std::string, Tensor>& inputs) {
  if (Session* host = impl_->runsElsewhere()) return host->profile(inputs);
  std::optional<StateGuard> guard;
  TEXFLOW_TRY(impl_->enter(guard));
  TEXFLOW_ASSIGN(const auto feeds, impl_->feedPorts(inputs));
  TEXFLOW_ASSIGN(const auto ports, impl_->signaturePorts());
  TEXFLOW_ASSIGN(Stage* const stage, impl_->stageFor(feeds, {}, ports));
  stage->feed(feeds);
  return stage->profile();
}

Report Session::report() const {
  Report report = impl_->report;
  if (impl_->programs) impl_->programs->fill(report);
  if (const Session* host = impl_->tiers ? impl_->tiers->host() : nullptr)
    if (impl_->stages.empty()) report.hostSteps = host->report().hostSteps;
  std::int64_t peak = 0;
  for (const auto& [key, stage] : impl_->stages) peak += stage->textureBytes();
  report.textureBytesPeak = peak + impl_->constants.bytes;
  return report;
}

Manifest Session::manifest() const {
  Manifest manifest = impl_->programs ? impl_->programs->manifest() : Manifest();
  for (const auto& [text, stage] : impl_->stages)
    manifest.work = std::max(manifest.work, static_cast<std::int64_t>(runWork(stage->plan())));
  return manifest;
}

unsigned Session::outputTexture(const std::string& outputName, float layoutParams[16]) const {
  if (!impl_->last || impl_->runsElsewhere()) return 0;
  const auto ports = impl_->outputPorts({outputName});
  if (!ports.ok()) return 0;
  return impl_->last->texture(ports->front().second, layoutParams);
}

}  // namespace texflow
