// The C functions for manifests: programs that are compiled before their model is there.
#include <emscripten.h>

#include <nlohmann/json.hpp>

#include "bridge.h"
#include "texflow/manifest.h"

namespace texflow {
namespace {

// A manifest may be stale or hostile: what does not look like a program is left out.
bool readProgram(const nlohmann::json& json, Manifest::Program& program) {
  const auto isCount = [&](const char* key) {
    return json.contains(key) && json[key].is_number_unsigned() && json[key] < 256;
  };
  if (!json.is_object() || !json.contains("kernel") || !json["kernel"].is_string() || !isCount("inputs") ||
      !isCount("vectors") || !json.contains("weights") || !json["weights"].is_boolean() || !json.contains("defines") ||
      !json["defines"].is_array())
    return false;
  program.kernel = json["kernel"].get<std::string>();
  program.inputs = json["inputs"].get<int>();
  program.vectors = json["vectors"].get<int>();
  program.weights = json["weights"].get<bool>();
  for (const nlohmann::json& define : json["defines"]) {
    if (!define.is_array() || define.size() != 2 || !define[0].is_string() || !define[1].is_string()) return false;
    program.defines.emplace_back(define[0].get<std::string>(), define[1].get<std::string>());
  }
  return true;
}

}  // namespace
}  // namespace texflow

using texflow::Precompile;

extern "C" {

/// Begins to compile the programs of a manifest; 0 = it is no manifest.
EMSCRIPTEN_KEEPALIVE Precompile* texflow_startManifest(const char* text, int length) {
  const auto json = nlohmann::json::parse(text, text + length, nullptr, false);
  if (!json.is_object() || !json.contains("programs") || !json["programs"].is_array()) {
    texflow::fail(texflow::Status::invalid("The manifest has no list of programs."));
    return nullptr;
  }
  texflow::Manifest manifest;
  for (const nlohmann::json& entry : json["programs"]) {
    texflow::Manifest::Program program;
    if (texflow::readProgram(entry, program)) manifest.programs.push_back(std::move(program));
  }
  if (!texflow::succeeded(texflow::context->makeCurrent())) return nullptr;
  return new Precompile(*texflow::context, manifest);
}

/// Goes on for about `budgetMs`: 1 done, 0 call again, -1 error.
EMSCRIPTEN_KEEPALIVE int texflow_pollManifest(Precompile* precompile, double budgetMs) {
  texflow::Status status = texflow::context->makeCurrent();
  if (status.ok()) {
    const auto done = precompile->poll(budgetMs);
    if (done.ok()) return *done ? 1 : 0;
    status = done.status();
  }
  texflow::fail(status);
  return -1;
}

/// Programs of the manifest that are compiled.
EMSCRIPTEN_KEEPALIVE int texflow_manifestAccepted(Precompile* precompile) { return precompile->accepted(); }

EMSCRIPTEN_KEEPALIVE void texflow_freeManifest(Precompile* precompile) { delete precompile; }

}  // extern "C"
