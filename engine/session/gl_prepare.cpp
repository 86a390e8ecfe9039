// GlExecutor::prepareStep: compile, link, make textures, finish programs, draw once with each, warm the device up. Uploads
// are in gl_upload.cpp.
#include <algorithm>

#include "gl/gl.h"
#include "plan/draw_work.h"
#include "session/gl_executor.h"
#include "texflow/context.h"

namespace texflow {
namespace {

// First draws that browsers, which run them in another process, are given ahead: more would hold up the page's own frames.
constexpr std::size_t kDrawsAhead = 3;
// Draws of the whole size before the first run: time that they may take together, how much goes between two waits, the most.
// The threads of a rasterizer that hands them tiles are spread over the cores only while they work: with 20 ms of it first
// runs took 1.25 to 1.5 times the later ones on llvmpipe with two cores, with 60 ms 1.06 (blazeface, movenet-lightning,
// emotion). Where runs are short a whole one follows instead (DryRun), and these draws only tell what it will take.
// Elsewhere they warm nothing up, and one that takes some milliseconds tells enough. Programs that come from a cache leave
// less to warm up: without any first runs take 1.19 times the later ones there, after 20 ms 1.03 (decision 0022).
constexpr double kWarmUpMs = 8, kWarmUpMsOfTiles = 60, kWarmUpMsOfCached = 12;
constexpr std::size_t kFirstWarmUpDraws = 1, kWarmUpDraws = 8, kMostWarmUpDraws = 512;
constexpr double kWarmUpWork = 5e6;
constexpr double kTellingWork = 2e6;
// Runs that are expected to take longer are not made whole in a prepare, and drawWork() of one that takes no longer on the
// slowest machine that was measured: there the run itself tells.
constexpr double kShortRunMs = 100;
constexpr double kShortWorkOfSwiftShader = 1.6e7, kShortWorkOfTiles = 3e7;
// Browsers look whether the device is done every 2 ms, and tell a turn later.
constexpr double kToldLaterMs = 2;

constexpr const char* kPhaseNames[] = {"compile",    "link",   "upload",  "textures", "finish",
                                       "first draw", "upload", "warm-up", "done"};

}  // namespace

Result<bool> GlExecutor::prepareStep(Report& report, bool wait, PrepareEvent& event) {
  Clock clock;
  event.phase = kPhaseNames[static_cast<int>(phase_)];
  event.program.clear();
  const auto programOfPiece = [&] { return done_ < keys_.size() ? keys_[done_].label() : std::string(); };
  bool worked = true;
  double* ms = &report.compileMs;
  switch (phase_) {
    case PreparePhase::kCompile:
      if (keys_.empty()) TEXFLOW_TRY(collectKeys());
      event.program = programOfPiece();
      TEXFLOW_TRY(issueNext());
      break;
    case PreparePhase::kLink:
      event.program = programOfPiece();
      if (done_ < used_.size()) programs_.cache().link(*used_[done_++]);
      break;
    case PreparePhase::kUpload:
    case PreparePhase::kLateUpload: {
      ms = &report.uploadMs;
      TEXFLOW_ASSIGN(worked, uploadNext(report, wait));
      break;
    }
    case PreparePhase::kTextures:
      ms = &report.uploadMs;
      makeNextTexture();
      break;
    case PreparePhase::kFinish: {
      event.program = programOfPiece();
      TEXFLOW_ASSIGN(worked, finishNext(wait));
      break;
    }
    case PreparePhase::kFirstDraw: {
      ms = nullptr;  // Its waits count, too.
      event.program = programOfPiece();
      TEXFLOW_ASSIGN(worked, firstDrawNext(report, wait));
      break;
    }
    case PreparePhase::kWarmUp: {
      ms = nullptr;
      TEXFLOW_ASSIGN(worked, warmUpNext(wait));
      break;
    }
    case PreparePhase::kReady: return true;
  }
  event.ms = clock.lap();
  if (ms) *ms = std::max(0.0, *ms) + event.ms;
  event.done = static_cast<int>(done_);
  event.total = pieces();
  if (event.done >= event.total) {
    phase_ = static_cast<PreparePhase>(static_cast<int>(phase_) + 1);
    done_ = 0;
  }
  return worked;
}

int GlExecutor::pieces() const {
  switch (phase_) {
    case PreparePhase::kUpload:
    case PreparePhase::kLateUpload: return static_cast<int>(plan_.constants.size());
    case PreparePhase::kTextures: return static_cast<int>(plan_.textures.size());
    case PreparePhase::kWarmUp: return static_cast<int>(kMostWarmUpDraws);
    case PreparePhase::kReady: return 0;
    default: return static_cast<int>(keys_.size());
  }
}

Status GlExecutor::checkLimits(const DrawStep& step, const ProgramKey& key) const {
  const std::size_t bytes = static_cast<std::size_t>(key.params) * 16;
  const std::size_t units = step.inputs.size() + (step.weights >= 0 ? 1 : 0);
  const Caps& caps = context_.caps();
  const std::string who =
      step.node >= 0 ? Graph::describe(plan_.graph.nodes[static_cast<std::size_t>(step.node)]) : "A draw";
  if (bytes > static_cast<std::size_t>(caps.maxUniformBlockBytes))
    return Status::unsupported("The parameters of " + who + " take " + std::to_string(bytes) +
                               " bytes of a uniform block; this device's limit is " +
                               std::to_string(caps.maxUniformBlockBytes) + ".");
  if (units > static_cast<std::size_t>(caps.maxTextureUnits))
    return Status::unsupported("A draw of " + who + " samples " + std::to_string(units) +
                               " textures; this device's limit is " + std::to_string(caps.maxTextureUnits) + ".");
  return {};
}

Status GlExecutor::collectKeys() {
  std::map<std::string, std::size_t> seen;
  const bool hasLines = textureExtent(static_cast<int>(plan_.steps.size())) <= context_.caps().maxTextureSize;
  keyOfStep_.assign(plan_.steps.size(), 0);
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto* draw = std::get_if<DrawStep>(&plan_.steps[i]);
    if (!draw) continue;
    ProgramKey key = SessionPrograms::keyOf(*draw, plan_.stripes, context_);
    key.readsParamLines = key.readsParamLines && (hasLines || key.isPart());
    TEXFLOW_TRY(checkLimits(*draw, key));
    const auto [found, isNew] = seen.emplace(key.text(), keys_.size());
    keyOfStep_[i] = found->second;
    if (!isNew) continue;
    keys_.push_back(key);
    drawStep_.push_back(i);
  }
  return {};
}

Status GlExecutor::issueNext() {
  if (done_ == keys_.size()) return {};
  TEXFLOW_ASSIGN(ProgramRef program, programs_.issue(keys_[done_]));
  used_.push_back(std::move(program));
  ++done_;
  return {};
}

void GlExecutor::makeNextTexture() {
  if (textures_.size() == plan_.textures.size()) return;
  textures_.reserve(plan_.textures.size());  // Draws point at them.
  framebuffers_.reserve(plan_.textures.size());
  const PlannedTexture& texture = plan_.textures[done_++];
  textures_.emplace_back(context_.storageFormat(), texture.width, texture.height, plan_.stripes);
  framebuffers_.emplace_back(textures_.back());
}

Result<bool> GlExecutor::finishNext(bool wait) {
  if (draws_.empty()) {  // While the driver still compiles.
    if (late_) {
      constexpr int kExtent = textureExtent(1);
      noWeights_ = Texture2D(GL_RGBA32F, kExtent, kExtent);
      noTensor_ = TextureArray(context_.storageFormat(), kExtent, kExtent, plan_.stripes);
    }
    resolveDraws();
  }
  if (done_ < used_.size()) {
    CachedProgram& program = *used_[done_];
    if (!wait && !programs_.cache().complete(program)) return false;
    // The first question to a browser's driver waits for all that was issued: uploads and textures come first.
    if (!wait && done_ == 0 && !passedFence()) return false;
    TEXFLOW_TRY(programs_.cache().finish(program));
    ++done_;
  }
  return true;
}

/// Whether the device is done with what had been issued when this was asked first.
bool GlExecutor::passedFence() {
  if (!fence_) fence_ = Fence::issue();
  if (!fence_.reached()) return false;
  fence_ = Fence();
  return true;
}

// A draw of one pixel with the real formats, attachments and vertex state: drivers leave part of the work to it.
Result<bool> GlExecutor::firstDrawNext(Report& report, bool wait) {
  const std::size_t ahead = context_.caps().webgl ? kDrawsAhead : 1;
  while (nextDraw_ < used_.size() && used_[nextDraw_]->drawn) ++nextDraw_, ++done_;
  if (nextDraw_ < used_.size() && drawing_.size() < ahead) {
    if (drawing_.empty()) drawClock_ = Clock();
    submit(draws_[drawStep_[nextDraw_]], 1, 1, {});
    firstDraws_ = true;
    compiled_ = compiled_ || !used_[nextDraw_]->fromBinary;
    drawing_.push_back({nextDraw_++, wait ? Fence() : Fence::issue()});
    return true;
  }
  if (drawing_.empty()) return true;
  const FirstDraw& oldest = drawing_.front();
  if (wait) this->wait(draws_[drawStep_[oldest.key]]);
  else if (!oldest.fence) drawing_.front().fence = Fence::issue();
  if (!wait && !oldest.fence.reached()) return false;
  CachedProgram& program = *used_[oldest.key];
  const double ms = drawClock_.lap();
  program.drawn = true;
  program.ms += ms;
  report.firstDrawMs = std::max(0.0, report.firstDrawMs) + ms;
  drawing_.pop_front();
  ++done_;
  return true;
}

/// The step of the shortest draw that does kTellingWork, or of the longest.
std::size_t GlExecutor::tellingDraw() const {
  std::size_t best = 0;
  double bestWork = 0;
  for (std::size_t i = 0; i < draws_.size(); ++i) {
    const auto* draw = std::get_if<DrawStep>(&plan_.steps[i]);
    const double work = draw ? drawWork(plan_, *draw) : 0;
    if (bestWork < kTellingWork ? work <= bestWork : work < kTellingWork || work >= bestWork) continue;
    best = i;
    bestWork = work;
  }
  return best;
}

Result<bool> GlExecutor::warmUpNext(bool wait) {
  if (fence_ && !passedFence()) return false;
  const Caps& caps = context_.caps();
  const bool tiles = caps.rasterTile > 0;
  if (done_ == 0) {
    if (!tiles) warmDraw_ = tellingDraw();
    drawClock_ = Clock();
  }
  bool isEnough = !firstDraws_ || draws_.empty() || done_ == kMostWarmUpDraws;
  const double shortWork = caps.swiftShader ? kShortWorkOfSwiftShader : tiles ? kShortWorkOfTiles : 0;
  if (!isEnough && runWork_ <= shortWork && plan_.deferred.empty()) {
    expectedRunMs_ = kShortRunMs;  // At most: a dry run follows, and says what it is.
    isEnough = isShortRun_ = true;
  }
  if (warmUp_.draws == 0 && done_ > 0) {  // All of them are done.
    const double elapsedMs = drawClock_.elapsed();
    const double toldLater = caps.webgl ? kToldLaterMs * warmUp_.waits : 0;
    expectedRunMs_ = std::max(elapsedMs - toldLater, elapsedMs / 4) * runWork_ / warmWork_;
    const bool cachedOnTiles = tiles && !compiled_;
    isShortRun_ = expectedRunMs_ <= kShortRunMs && !cachedOnTiles;
    const double enoughMs = cachedOnTiles ? kWarmUpMsOfCached : tiles && !isShortRun_ ? kWarmUpMsOfTiles : kWarmUpMs;
    isEnough = isEnough || elapsedMs >= enoughMs;
  }
  if (isEnough) {
    done_ = kMostWarmUpDraws;
    return true;
  }
  while (!draws_[warmDraw_].program) warmDraw_ = (warmDraw_ + 1) % draws_.size();
  const Draw& draw = draws_[warmDraw_];
  const double work = drawWork(plan_, std::get<DrawStep>(plan_.steps[warmDraw_]));
  warmWork_ += work;
  warmUp_.work += work;
  warmDraw_ = (warmDraw_ + 1) % draws_.size();
  submit(draw, draw.width, draw.height, {});
  ++done_;
  const std::size_t most = tiles || warmUp_.waits > 0 ? kWarmUpDraws : kFirstWarmUpDraws;
  if (++warmUp_.draws < most && warmUp_.work < kWarmUpWork) return true;
  warmUp_ = {0, 0, warmUp_.waits + 1};
  if (wait) this->wait(draw);
  else fence_ = Fence::issue();
  return true;
}

}  // namespace texflow
