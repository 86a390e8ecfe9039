#include "gl/gl_counters.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include "gl/gl.h"

namespace texflow {
namespace {

struct State {
  std::map<std::string, int> creations, deletions, queries, uploads, draws;
  std::vector<std::function<void()>> restore;
};

State& state() {
  static State state;
  return state;
}

thread_local int allocationCount = 0;
thread_local bool countAllocations = true;
thread_local std::int64_t heldBytes = 0, mostBytes = 0;

void count(std::map<std::string, int>& calls, const char* name) {
  countAllocations = false;  // The counters' own.
  ++calls[name];
  countAllocations = true;
}

// One counting function per wrapped pointer: the tag makes the instance.
template <class Tag, class Function>
struct Wrap;
template <class Tag, class Return, class... Args>
struct Wrap<Tag, Return (*)(Args...)> {
  static inline Return (*original)(Args...) = nullptr;
  static Return call(Args... args) {
    count(Tag::calls(), Tag::name());
    return original(args...);
  }
};

template <class Tag, class Function>
void install(Function& pointer) {
  using Wrapper = Wrap<Tag, Function>;
  if (!pointer) return;
  Wrapper::original = pointer;
  pointer = &Wrapper::call;
  state().restore.push_back([&pointer] { pointer = Wrapper::original; });
}

// `f` as in glGenTextures; `kind` is the map that counts it.
#define TEXFLOW_COUNT(kind, f)                                            \
  {                                                                       \
    struct Tag {                                                          \
      static const char* name() { return #f; }                            \
      static std::map<std::string, int>& calls() { return state().kind; } \
    };                                                                    \
    install<Tag>(glad_##f);                                               \
  }

void wrapCreations() {
  TEXFLOW_COUNT(creations, glGenTextures)
  TEXFLOW_COUNT(creations, glGenBuffers)
  TEXFLOW_COUNT(creations, glGenFramebuffers)
  TEXFLOW_COUNT(creations, glGenRenderbuffers)
  TEXFLOW_COUNT(creations, glGenVertexArrays)
  TEXFLOW_COUNT(creations, glGenSamplers)
  TEXFLOW_COUNT(creations, glGenQueries)
  TEXFLOW_COUNT(creations, glCreateShader)
  TEXFLOW_COUNT(creations, glCreateProgram)
  TEXFLOW_COUNT(creations, glCompileShader)
  TEXFLOW_COUNT(creations, glLinkProgram)
  TEXFLOW_COUNT(creations, glFenceSync)
  TEXFLOW_COUNT(creations, glTexImage2D)
  TEXFLOW_COUNT(creations, glTexImage3D)
  TEXFLOW_COUNT(creations, glBufferData)
}

void wrapDeletions() {
  TEXFLOW_COUNT(deletions, glDeleteTextures)
  TEXFLOW_COUNT(deletions, glDeleteBuffers)
  TEXFLOW_COUNT(deletions, glDeleteFramebuffers)
  TEXFLOW_COUNT(deletions, glDeleteVertexArrays)
  TEXFLOW_COUNT(deletions, glDeleteShader)
  TEXFLOW_COUNT(deletions, glDeleteProgram)
  TEXFLOW_COUNT(deletions, glDeleteSync)
}

void wrapQueries() {
  TEXFLOW_COUNT(queries, glGetError)
  TEXFLOW_COUNT(queries, glGetString)
  TEXFLOW_COUNT(queries, glGetStringi)
  TEXFLOW_COUNT(queries, glGetIntegerv)
  TEXFLOW_COUNT(queries, glGetIntegeri_v)
  TEXFLOW_COUNT(queries, glGetInteger64v)
  TEXFLOW_COUNT(queries, glGetInteger64i_v)
  TEXFLOW_COUNT(queries, glGetFloatv)
  TEXFLOW_COUNT(queries, glGetBooleanv)
  TEXFLOW_COUNT(queries, glIsEnabled)
  TEXFLOW_COUNT(queries, glGetShaderiv)
  TEXFLOW_COUNT(queries, glGetShaderInfoLog)
  TEXFLOW_COUNT(queries, glGetProgramiv)
  TEXFLOW_COUNT(queries, glGetProgramInfoLog)
  TEXFLOW_COUNT(queries, glGetUniformLocation)
  TEXFLOW_COUNT(queries, glGetUniformBlockIndex)
  TEXFLOW_COUNT(queries, glGetAttribLocation)
  TEXFLOW_COUNT(queries, glCheckFramebufferStatus)
  TEXFLOW_COUNT(queries, glGetSynciv)
  TEXFLOW_COUNT(queries, glClientWaitSync)
}

void* allocate(std::size_t bytes) {
  if (countAllocations) ++allocationCount;
  void* memory = std::malloc(bytes ? bytes : 1);
  heldBytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  mostBytes = std::max(mostBytes, heldBytes);
  return memory;
}

void release(void* memory) {
  heldBytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

GlCounters::GlCounters() {
  reset();
  wrapCreations();
  wrapDeletions();
  wrapQueries();
  TEXFLOW_COUNT(uploads, glTexSubImage2D)
  TEXFLOW_COUNT(uploads, glTexSubImage3D)
  TEXFLOW_COUNT(draws, glDrawArrays)
}

GlCounters::~GlCounters() {
  for (const auto& restore : state().restore) restore();
  state().restore.clear();
}

void GlCounters::reset() {
  State& counts = state();
  counts.creations = counts.deletions = counts.queries = counts.uploads = counts.draws = {};
}
const std::map<std::string, int>& GlCounters::creations() const { return state().creations; }
const std::map<std::string, int>& GlCounters::queries() const { return state().queries; }
int GlCounters::count(const std::string& call) const {
  int times = 0;
  for (const auto* calls : {&state().creations, &state().deletions, &state().queries, &state().uploads, &state().draws})
    if (const auto found = calls->find(call); found != calls->end()) times += found->second;
  return times;
}
int GlCounters::live() const {
  int live = 0;
  for (const char* kind : {"Textures", "Buffers", "Framebuffers", "VertexArrays"})
    live += count(std::string("glGen") + kind) - count(std::string("glDelete") + kind);
  for (const char* kind : {"Shader", "Program"})
    live += count(std::string("glCreate") + kind) - count(std::string("glDelete") + kind);
  return live + count("glFenceSync") - count("glDeleteSync");
}
int GlCounters::draws() const {
  const auto found = state().draws.find("glDrawArrays");
  return found == state().draws.end() ? 0 : found->second;
}

std::string text(const std::map<std::string, int>& calls) {
  std::string list;
  for (const auto& [name, times] : calls) list += (list.empty() ? "" : ", ") + name + " " + std::to_string(times);
  return list;
}

void resetAllocations() {
  allocationCount = 0;
  heldBytes = mostBytes = 0;
}
std::int64_t peakBytes() { return mostBytes; }
int allocations() { return allocationCount; }

}  // namespace texflow

void* operator new(std::size_t bytes) {
  void* memory = texflow::allocate(bytes);
  if (!memory) std::abort();
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* memory) noexcept { texflow::release(memory); }
void operator delete[](void* memory) noexcept { texflow::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { texflow::release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { texflow::release(memory); }
