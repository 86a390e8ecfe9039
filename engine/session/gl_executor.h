// Replays the steps of one plan on a GL context. Once it is prepared a run makes no GL objects and asks the driver nothing.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gl/buffer.h"
#include "gl/fence.h"
#include "gl/framebuffer.h"
#include "gl/readback.h"
#include "gl/texture.h"
#include "gl/vertex_array.h"
#include "plan/plan.h"
#include "session/clock.h"
#include "session/session_programs.h"

namespace texflow {

/// Textures of constants by PlannedConstant::key, shared by the plans of a session.
struct ConstantTextures {
  std::map<std::string, Texture2D> weights;
  std::map<std::string, TextureArray> tensors;
  std::int64_t bytes = 0;

  void drop(const std::string& key);
  bool has(const PlannedConstant& constant) const {
    return constant.pack ? weights.count(constant.key) > 0 : tensors.count(constant.key) > 0;
  }
};

/// What preparing does, in this order: whoever prepares several plans takes one phase after the other through all of them,
/// so that no driver is asked for the state of a program before all were issued. Constants whose values have not arrived
/// wait for the last phase; first draws do without them.
enum class PreparePhase { kCompile, kLink, kUpload, kTextures, kFinish, kFirstDraw, kLateUpload, kWarmUp, kReady };

class GlExecutor {
 public:
  /// References must outlive the executor; `plan` is read, never changed.
  GlExecutor(const Plan& plan, const Context& context, SessionPrograms& programs, ConstantTextures& constants)
      : plan_(plan), context_(context), programs_(programs), constants_(constants) {}

  PreparePhase phase() const { return phase_; }
  /// One piece of work, which takes at most one call of the driver that may last; call begin() before. Adds to the times of
  /// `report` and tells `event` what it did. False when, not told to `wait`, there is nothing to do before the driver is
  /// done with something.
  Result<bool> prepareStep(Report& report, bool wait, PrepareEvent& event);
  /// Uploads a piece of a constant while the device compiles, where that leaves the commands of uploads alone.
  void uploadMeanwhile(Report& report);
  /// Constants that this executor uploaded.
  const std::vector<std::string>& uploadedKeys() const { return uploadedKeys_; }
  /// What the draws of a run take, judged by those that warmed the device up; -1 where all programs were in use.
  double expectedRunMs() const { return expectedRunMs_; }
  /// Whether a run is short enough to be made whole in a prepare (DryRun).
  bool isShortRun() const { return isShortRun_; }
  /// Ends preparing at kWarmUp, which nothing depends on.
  void skipWarmUp() { phase_ = PreparePhase::kReady; }
  /// Puts the engine's GL state in place; call before the first step of a run.
  void begin() const;
  /// In a run: the draws of consecutive steps follow each other, and what they have in common is bound once.
  void draw(std::size_t step) const;
  /// One pixel of it.
  void touch(std::size_t step) const;
  /// Returns when the draw of `step` is done.
  void wait(std::size_t step) const;
  std::string programLabel(std::size_t step) const { return keys_[keyOfStep_[step]].label(); }
  void upload(const UploadStep& step, const Tensor& value);
  /// What the host does for an upload or a readback of that tensor, on whatever was staged last.
  void practise(int tensor, const Tensor& value) {
    stage(value, plan_.tensors[static_cast<std::size_t>(tensor)].layout, staging_);
  }
  void practise(int tensor, DType dtype, const Shape& shape, Tensor& into) const {
    unpack(plan_.tensors[static_cast<std::size_t>(tensor)].layout, dtype, shape, into);
  }
  /// Whether readbacks are better queued than taken one layer at a time: in browsers each call that returns pixels waits
  /// for another process.
  bool queuesReads() const;
  /// Queues the readback of a ReadStep unless it is under way.
  void startRead(std::size_t step);
  /// Whether a readback that startRead() queued is not there yet.
  bool awaitsRead(std::size_t step) const;
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
    bool readsParamLines = false;
    /// What is not bound already when the draw step before it in the plan has been drawn.
    struct Changes {
      bool program = true, target = true, weights = true, paramLines = true;
      std::uint32_t inputs = ~std::uint32_t{0};  ///< Bit i: inputs[i].
    } changes;
  };
  const TextureArray& textureOf(int tensor) const;
  const Framebuffer& targetOf(const DrawStep& step);
  TextureLayout::Params layoutOf(int tensor) const;
  std::vector<float> paramsOf(const DrawStep& step) const;
  const Texture2D& weightsOf(const DrawStep& step) const;
  void wait(const Draw& draw) const;
  void submit(const Draw& draw, int width, int height, const Draw::Changes& changes) const;
  /// Packs a value as its texture can hold it into `texels`, which are as many.
  void stage(const Tensor& value, const TextureLayout& layout, std::vector<float>& texels) const;
  /// What is staged as values in `into`, whose memory is reused where nobody shares it.
  void unpack(const TextureLayout& layout, DType dtype, const Shape& shape, Tensor& into) const;
  void resolveDraws();
  void findChanges();

  // Pieces of preparing.
  int pieces() const;
  Status checkLimits(const DrawStep& step, const ProgramKey& key) const;
  Status collectKeys();
  Status issueNext();
  Result<bool> uploadNext(Report& report, bool wait);
  Status uploadPiece(Report& report);
  Status missing(const PlannedConstant& constant) const;
  Status startUpload(std::size_t constant);
  void makeNextTexture();
  Result<bool> finishNext(bool wait);
  bool passedFence();
  Result<bool> firstDrawNext(Report& report, bool wait);
  std::size_t tellingDraw() const;
  Result<bool> warmUpNext(bool wait);

  const Plan& plan_;
  const Context& context_;
  SessionPrograms& programs_;
  ConstantTextures& constants_;
  std::vector<TextureArray> textures_;
  std::vector<Framebuffer> framebuffers_;                        ///< Of all layers, by texture.
  std::map<std::pair<int, int>, Framebuffer> partFramebuffers_;  ///< By texture and first layer.
  UniformBuffer params_;
  Texture2D paramLines_;  ///< Parameters of draws that read them from a texture, a line each.
  VertexArray vertexArray_;
  std::vector<Draw> draws_;  ///< One per step; empty for other steps.
  std::vector<float> staging_;
  /// A ReadStep's transfer, made by the first startRead().
  struct Transfer {
    Readback readback;
    bool started = false;
  };
  std::map<std::size_t, Transfer> transfers_;

  PreparePhase phase_ = PreparePhase::kCompile;
  std::size_t done_ = 0;                ///< Pieces of the phase.
  std::vector<ProgramKey> keys_;        ///< Distinct, in order of use.
  std::vector<ProgramRef> used_;        ///< By key.
  std::vector<std::size_t> drawStep_;   ///< By key: a step that draws with it.
  std::vector<std::size_t> keyOfStep_;  ///< Index into keys_.
  std::vector<std::string> uploadedKeys_;
  /// The constant that is on its way to its texture.
  struct Upload {
    std::size_t constant = 0;
    Texture2D weights;
    TextureArray tensor;
    int width = 0, rows = 0, layers = 0;
    int layer = 0, row = 0;  ///< What comes next.
  };
  Upload upload_;
  WeightTexels packed_;    ///< Its texels; the next one's take their memory.
  bool late_ = false;      ///< Draws were resolved without some constant.
  std::size_t ahead_ = 0;  ///< Constants before it are there, or have not arrived.
  Texture2D noWeights_;    ///< Stand for those that are not there yet.
  TextureArray noTensor_;
  struct FirstDraw {
    std::size_t key;
    Fence fence;
  };
  std::deque<FirstDraw> drawing_;
  std::size_t nextDraw_ = 0;
  bool firstDraws_ = false;  ///< Some program had its first draw here.
  bool compiled_ = false;    ///< And was compiled for it, not taken from a cache.
  std::size_t warmDraw_ = 0;
  /// Draws of the warm-up that nobody waited for yet, their drawWork(), and waits before.
  struct {
    std::size_t draws = 0;
    double work = 0;
    int waits = 0;
  } warmUp_;
  double runWork_ = 0, warmWork_ = 0;  ///< drawWork() of a run, and of the draws that have warmed the device up.
  double expectedRunMs_ = -1;
  bool isShortRun_ = false;
  Fence fence_;  ///< What must be done before the next piece.
  Clock drawClock_;
};

}  // namespace texflow
