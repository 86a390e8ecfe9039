// A context that somebody else made and keeps current: GLFW window, game, camera app.
#include <EGL/egl.h>
#include <dlfcn.h>

#include "gl/context.h"
#include "gl/gl.h"

namespace texflow {
namespace {

using GlxGetProcAddress = GLADapiproc (*)(const unsigned char*);

// Set for the duration of a load; GLX is looked up in the running process so that nothing here links to libGL.
GlxGetProcAddress glxGetProcAddress = nullptr;

GLADapiproc loadFromGlx(const char* name) { return glxGetProcAddress(reinterpret_cast<const unsigned char*>(name)); }

GLADapiproc loadFromProcess(const char* name) { return reinterpret_cast<GLADapiproc>(dlsym(RTLD_DEFAULT, name)); }

GLADloadfunc currentLoader() {
  if (eglGetCurrentContext() != EGL_NO_CONTEXT) return reinterpret_cast<GLADloadfunc>(eglGetProcAddress);
  void* address = dlsym(RTLD_DEFAULT, "glXGetProcAddress");
  // GLFW opens libGL privately; its symbols are then not in the default scope.
  for (const char* library : {"libGLX.so.0", "libGL.so.1"}) {
    if (address) break;
    if (void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD)) {
      address = dlsym(handle, "glXGetProcAddress");
      dlclose(handle);  // The process keeps its own reference.
    }
  }
  if (!address) return loadFromProcess;
  glxGetProcAddress = reinterpret_cast<GlxGetProcAddress>(address);
  return loadFromGlx;
}

/// What this thread has current, as EGL or GLX name it; null where neither does.
void* currentHandle() {
  if (const EGLContext context = eglGetCurrentContext(); context != EGL_NO_CONTEXT) return context;
  const GLADapiproc get = glxGetProcAddress ? loadFromGlx("glXGetCurrentContext") : nullptr;
  return get ? reinterpret_cast<void* (*)()>(get)() : nullptr;
}

class CurrentContext final : public Context {
 public:
  ~CurrentContext() override { dropShared(CurrentContext::makeCurrent().ok()); }
  /// The owner of the context makes it current.
  Status makeCurrent() override {
    if (currentHandle() == handle_) return {};
    return Status::invalid(
        "The OpenGL context that the model was loaded in is not current in this thread; make it current, or where it is "
        "gone "
        "load the model again in a new one.");
  }

  Status start(bool es, const ContextOptions& options) {
    const GLADloadfunc load = currentLoader();
    if (!(es ? gladLoadGLES2(load) : gladLoadGL(load))) {
      return Status::unsupported(std::string("No ") + (es ? "OpenGL ES" : "OpenGL") +
                                 " context is current in this thread, or its functions cannot be loaded.");
    }
    handle_ = currentHandle();
    restoresState_ = options.restoreState;
    return initialize(options, es, false);
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Context>> wrapCurrentContext(bool es, const ContextOptions& options) {
  auto context = std::make_unique<CurrentContext>();
  TEXFLOW_TRY(context->start(es, options));
  return std::unique_ptr<Context>(std::move(context));
}

}  // namespace texflow
