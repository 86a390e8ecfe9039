#include "gl/context.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "gl/forget.h"
#include "gl/framebuffer.h"
#include "gl/gl.h"
#include "gl/texture.h"

namespace texflow {
namespace {

std::string driverString(GLenum name) {
  const GLubyte* text = glGetString(name);
  return text ? reinterpret_cast<const char*>(text) : "";
}

int driverInt(GLenum name) {
  GLint value = 0;
  glGetIntegerv(name, &value);
  return value;
}

// Browsers drop the "GL_" prefix in some versions.
bool hasExtension(std::string_view wanted) {
  const int count = driverInt(GL_NUM_EXTENSIONS);
  for (int i = 0; i < count; ++i) {
    const GLubyte* text = glGetStringi(GL_EXTENSIONS, static_cast<GLuint>(i));
    if (!text) continue;
    std::string_view name = reinterpret_cast<const char*>(text);
    if (name.starts_with("GL_")) name.remove_prefix(3);
    if (name == wanted) return true;
  }
  return false;
}

// Whether a framebuffer with `layers` layers of `format` is complete.
bool canRender(unsigned format, int layers) {
  const TextureArray texture(format, 4, 4, layers);
  const Framebuffer framebuffer(texture);
  const bool complete = framebuffer.complete();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
  return complete;
}

// Tile-based GPUs hold every draw buffer of a pixel in tile memory; more than one RGBA32F spills or is refused.
bool isTileBased(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array<std::string_view, 5> kFamilies = {"mali", "adreno", "powervr", "apple", "videocore"};
  return std::any_of(kFamilies.begin(), kFamilies.end(),
                     [&](std::string_view family) { return text.find(family) != std::string::npos; });
}

void clearErrors() {
  // A lost context reports errors for ever: bounded.
  for (int i = 0; i < 16 && glGetError() != GL_NO_ERROR; ++i) {
  }
}

// A limit of the driver, or the lower one that was asked for.
int lowered(int limit, int asked) { return asked > 0 ? std::min(limit, asked) : limit; }

}  // namespace

Storage Context::storage() const {
  return storageFormat_ == GL_RGBA32F   ? Storage::kFloat32
         : storageFormat_ == GL_RGBA16F ? Storage::kFloat16
                                        : Storage::kHost;
}

void Context::dropShared(bool current) {
  std::optional<ForgetObjects> forget;
  if (!current) forget.emplace();
  shared_.reset();
}

Status Context::initialize(const ContextOptions& options, bool es, bool webgl) {
  const int asked = options.stripes;
  if (asked != 0 && asked != 1 && asked != 2 && asked != 4 && asked != 8) {
    return Status::invalid("The option stripes is " + std::to_string(asked) + "; it must be 0, 1, 2, 4 or 8.");
  }
  cacheFolder_ = options.cacheFolder;
  cacheBytes_ = options.cacheBytes;
  caps_.es = es;
  caps_.webgl = webgl;
  caps_.vendor = driverString(GL_VENDOR);
  caps_.renderer = driverString(GL_RENDERER);
  if (webgl) {
    // What browsers put there names themselves; the GPU is behind WEBGL_debug_renderer_info.
    constexpr GLenum kUnmaskedVendor = 0x9245, kUnmaskedRenderer = 0x9246;
    const std::string vendor = driverString(kUnmaskedVendor), renderer = driverString(kUnmaskedRenderer);
    if (!vendor.empty()) caps_.vendor = vendor;
    if (!renderer.empty()) caps_.renderer = renderer;
  }
  caps_.version = driverString(GL_VERSION);
  caps_.maxTextureSize = lowered(driverInt(GL_MAX_TEXTURE_SIZE), options.maxTextureSize);
  caps_.maxArrayLayers = driverInt(GL_MAX_ARRAY_TEXTURE_LAYERS);
  caps_.maxDrawBuffers =
      lowered(std::min(driverInt(GL_MAX_DRAW_BUFFERS), driverInt(GL_MAX_COLOR_ATTACHMENTS)), options.maxDrawBuffers);
  caps_.maxTextureUnits = driverInt(GL_MAX_TEXTURE_IMAGE_UNITS);
  caps_.maxUniformBlockBytes = lowered(driverInt(GL_MAX_UNIFORM_BLOCK_SIZE), options.maxUniformBlockBytes);
  caps_.uniformOffsetAlignment = std::max(driverInt(GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT), 4);
  caps_.parallelCompile = hasExtension("KHR_parallel_shader_compile");
  if (!webgl && (es || hasExtension("ARB_get_program_binary"))) {
    caps_.programBinaries = driverInt(GL_NUM_PROGRAM_BINARY_FORMATS) > 0;
  }
  for (const char* name : {"llvmpipe", "softpipe", "SwiftShader", "Basic Render"})
    caps_.software = caps_.software || caps_.renderer.find(name) != std::string::npos;
  const bool llvmpipe = caps_.renderer.find("llvmpipe") != std::string::npos;
  if (llvmpipe) caps_.rasterTile = 64;
  caps_.paramLines = llvmpipe && !options.keepsLoops;
  caps_.swiftShader = caps_.renderer.find("SwiftShader") != std::string::npos;
  caps_.keepsLoops = caps_.swiftShader || options.keepsLoops;
  if (caps_.version.empty() || caps_.maxTextureSize < 64) {
    return Status::unsupported("No OpenGL context is current in this thread, or the context is lost.");
  }

  // Emulated drivers accept formats they cannot draw to, so completeness decides and the extension only admits.
  const bool desktop = !es;
  const bool float32 = desktop || hasExtension("EXT_color_buffer_float");
  const bool float16 = float32 || hasExtension("EXT_color_buffer_half_float");
  caps_.float32Targets = float32 && canRender(GL_RGBA32F, 1);
  caps_.float16Targets = float16 && canRender(GL_RGBA16F, 1);
  if (caps_.float32Targets && options.storage == Storage::kFloat32) storageFormat_ = GL_RGBA32F;
  else storageFormat_ = caps_.float16Targets && options.storage != Storage::kHost ? GL_RGBA16F : 0;

  stripes_ = 1;
  if (storageFormat_ != 0) {
    // SwiftShader's programs of eight stripes take 1.6 times as long to compile and are no faster in whole models; of four,
    // they are too long in most.
    const int usual = isTileBased(caps_.vendor + " " + caps_.renderer) ? 1 : caps_.swiftShader ? 4 : 8;
    const int wanted = asked ? asked : usual;
    for (int stripes = wanted; stripes > 1; stripes /= 2) {
      if (stripes <= caps_.maxDrawBuffers && canRender(storageFormat_, stripes)) {
        stripes_ = stripes;
        break;
      }
    }
  }
  // Natively on llvmpipe all models together would have twice as many programs.
  picksStripes_ = asked == 0 && (caps_.swiftShader || (webgl && llvmpipe));
  clearErrors();
  if (asked > stripes_) {
    return Status::unsupported("The option stripes is " + std::to_string(asked) + ", but '" + caps_.renderer +
                               "' draws to at most " + std::to_string(stripes_) + " layers at once.");
  }
  return {};
}

}  // namespace texflow
