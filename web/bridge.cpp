// The C functions that native.mjs calls; those for runs are in bridge_run.cpp, for manifests in bridge_manifest.cpp. A
// function that can fail returns 0 (or -1 where 0 is a value) and leaves a sentence for texflow_lastError(). Texts that
// functions return stay valid until the next call.
#include "bridge.h"

#include <emscripten.h>

#include "json_text.h"

// The canvas is not part of the page: it is handed to the module and found under this name.
EM_JS(void, texflowRegisterCanvas, (), { specialHTMLTargets["#texflow"] = Module["canvas"]; });

namespace texflow {
namespace {

std::string lastError;
std::string returnedText;

std::string endpointJson(const Endpoint& endpoint, const Graph& graph) {
  const std::string& node = graph.nodes[static_cast<std::size_t>(endpoint.port.node)].name;
  return "{\"key\":" + quoted(endpoint.name) +
         ",\"name\":" + quoted(endpoint.port.slot == 0 ? node : node + ":" + std::to_string(endpoint.port.slot)) +
         ",\"shape\":" + (endpoint.knownRank ? listText(endpoint.shape) : "null") +
         ",\"dtype\":" + quoted(dtypeName(endpoint.dtype)) + "}";
}

}  // namespace

std::unique_ptr<Context> context;

bool fail(const Status& status) {
  lastError = status.message();
  return false;
}

bool succeeded(const Status& status) { return status.ok() || fail(status); }

const char* returnText(std::string text) {
  returnedText = std::move(text);
  return returnedText.c_str();
}

}  // namespace texflow

using texflow::Model;

extern "C" {

EMSCRIPTEN_KEEPALIVE const char* texflow_lastError() { return texflow::lastError.c_str(); }

EMSCRIPTEN_KEEPALIVE int texflow_start(int stripes) {
  if (texflow::context) return 1;
  texflowRegisterCanvas();
  auto made = texflow::makeWebGlContext("#texflow", {.stripes = stripes});
  if (!made.ok()) return texflow::fail(made.status());
  texflow::context = std::move(*made);
  return 1;
}

/// `backend`: a value of texflow::Backend.
EMSCRIPTEN_KEEPALIVE Model* texflow_newModel(int backend, int tieredStart) {
  auto* model = new Model;
  // Pages prepare in a share of their frames; runs leave that to them.
  model->options = {static_cast<texflow::Backend>(backend), tieredStart != 0, 0};
  return model;
}

EMSCRIPTEN_KEEPALIVE void texflow_freeModel(Model* model) { delete model; }

EMSCRIPTEN_KEEPALIVE int texflow_parse(Model* model, const char* json, int length) {
  return texflow::succeeded(model->loader.parse({json, static_cast<std::size_t>(length)}));
}

EMSCRIPTEN_KEEPALIVE int texflow_begin(Model* model) {
  const auto groups = model->loader.begin();
  return groups.ok() || texflow::fail(groups.status());
}

EMSCRIPTEN_KEEPALIVE int texflow_feed(Model* model, const std::byte* bytes, int length) {
  return texflow::succeeded(model->loader.feed({bytes, static_cast<std::size_t>(length)}));
}

EMSCRIPTEN_KEEPALIVE int texflow_endGroup(Model* model, int group) {
  return texflow::succeeded(model->loader.endGroup(static_cast<std::size_t>(group)));
}

/// Between feeds: makes the session of a model of which only large weights are still to come, so that it can be prepared
/// meanwhile. 1 = it is there, 0 = not yet; finish makes it in any case. -1 = error.
EMSCRIPTEN_KEEPALIVE int texflow_openEarly(Model* model) {
  auto graph = model->loader.early();
  if (!graph) return 0;
  auto session = texflow::Session::create(std::move(*graph), texflow::context.get(), model->options);
  if (!session.ok()) {
    texflow::fail(session.status());
    return -1;
  }
  model->session = std::move(*session);
  return 1;
}

EMSCRIPTEN_KEEPALIVE int texflow_finish(Model* model) {
  auto graph = model->loader.finish();
  if (!graph.ok()) return texflow::fail(graph.status());
  if (!model->session) {
    auto session = texflow::Session::create(std::move(*graph), texflow::context.get(), model->options);
    if (!session.ok()) return texflow::fail(session.status());
    model->session = std::move(*session);
  }
  model->loader = texflow::ModelLoader();
  return 1;
}

EMSCRIPTEN_KEEPALIVE const char* texflow_signature(Model* model) {
  const texflow::Graph& graph = model->session->graph();
  texflow::JsonList inputs, outputs;
  for (const auto& endpoint : graph.inputs) inputs.add(texflow::endpointJson(endpoint, graph));
  for (const auto& endpoint : graph.outputs) outputs.add(texflow::endpointJson(endpoint, graph));
  return texflow::returnText("{\"inputs\":" + inputs.text() + ",\"outputs\":" + outputs.text() + "}");
}

EMSCRIPTEN_KEEPALIVE const char* texflow_report(Model* model) {
  return texflow::returnText(model->session->report().toJson());
}

/// The programs of everything that has been planned so far.
EMSCRIPTEN_KEEPALIVE const char* texflow_manifest(Model* model) {
  return texflow::returnText(model->session->manifest().toJson());
}

/// As Session::planAhead().
EMSCRIPTEN_KEEPALIVE int texflow_planAhead(Model* model, double budgetMs) { return model->session->planAhead(budgetMs); }

/// Sets the shape of an input in one of the sets that the next prepare is for; sets are numbered from 0.
EMSCRIPTEN_KEEPALIVE void texflow_prepareShape(Model* model, int set, const char* name, const std::int32_t* dims, int rank) {
  const auto index = static_cast<std::size_t>(set);
  if (model->shapes.size() <= index) model->shapes.resize(index + 1);
  model->shapes[index][name] = texflow::shapeOf(dims, rank);
}

/// Begins to prepare for the shapes that were set, which are forgotten then.
EMSCRIPTEN_KEEPALIVE int texflow_startPrepare(Model* model, int keepWeights) {
  texflow::PrepareOptions options;
  options.keepWeights = keepWeights != 0;
  options.moreShapes = std::move(model->shapes);
  options.onProgress = [model](const texflow::PrepareEvent& event) { model->events.push_back(event); };
  model->shapes.clear();
  model->events.clear();
  return texflow::succeeded(model->session->startPrepare(std::move(options)));
}

/// Goes on for about `budgetMs`: 1 done, 0 call again, -1 error, which ends the prepare.
EMSCRIPTEN_KEEPALIVE int texflow_pollPrepare(Model* model, double budgetMs) {
  const auto done = model->session->poll(budgetMs);
  if (done.ok()) return *done ? 1 : 0;
  texflow::fail(done.status());
  return -1;
}

/// Gives up a prepare and frees what it made.
EMSCRIPTEN_KEEPALIVE void texflow_cancelPrepare(Model* model) { model->session->cancelPrepare(); }

/// The events since the last call.
EMSCRIPTEN_KEEPALIVE const char* texflow_takeEvents(Model* model) {
  texflow::JsonList events;
  for (const texflow::PrepareEvent& event : model->events)
    events.add("{\"phase\":" + texflow::quoted(event.phase) + ",\"done\":" + std::to_string(event.done) +
               ",\"total\":" + std::to_string(event.total) + ",\"program\":" + texflow::quoted(event.program) +
               ",\"ms\":" + std::to_string(event.ms) + ",\"fraction\":" + std::to_string(event.fraction) + "}");
  model->events.clear();
  return texflow::returnText(events.text());
}

}  // extern "C"
