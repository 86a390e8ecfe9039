// Replays the steps of one plan on a GL context. After prepare() a run makes no GL objects and asks the driver nothing.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gl/buffer.h"
#include "gl/framebuffer.h"
#include "gl/readback.h"
#include "gl/texture.h"
#include "gl/vertex_array.h"
#include "plan/plan.h"
#include "programs/program_cache.h"
#include "texflow/session.h"

namespace texflow {

/// Textures of constants by PlannedConstant::key, shared by the plans of a session.
struct ConstantTextures {
  std::map<std::string, Texture2D> weights;
  std::map<std::string, TextureArray> tensors;
  std::int64_t bytes = 0;
};

class GlExecutor {
 public:
  /// References must outlive the executor; `plan` is read, never changed.
  GlExecutor(const Plan& plan, const Context& context, ProgramCache& programs, ConstantTextures& constants)
      : plan_(plan), context_(context), programs_(programs), constants_(constants) {}

  /// Compiles, uploads constants and draws each program once. Fills the times of `report`. `progress` returns false to
  /// cancel; a later call goes on from there.
  Status prepare(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  /// Puts the engine's GL state in place; call before the first step of a run.
  void begin() const;
  void draw(std::size_t step) const;
  /// Returns when the draw of `step` is done.
  void wait(std::size_t step) const;
  std::string programLabel(std::size_t step) const { return draws_[step].key.label(); }
  void upload(const UploadStep& step, const Tensor& value);
  /// Whether readbacks are better queued than taken one layer at a time: in browsers each call that returns pixels waits
  /// for another process.
  bool queuesReads() const;
  /// Queues the readback of a ReadStep unless it is under way.
  void startRead(std::size_t step);
  /// Forgets the transfers of a run that was given up.
  void abandonReads();
  /// Gives the values of a ReadStep in `into`, whose memory is reused where nobody shares it. Unless `wait`, false when a
  /// readback that startRead() queued is not there yet.
  Result<bool> read(std::size_t step, DType dtype, const Shape& shape, bool wait, Tensor& into);
  /// GL name and layout parameters of a tensor's texture.
  unsigned texture(int tensor, float layoutParams[16]) const;
  std::int64_t textureBytes() const;

 private:
  /// A DrawStep with everything looked up.
  struct Draw {
    const Program* program = nullptr;
    const Framebuffer* target = nullptr;
    int width = 0, height = 0, firstLine = 0;
    std::size_t paramsOffset = 0, paramsBytes = 0;
    std::vector<const TextureArray*> inputs;
    const Texture2D* weights = nullptr;
    ProgramKey key;
  };
  Status checkLimits(const DrawStep& step) const;
  /// Packs a value into staging_ as its texture can hold it.
  void stage(const Tensor& value, const TextureLayout& layout);
  Status issuePrograms(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  Status awaitPrograms(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  Status uploadConstants(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  void resolveDraws();
  Status firstDraws(Report& report, const std::function<bool(const PrepareEvent&)>& progress);
  void wait(const Draw& draw) const;
  void submit(const Draw& draw, int width, int height) const;
  ProgramKey keyOf(const DrawStep& step) const;
  const TextureArray& textureOf(int tensor) const;

  const Plan& plan_;
  const Context& context_;
  ProgramCache& programs_;
  ConstantTextures& constants_;
  std::vector<TextureArray> textures_;
  std::vector<Framebuffer> framebuffers_;
  UniformBuffer params_;
  VertexArray vertexArray_;
  std::vector<Draw> draws_;  ///< One per step; empty for other steps.
  std::vector<float> staging_;
  /// A ReadStep's transfer, made by the first startRead().
  struct Transfer {
    Readback readback;
    bool started = false;
  };
  std::map<std::size_t, Transfer> transfers_;
  enum class Phase { kIssue, kUpload, kCompile, kFirstDraws, kReady };
  Phase phase_ = Phase::kIssue;  ///< What prepare() does next.
  std::set<const Program*> drawn_;
};

}  // namespace texflow
