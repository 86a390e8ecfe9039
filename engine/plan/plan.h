// The flat list of steps that a static graph becomes: uploads, draws, readbacks and host kernels, replayed by the session.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <variant>

#include "plan/lowering.h"

namespace texflow {

/// A tensor in a texture. Aliases share the `root` tensor's texels.
struct PlannedTensor {
  TextureLayout layout;
  int root = -1;                      ///< Itself unless it is an alias.
  int line = 0;                       ///< First line within the texture.
  int texture = -1;                   ///< Index into Plan::textures; -1 for constants, which own their texture.
  int constant = -1;                  ///< Index into Plan::constants.
  bool isEverywhere = false;          ///< Its first texel of each layer is what a draw finds at any place.
  int firstStep = -1, lastStep = -1;  ///< Life of the root, in steps.
};

/// Size of one texture that several tensors use one after another.
struct PlannedTexture {
  int width = 0, height = 0;
};

/// A host value packed once: either a tensor in a layout or a weight texture.
struct PlannedConstant {
  std::string key;  ///< Equal keys within a session share one texture.
  TextureLayout layout;
  Tensor value;
  int width = 0, height = 0;    ///< Weight textures only.
  PackWeights pack;             ///< Set for weight textures; called once.
  std::vector<Tensor> sources;  ///< What `pack` reads; must have their values then.
  int node = -1;                ///< For messages.
};

struct DrawStep {
  Kernel kernel;
  int output = -1;
  std::vector<int> inputs;
  int weights = -1;           ///< Index into Plan::constants.
  std::vector<float> params;  ///< The kernel's own; layouts are prepended by the session.
  int firstLayer = 0;         ///< Of those that it writes, where the kernel has kOutputsDefine.
  int node = -1;              ///< For profiles and messages.
};
struct UploadStep {
  int tensor;
  int value;
};  ///< Host value → texture.
struct ReadStep {
  int tensor;
  int value;
};  ///< Texture → host value.
struct HostStep {
  int node;
  std::vector<int> inputs, outputs;
};  ///< A host kernel; indices are host values.
using Step = std::variant<DrawStep, UploadStep, ReadStep, HostStep>;

/// A value on the host: fed by the caller, known at plan time, or produced by a step.
struct HostValue {
  DType dtype = DType::kFloat32;
  Shape shape;
  bool known = false;
  Tensor value;  ///< When known.
};

struct Plan {
  int stripes = 8;  ///< P: layers of its textures.
  Graph graph;      ///< After fusion; node indices of the original graph stay valid.
  std::vector<Step> steps;
  std::vector<PlannedTensor> tensors;
  std::vector<PlannedTexture> textures;
  std::vector<PlannedConstant> constants;
  std::deque<HostValue> values;  ///< A deque: the builder points into it while it grows.
  std::map<Port, int> feeds;     ///< Fed port → host value.
  std::set<Port> consulted;      ///< Fed ports whose values shapes of this plan depend on.
  std::map<Port, int> results;   ///< Port → host value that holds it after the last step.
  std::map<Port, int> onGpu;     ///< Result ports that also lie in a tensor.
  /// Nodes whose output shapes depend on values: the session runs them on the host after the steps, then plans the rest.
  std::vector<int> deferred;
  std::int64_t bytesPlanned = 0, bytesLowerBound = 0, constantBytes = 0;  ///< Texture bytes at 16 a texel.
};

/// Programs that a run can use at once, by programText().
using KnownPrograms = std::set<std::string>;
/// Programs that a device has: those that write n stripes at index n, up to kMostStripes.
using CompiledPrograms = std::vector<KnownPrograms>;

struct PlanOptions {
  bool useGl = true;
  int stripes = 8;            ///< P: layers of all textures of the plan,
  bool picksStripes = false;  ///< or the most of them: the planner picks by the work of a run (pick_stripes.h).
  int maxTextureSize = 4096;
  bool halfFloats = false;  ///< Texels are half floats: integers, which they hold to 2048 only, stay on the host.
  int rasterTile = 0;       ///< Caps::rasterTile
  /// Nodes at the end of the graph that touch this many elements at most are computed on the host where that saves programs.
  std::int64_t hostWork = 0;
  /// Not 0: both ends of the graph may be layers of products there (host_ends.h), the first of so many products for each
  /// element of hostWork.
  std::int64_t headProducts = 0;
  /// A plan for other shapes than those prepared: other programs are avoided, small nodes that need one are left to the
  /// host.
  const KnownPrograms* known = nullptr;
  /// Programs that the device has already, for whatever model.
  std::shared_ptr<const CompiledPrograms> compiled;
  int lineTexels = LayoutRules().lineTexels;  ///< LayoutRules::lineTexels

  /// Of the compiled programs, those with the stripes of the plan; null: none.
  const KnownPrograms* compiledAlike() const {
    return compiled ? &compiled->at(static_cast<std::size_t>(stripes)) : nullptr;
  }
};

inline LayoutRules layoutRules(const PlanOptions& options) {
  return {options.stripes, options.maxTextureSize, options.lineTexels};
}

/// What tells the programs of draws apart, as far as a plan decides it: "conv ACT=0 I1 N12 W".
std::string programText(const Kernel& kernel, std::size_t inputs, std::size_t vectors, bool weights);
std::string programText(const DrawStep& draw);
/// Vectors of the draw's parameter block.
std::size_t vectorsOf(const DrawStep& draw);

KnownPrograms programsOf(const Plan& plan);

/// How many of them are not `known`.
std::size_t newPrograms(const Plan& plan, const KnownPrograms* known);

/// Plans the part of `graph` that leads from the fed ports to `outputs`. Feeds carry dtype and shape, and a value where
/// shapes may depend on it (TensorInfo::value).
Result<Plan> makePlan(const Graph& graph, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                      const PlanOptions& options);

/// What to say when a constant's values are needed and not there.
Status missingValues(const Node& node);

/// Whether the values of all constants among the node's operands are in memory.
bool hasConstants(const Graph& graph, const Node& node);

/// Constants of which a plan needs dtype and shape only: filters of convolutions and matrix products, large enough to
/// matter, that nothing else reads. On the GPU their values are needed once, when they are uploaded.
std::vector<int> filterConstants(const Graph& graph);

/// Rewrites convolutions followed by a constant scale, bias or activation into one fused node, where nothing else (nor
/// `outputs`) needs the values in between. Node indices stay; new constants are appended, so the order is no longer
/// topological.
Graph fuse(const Graph& graph, const std::vector<Port>& outputs);

/// Merges Pads that add channels of zeros with the pools before them, where nothing else (nor `outputs`) needs what lies
/// between: networks of blocks that halve an image and widen it would else need a program for copying.
void padPools(Graph& graph, const std::vector<Port>& outputs);

/// Gives the general kernel to draws whose specialised program would do little of a run's work, where that saves programs.
/// With `known` programs a draw gets the kernel that is among them.
void shareKernels(Plan& plan, const KnownPrograms* known = nullptr);

/// Merges elementwise draws into the draws that make their operands (chains, and the ends of convolutions and products),
/// where nothing else reads what lies between and a run saves enough by it. Tells apart what a plan reads by its steps and
/// `onGpu`; lifetimes are not up to date afterwards.
/// With `known` programs those merges are done that give one of them.
void fuseDraws(Plan& plan, const KnownPrograms* known = nullptr);

/// Gives pools and depthwise convolutions one program where that saves programs in the end; those that are `compiled` count
/// nothing.
void shareWindows(Plan& plan, const KnownPrograms* known = nullptr, const KnownPrograms* compiled = nullptr);

/// Gives draws of a kernel the program in which other draws of that kernel end in elementwise work, with operands that
/// change nothing, where that costs little of a run's work and thereby saves a program.
void shareEnds(Plan& plan, const KnownPrograms* known = nullptr);

/// Gives elementwise draws that do little of a run's work one program for all of them, where that costs less than theirs.
void shareElementwise(Plan& plan, const KnownPrograms* known = nullptr);

/// What follows on merged draws: shareKernels(), shareWindows(), shareEnds() and shareElementwise().
void sharePrograms(Plan& plan, const KnownPrograms* known = nullptr, const KnownPrograms* compiled = nullptr);

/// The programText() that a program has before splitDraws(), which comes last: that of all layers.
std::string wholeProgram(std::string program);

/// Makes two draws of each whose program does little of a run's work: a program that writes half of the layers is compiled
/// in two thirds of the time. Other passes over draws come before.
void splitDraws(Plan& plan, const PlanOptions& options);

/// Moves readbacks, and the host steps that need them, behind the draws where no upload depends on them: a run then waits
/// once for the GPU, when everything has been handed to it.
void readLast(Plan& plan);

/// Sets the life of every tensor from the steps; those in `onGpu` live beyond the last.
void setLifetimes(Plan& plan);

}  // namespace texflow
