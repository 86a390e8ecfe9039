// GL contexts: one class per window system behind one interface, and what the driver said about itself.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "texflow/status.h"

namespace texflow {

/// Everything asked of the driver, read once when the context is made. Tests may change a copy to emulate a poor device.
struct Caps {
  std::string vendor, renderer, version;
  bool es = false;  ///< GLSL ES 3.00 sources, else GLSL 3.30.
  bool webgl = false;
  int maxTextureSize = 0, maxArrayLayers = 0, maxDrawBuffers = 0, maxTextureUnits = 0;
  int maxUniformBlockBytes = 0, uniformOffsetAlignment = 256;
  bool float32Targets = false, float16Targets = false;
  bool parallelCompile = false;  ///< KHR_parallel_shader_compile
  bool programBinaries = false;  ///< The driver gives and takes linked programs.
  bool software = false;         ///< The device is the processor itself (llvmpipe, SwiftShader, ..).
  /// Side of the squares of texels that the device hands out to its threads, where a small draw has too few of them to go
  /// round (llvmpipe: 64); 0: not known, or finer.
  int rasterTile = 0;
  /// Workaround: the compiler leaves loops rolled and the arrays that they index in memory; its fetches ask for the level.
  bool keepsLoops = false;
  /// Fetching a texel is less to compile than reading a float of a uniform block, so that programs take their parameters out
  /// of a texture.
  bool paramLines = false;
  /// SwiftShader: a thread of its own generates code, so that uploads need not wait for first draws; it takes long for long
  /// programs, so that plans pick their stripes; and its products are a tenth as fast as the host's.
  bool swiftShader = false;
};

/// What tensor textures hold. kHost: no textures, host kernels compute everything.
enum class Storage { kFloat32, kFloat16, kHost };

/// Options of every context. The device's own limits hold where an option asks for more.
struct ContextOptions {
  int stripes = 0;                      ///< 1, 2, 4 or 8 draw buffers per draw; 0 = picked from caps and renderer family.
  Storage storage = Storage::kFloat32;  ///< The best storage to use; less where the device cannot render to it.
  int maxTextureSize = 0;               ///< Emulates a poorer device; 0 = the driver's limit.
  int maxDrawBuffers = 0;               ///< "
  int maxUniformBlockBytes = 0;         ///< "
  bool keepsLoops = false;              ///< Emulates a compiler that does, without paramLines: see Caps.
  /// Contexts of others only: save and restore the GL state that a call touches (about 100 queries a call). Without it the
  /// caller sets its state again after every call.
  bool restoreState = true;
  /// Folder of linked programs that later processes take instead of compiling; made where it is missing. Off unless asked
  /// for: a library does not write to its user's files by itself. See texflow/cache.h; nothing happens in browsers.
  std::string cacheFolder;
  std::int64_t cacheBytes = std::int64_t{64} << 20;  ///< What was not used for longest goes beyond it.
};

/// A GL context and its caps. Make it current in the thread that uses it. Sessions share its programs, which live as long as
/// it does; a context that belongs to an application must be current when sessions and this are destroyed, or what they made
/// in it stays until it goes. When a context is lost or destroyed, calls of its sessions return an error: load the model
/// again in a new one.
class Context {
 public:
  virtual ~Context() = default;
  /// Makes the context current in the calling thread.
  virtual Status makeCurrent() = 0;
  const Caps& caps() const { return caps_; }
  /// P: layers of every tensor texture (see docs/decisions/0001-texture-layout.md), or, where plans pick them, the most.
  int stripes() const { return stripes_; }
  /// Whether each session has as many stripes as suit the work of its first plan.
  bool picksStripes() const { return picksStripes_; }
  /// GL internal format of tensor textures: GL_RGBA32F, GL_RGBA16F, or 0 when neither can be rendered to.
  unsigned storageFormat() const { return storageFormat_; }
  Storage storage() const;
  const std::string& cacheFolder() const { return cacheFolder_; }
  std::int64_t cacheBytes() const { return cacheBytes_; }
  /// Whether calls leave the GL state as they found it.
  bool restoresState() const { return restoresState_; }
  /// What all sessions of the context share (its programs): made by the first that needs it, gone with the context.
  std::shared_ptr<void>& shared() { return shared_; }
  /// Expires with the context.
  std::weak_ptr<const void> life() const { return life_; }

 protected:
  /// Frees shared(); subclasses call it first in their destructor and say whether the context could be made current.
  void dropShared(bool current);
  /// Reads caps and picks stripes and storage with the context current; subclasses call it last in their factory.
  Status initialize(const ContextOptions& options, bool es, bool webgl);
  bool restoresState_ = false;

 private:
  Caps caps_;
  int stripes_ = 1;
  bool picksStripes_ = false;
  unsigned storageFormat_ = 0;
  std::shared_ptr<void> shared_;
  std::shared_ptr<const void> life_ = std::make_shared<char>();
  std::string cacheFolder_;
  std::int64_t cacheBytes_ = 0;
};

enum class GlApi { kGles3, kGl33 };

/// Headless EGL (surfaceless platform). Not in browser builds.
Result<std::unique_ptr<Context>> makeEglContext(GlApi api, const ContextOptions& options = {});
/// Wraps whatever context is current (GLFW window, game, camera app); `es` says which GLSL it takes.
Result<std::unique_ptr<Context>> wrapCurrentContext(bool es, const ContextOptions& options = {});
/// Browser builds: WebGL 2 on the canvas with that CSS selector.
Result<std::unique_ptr<Context>> makeWebGlContext(const std::string& canvasSelector, const ContextOptions& options = {});

}  // namespace texflow
