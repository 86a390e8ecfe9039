// Headless contexts through EGL's surfaceless platform.
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <cstdio>
#include <cstring>
#include <mutex>
#include <vector>

#include "gl/context.h"
#include "gl/gl.h"

namespace texflow {
namespace {

std::string eglErrorText() {
  char text[16];
  std::snprintf(text, sizeof text, "0x%04x", static_cast<unsigned>(eglGetError()));
  return text;
}

// One display for the process: Mesa hands out the same one for every request, and eglTerminate would end all contexts.
EGLDisplay surfacelessDisplay() {
  static std::mutex mutex;
  static EGLDisplay display = EGL_NO_DISPLAY;
  const std::lock_guard lock(mutex);
  if (display != EGL_NO_DISPLAY) return display;
  const auto getPlatformDisplay =
      reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(eglGetProcAddress("eglGetPlatformDisplayEXT"));
  EGLDisplay candidate = EGL_NO_DISPLAY;
  if (getPlatformDisplay) candidate = getPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  // Drivers other than Mesa name no surfaceless platform but take a context without surface on their own display.
  if (candidate == EGL_NO_DISPLAY || !eglInitialize(candidate, nullptr, nullptr)) {
    candidate = eglGetDisplay(EGL_DEFAULT_DISPLAY);
    if (candidate == EGL_NO_DISPLAY || !eglInitialize(candidate, nullptr, nullptr)) return EGL_NO_DISPLAY;
  }
  display = candidate;
  return display;
}

class EglContext final : public Context {
 public:
  EglContext(EGLDisplay display, EGLContext context) : display_(display), context_(context) {}
  ~EglContext() override {
    dropShared(EglContext::makeCurrent().ok());
    if (eglGetCurrentContext() == context_) eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(display_, context_);
  }

  Status makeCurrent() override {
    if (eglGetCurrentContext() != context_ && !eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) {
      return Status::unsupported("EGL cannot make its context current without a surface (error " + eglErrorText() + ").");
    }
    if (resetStatus_ && resetStatus_() != GL_NO_ERROR)
      return Status::unsupported(
          "The OpenGL context is lost, because the GPU was reset; load the model again in a new one.");
    return {};
  }

  Status start(GlApi api, const ContextOptions& options) {
    TEXFLOW_TRY(makeCurrent());
    const bool es = api == GlApi::kGles3;
    const auto load = reinterpret_cast<GLADloadfunc>(eglGetProcAddress);
    if (!(es ? gladLoadGLES2(load) : gladLoadGL(load))) {
      return Status::unsupported("The OpenGL functions of the EGL context cannot be loaded.");
    }
    if (GLAD_GL_KHR_robustness) resetStatus_ = es ? glGetGraphicsResetStatusKHR : glGetGraphicsResetStatus;
    if (!resetStatus_ && GLAD_GL_EXT_robustness) resetStatus_ = glGetGraphicsResetStatusEXT;
    return initialize(options, es, false);
  }

 private:
  EGLDisplay display_;
  EGLContext context_;
  PFNGLGETGRAPHICSRESETSTATUSPROC resetStatus_ = nullptr;  ///< Where the driver tells of resets.
};

}  // namespace

Result<std::unique_ptr<Context>> makeEglContext(GlApi api, const ContextOptions& options) {
  const EGLDisplay display = surfacelessDisplay();
  if (display == EGL_NO_DISPLAY) {
    return Status::unsupported("EGL offers no display without a window system (error " + eglErrorText() + ").");
  }
  const bool es = api == GlApi::kGles3;
  const char* const apiName = es ? "OpenGL ES 3.0" : "OpenGL 3.3 core";
  if (!eglBindAPI(es ? EGL_OPENGL_ES_API : EGL_OPENGL_API)) {
    return Status::unsupported(std::string("EGL does not offer ") + apiName + " (error " + eglErrorText() + ").");
  }
  const EGLint configAttributes[] = {EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_RENDERABLE_TYPE,
                                     es ? EGL_OPENGL_ES3_BIT : EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = EGL_NO_CONFIG_KHR;
  EGLint count = 0;
  if (!eglChooseConfig(display, configAttributes, &config, 1, &count) || count == 0) config = EGL_NO_CONFIG_KHR;
  std::vector<EGLint> attributes = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, es ? 0 : 3};
  if (!es) attributes.insert(attributes.end(), {EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT});
  // The extension's attribute is for OpenGL ES alone.
  const char* extensions = eglQueryString(display, EGL_EXTENSIONS);
  if (es && extensions && std::strstr(extensions, "EGL_EXT_create_context_robustness"))
    attributes.insert(attributes.end(), {EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT, EGL_LOSE_CONTEXT_ON_RESET_EXT});
  attributes.push_back(EGL_NONE);
  const EGLContext handle = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes.data());
  if (handle == EGL_NO_CONTEXT) {
    return Status::unsupported(std::string("EGL cannot make an ") + apiName + " context (error " + eglErrorText() + ").");
  }
  auto context = std::make_unique<EglContext>(display, handle);
  TEXFLOW_TRY(context->start(api, options));
  return std::unique_ptr<Context>(std::move(context));
}

}  // namespace texflow
