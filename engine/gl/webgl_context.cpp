// WebGL 2 through Emscripten's html5 API.
#include <emscripten/html5.h>

#include "gl/context.h"
#include "gl/gl.h"

namespace texflow {
namespace {

class WebGlContext final : public Context {
 public:
  explicit WebGlContext(EMSCRIPTEN_WEBGL_CONTEXT_HANDLE handle) : handle_(handle) {}
  ~WebGlContext() override {
    dropShared(WebGlContext::makeCurrent().ok());
    emscripten_webgl_destroy_context(handle_);
  }

  Status makeCurrent() override {
    if (emscripten_is_webgl_context_lost(handle_))
      return Status::unsupported("The WebGL context is lost; load the model again.");
    if (emscripten_webgl_make_context_current(handle_) != EMSCRIPTEN_RESULT_SUCCESS) {
      return Status::unsupported("The WebGL context cannot be made current.");
    }
    return {};
  }

  Status start(const ContextOptions& options) {
    TEXFLOW_TRY(makeCurrent());
    // WebGL lists an extension that is not enabled but does not let programs use it.
    for (const char* name : {"EXT_color_buffer_float", "EXT_color_buffer_half_float", "KHR_parallel_shader_compile",
                             "WEBGL_debug_renderer_info"}) {
      emscripten_webgl_enable_extension(handle_, name);
    }
    return initialize(options, true, true);
  }

 private:
  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE handle_;
};

}  // namespace

Result<std::unique_ptr<Context>> makeWebGlContext(const std::string& canvasSelector, const ContextOptions& options) {
  EmscriptenWebGLContextAttributes attributes;
  emscripten_webgl_init_context_attributes(&attributes);
  attributes.majorVersion = 2;
  attributes.minorVersion = 0;
  attributes.alpha = attributes.depth = attributes.stencil = attributes.antialias = false;
  attributes.powerPreference = EM_WEBGL_POWER_PREFERENCE_HIGH_PERFORMANCE;
  const EMSCRIPTEN_WEBGL_CONTEXT_HANDLE handle = emscripten_webgl_create_context(canvasSelector.c_str(), &attributes);
  if (handle <= 0) {
    return Status::unsupported("The canvas '" + canvasSelector + "' gives no WebGL 2 context (result " +
                               std::to_string(handle) + ").");
  }
  auto context = std::make_unique<WebGlContext>(handle);
  TEXFLOW_TRY(context->start(options));
  return std::unique_ptr<Context>(std::move(context));
}

}  // namespace texflow
