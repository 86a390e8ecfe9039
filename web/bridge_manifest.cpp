// The C functions for manifests: programs that are compiled before their model is there.
#include <emscripten.h>

#include "bridge.h"
#include "texflow/loader.h"

using texflow::Precompile;

extern "C" {

/// Begins to compile the programs of a manifest; 0 = it is no manifest.
EMSCRIPTEN_KEEPALIVE Precompile* texflow_startManifest(const char* text, int length) {
  const auto manifest = texflow::parseManifest({text, static_cast<std::size_t>(length)});
  if (!texflow::succeeded(manifest.status()) || !texflow::succeeded(texflow::context->makeCurrent())) return nullptr;
  return new Precompile(*texflow::context, *manifest);
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
