// A model ready to run: plan, prepare, run, read as separate calls.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "texflow/graph.h"
#include "texflow/manifest.h"
#include "texflow/prepare.h"
#include "texflow/tier.h"

namespace texflow {

class Context;  // gl/context.h

/// kAuto: the programs or the host, whichever is measured faster on this device.
enum class Backend { kGl, kHost, kAuto };

struct SessionOptions {
  Backend backend = Backend::kGl;
  /// With kGl: runs that come before the programs are ready are computed by the host at once, and the session switches
  /// between two runs when they are. kAuto always starts so. Memory for weights is needed twice while there are two tiers.
  bool tieredStart = false;
  /// Such runs, from the second on, give a prepare this much time on their way (at least one piece, see poll()); a prepare
  /// is started if there is none. 0: the caller prepares.
  double backgroundMs = 8;

  bool keepFaster() const { return backend == Backend::kAuto; }
  bool hasTiers() const { return keepFaster() || (tieredStart && backend == Backend::kGl); }
};

/// Times and counts of one session; docs/report.md documents every field. Times in milliseconds, -1 = not measured.
struct Report {
  std::string backend, vendor, renderer, version, storage;
  int stripes = 0;
  double readMs = -1, parseMs = -1, planMs = -1, uploadMs = -1, compileMs = -1, firstDrawMs = -1, warmUpMs = -1;
  double firstRunMs = -1;
  double expectedRunMs = -1;   ///< What the draws of a run take, judged by those that ended prepare().
  std::vector<double> runMs;   ///< Every run in order, input on the host to outputs on the host.
  std::vector<Tier> runTiers;  ///< What computed each.
  std::string prepareError;    ///< Why the programs did not become ready while the host ran.
  int programsUsed = 0;        ///< Of these, compiled from source, from a cache of binaries, and had by the context already:
  int programsCompiled = 0, programsFromCache = 0, programsShared = 0;
  int drawsPerRun = 0, hostSteps = 0;
  std::int64_t uploadedBytes = 0, weightBytes = 0, textureBytesPlanned = 0, textureBytesPeak = 0, textureBytesLowerBound = 0;
  std::vector<std::pair<std::string, double>> programMs;  ///< Program name, compile + first draw; largest first.
  bool preparedBeforeRun = false;                         ///< The first run found everything ready.
  std::string toJson() const;
};

/// Result of one run, in the order asked for.
struct NamedTensor {
  std::string name;
  Tensor value;
};

/// Dtype and shape of an output that is not there yet.
struct NamedInfo {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
};

/// Time of one step of a profiled run: a draw ("kernel DEFINE=.. P8"), "upload", "read" or "host".
struct StepTime {
  std::string kind, node, op;
  Shape shape;  ///< What the step writes; of a draw: rows, width, channels of its texture.
  double ms = 0;
};

/// Not thread-safe; the GL context it was made with must be current in every call.
class Session {
 public:
  /// Takes the graph. All ops that this engine lacks are reported at once. `context` may be null for Backend::kHost and
  /// must outlive the session.
  static Result<std::unique_ptr<Session>> create(Graph graph, Context* context, Backend backend = Backend::kGl);
  static Result<std::unique_ptr<Session>> create(Graph graph, Context* context, const SessionOptions& options);
  ~Session();

  const Graph& graph() const;
  /// Plans for about `budgetMs`, at least one piece, what a prepare without options or a run at those sizes then finds; uses
  /// no device. False: call again. True also where sizes are missing: the prepare says so.
  bool planAhead(double budgetMs = 8);
  /// Plans, compiles, uploads and draws every program once. Optional: run() does what is missing, before and during a
  /// prepare. Programs that another session of the context has are shared.
  Status prepare(const PrepareOptions& options = {});
  /// The same in pieces, for render loops: poll() until it answers true. Cancels a prepare that is under way.
  Status startPrepare(PrepareOptions options);
  /// Works for about `budgetMs` on this thread, at least one piece: the budget is passed by one call of the driver at most.
  /// False: call again later. An error ends the prepare.
  Result<bool> poll(double budgetMs = 8);
  /// Stops a prepare that is under way and frees what it made, except what a run has used meanwhile. The session can be
  /// prepared again. A stop requested through PrepareOptions::stop is the same, done by the next piece of work, whose
  /// status is kCancelled.
  void cancelPrepare();
  /// Gives a constant the values that it lacks: those of a graph whose large constants are Tensor::deferred(), which
  /// startPrepare() begins to plan and compile without, or those that a prepare has freed.
  Status provide(const std::string& node, Tensor values);
  /// Feeds tensors by input name (or any node's name), returns `outputNames` (any node; empty: the signature's).
  Result<std::vector<NamedTensor>> run(const std::map<std::string, Tensor>& inputs,
                                       const std::vector<std::string>& outputNames = {});
  /// The same into `outputs`. Tensors of the right shape that nobody else holds are reused: repeating a call of a static
  /// model whose nodes all run on the GPU then allocates nothing.
  Status run(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames,
             std::vector<NamedTensor>& outputs);

  /// run() in pieces, for callers that must not wait for the GPU: start(), advance() until it answers true, take().
  /// A new start() gives up a run in progress.
  Status start(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames = {});
  /// Goes on as far as possible: false when it waits for the GPU, call again later. `wait`: always goes to the end.
  Result<bool> advance(bool wait = false);
  Status take(std::vector<NamedTensor>& outputs);
  /// What take() will give, between start() and take(); empty while shapes depend on values that are still computed.
  std::vector<NamedInfo> pendingOutputs() const;

  /// One run that waits after every step, and so takes longer than run(): where the time goes.
  Result<std::vector<StepTime>> profile(const std::map<std::string, Tensor>& inputs);

  Report report() const;
  /// The programs of everything that has been planned so far; empty on the host.
  Manifest manifest() const;

  /// The output texture of the last GL run for drawing without readback: GL name of a 2D-array texture, 0 if the output was
  /// computed on the host. Valid until the next run. `layoutParams` receives the 16 floats of TextureLayout::Params.
  unsigned outputTexture(const std::string& outputName, float layoutParams[16]) const;

 private:
  friend class Preparation;
  friend class DryRun;
  struct Impl;
  /// The host's session if it is to compute a run that starts now, else null.
  Result<Session*> hostForRun(const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputNames);
  void prepareBetweenRuns(const std::map<std::string, Tensor>& inputs);
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace texflow
