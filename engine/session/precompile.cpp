// Precompile: the programs of a manifest, each issued, linked, finished and drawn with once.
#include <limits>
#include <optional>

#include "gl/buffer.h"
#include "gl/fence.h"
#include "gl/forget.h"
#include "gl/framebuffer.h"
#include "gl/gl.h"
#include "gl/state_guard.h"
#include "gl/texture.h"
#include "gl/vertex_array.h"
#include "plan/pick_stripes.h"
#include "plan/texture_layout.h"
#include "programs/program_cache.h"
#include "session/clock.h"
#include "session/session_programs.h"
#include "texflow/context.h"
#include "texflow/manifest.h"

namespace texflow {
namespace {

// No model of the tests needs half as many.
constexpr std::size_t kMostPrograms = 64;

}  // namespace

struct Precompile::Impl {
  enum class Phase { kCompile, kLink, kFinish, kFirstDraw, kDone };

  Impl(Context& made, const Manifest& manifest) : context(made), life(made.life()), stripes(made.stripes()) {
    if (!made.picksStripes()) return;
    stripes = pickStripes(static_cast<double>(manifest.work), stripes);
  }
  /// One piece of work; false when the driver is not done with something.
  Result<bool> step(bool wait);
  bool drawNext(bool wait);

  Context& context;
  std::weak_ptr<const void> life;
  int stripes;
  std::vector<ProgramKey> keys;
  std::vector<ProgramRef> programs;
  int refused = 0;
  Phase phase = Phase::kCompile;
  std::size_t done = 0;

  // What stands for the tensors of a model in first draws: the formats are all that drivers look at.
  struct Stage {
    TextureArray target, input;
    Texture2D weights;
    Framebuffer framebuffer;
    VertexArray vertices;
    UniformBuffer params;
  };
  std::unique_ptr<Stage> stage;
  Fence fence;
  Clock drawn;
};

Precompile::Precompile(Context& context, const Manifest& manifest) : impl_(std::make_unique<Impl>(context, manifest)) {
  for (const Manifest::Program& program : manifest.programs) {
    if (impl_->keys.size() >= kMostPrograms || context.storage() == Storage::kHost || !checkProgram(program).ok()) {
      ++impl_->refused;
      continue;
    }
    impl_->keys.push_back(SessionPrograms::keyOf({program.kernel, program.defines}, program.inputs, program.vectors,
                                                 program.weights, impl_->stripes, context));
  }
}

Precompile::~Precompile() {
  std::optional<ForgetObjects> forget;
  if (impl_->life.expired() || !impl_->context.makeCurrent().ok()) forget.emplace();
  impl_.reset();
}

int Precompile::accepted() const { return static_cast<int>(impl_->keys.size()); }
int Precompile::refused() const { return impl_->refused; }

bool Precompile::Impl::drawNext(bool wait) {
  if (!stage) {
    constexpr int kExtent = textureExtent(4);
    const std::vector<float> ones(256 * 4, 1.0F);  // Zeros would divide by zero.
    TextureArray target(context.storageFormat(), kExtent, kExtent, stripes);
    Framebuffer framebuffer(target);
    stage.reset(new Stage{std::move(target), TextureArray(context.storageFormat(), kExtent, kExtent, stripes),
                          Texture2D(GL_RGBA32F, kExtent, kExtent), std::move(framebuffer), VertexArray(),
                          UniformBuffer(ones.data(), ones.size() * sizeof(float))});
  }
  CachedProgram& program = *programs[done];
  if (program.drawn || !program.status.ok()) return ++done, true;
  if (!fence) {
    drawn = Clock();
    applyEngineState(kEngineUnits);
    stage->vertices.bind();
    program.program.use();
    stage->framebuffer.bind();
    Framebuffer::setArea(1, 1);
    stage->params.bindRange(0, static_cast<std::size_t>(program.key.params) * 16);
    for (int i = 0; i < program.key.inputs; ++i) stage->input.bind(i);
    if (program.key.hasWeights) stage->weights.bind(program.key.inputs);
    if (program.key.readsParamLines) stage->weights.bind(kParamsUnit);
    VertexArray::draw();
    fence = Fence::issue();
    if (!wait) return true;
  }
  float pixel[4];
  if (wait) stage->framebuffer.read(0, 1, 1, pixel);
  else if (!fence.reached()) return false;
  fence = Fence();
  program.drawn = true;
  program.ms += drawn.lap();
  ++done;
  return true;
}

Result<bool> Precompile::Impl::step(bool wait) {
  ProgramCache& cache = programsOf(context);
  if (done == keys.size()) {
    done = 0;
    phase = static_cast<Phase>(static_cast<int>(phase) + 1);
    if (phase == Phase::kDone) stage.reset();
    return true;
  }
  switch (phase) {
    case Phase::kCompile: {
      TEXFLOW_ASSIGN(ProgramRef program, cache.issue(keys[done]));
      programs.push_back(std::move(program));
      break;
    }
    case Phase::kLink: cache.link(*programs[done]); break;
    case Phase::kFinish: {
      if (!wait && !cache.complete(*programs[done])) return false;
      // One that this driver refuses is none of a model that it runs: left out below.
      [[maybe_unused]] const Status finished = cache.finish(*programs[done]);
      break;
    }
    case Phase::kFirstDraw: return drawNext(wait);
    case Phase::kDone: return true;
  }
  ++done;
  return true;
}

Result<bool> Precompile::poll(double budgetMs) {
  if (impl_->phase == Impl::Phase::kDone) return true;
  TEXFLOW_TRY(impl_->context.makeCurrent());
  std::unique_ptr<StateGuard> guard;
  if (impl_->context.restoresState()) guard = std::make_unique<StateGuard>(kEngineUnits);
  const bool wait = budgetMs == std::numeric_limits<double>::infinity();
  Clock clock;
  double spent = 0;
  while (impl_->phase != Impl::Phase::kDone) {
    TEXFLOW_ASSIGN(const bool worked, impl_->step(wait));
    spent += clock.lap();
    if (!worked || spent >= budgetMs) break;
  }
  return impl_->phase == Impl::Phase::kDone;
}

Status Precompile::finish() {
  const auto done = poll(std::numeric_limits<double>::infinity());
  return done.ok() ? Status() : done.status();
}

}  // namespace texflow
