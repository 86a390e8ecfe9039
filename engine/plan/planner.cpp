// A graph to a plan: fusion, what belongs on the host, draws, programs, textures.
#include "plan/planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "plan/draw_work.h"
#include "plan/plan_builder.h"

namespace texflow {
namespace {

// Nodes whose program is not among the known ones go to the host up to this work, a few milliseconds; beyond it compiling is
// cheaper.
constexpr double kMostHostWork = 1 << 22;
constexpr int kMostPlans = 8;
// Where textures take this many times what lives at once, tensors whose lines are folded elsewhere may fit together better.
constexpr double kMostOverBound = 1.5;
constexpr int kNarrowerLine = 152;
constexpr std::int64_t kSmallPlan = 1 << 20;  // Bytes; not worth a second plan.
// Programs of so many draws and such a share of the work do not go with an end of the graph that the host may compute.
constexpr int kSureDraws = 4;
constexpr double kSureWork = 0.1;

bool draws(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const Step& step) { return std::holds_alternative<DrawStep>(step); });
}

void shareDraws(Plan& plan, const PlanOptions& options) {
  shareKernels(plan, options.known);
  fuseDraws(plan, options.known);
  sharePrograms(plan, options.known, options.compiledAlike());
  splitDraws(plan, options);
}

/// Small nodes that are drawn with programs that are not known.
std::set<int> strangers(const Plan& plan, const KnownPrograms& known) {
  std::set<int> nodes;
  for (const Step& step : plan.steps) {
    const auto* draw = std::get_if<DrawStep>(&step);
    if (!draw || draw->node < 0 || known.count(programText(*draw)) || drawWork(plan, *draw) > kMostHostWork) continue;
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(draw->node)];
    if (findOp(node.op)->host && hasConstants(plan.graph, node)) nodes.insert(draw->node);
  }
  return nodes;
}

}  // namespace

void Planner::fuseNodes() {
  std::vector<Port> kept = outputs_;
  for (const auto& [port, info] : feeds_) kept.push_back(port);
  fused_ = fuse(graph_, kept);
  if (options_.useGl) padPools(fused_, kept);
}

Status Planner::build() {
  plan_ = {};
  plan_.graph = fused_;
  PlanBuilder builder(plan_, options_, given_);
  TEXFLOW_TRY(builder.build(feeds_, outputs_));
  ends_ = {builder.smallTail(outputs_, false), builder.smallHead(false)};
  if (options_.headProducts > 0) {
    ends_.push_back(builder.smallTail(outputs_, true));
    ends_.push_back(builder.smallHead(true));
  }
  onHost_ = given_;
  tried_ = {given_};
  return {};
}

void Planner::share() {
  shareDraws(plan_, options_);
  programs_ = newPrograms(plan_, options_.known);
}

/// Whether the plan is to be built again for them.
bool Planner::takesOtherStripes() {
  if (!std::exchange(options_.picksStripes, false)) return false;
  const int picked = pickStripes(runWork(plan_), stripes_);
  return std::exchange(options_.stripes, picked) != picked;
}

std::vector<const DrawStep*> Planner::takeSurest() {
  if (surestTaken_ || options_.known || next_ != Piece::kEnds) return {};
  surestTaken_ = true;
  struct Use {
    const DrawStep* draw = nullptr;
    int draws = 0;
    double work = 0;
  };
  std::map<std::string, Use> uses;
  double all = 0;
  for (const Step& step : plan_.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) {
      Use& use = uses[programText(*draw)];
      const double work = drawWork(plan_, *draw);
      use = {draw, use.draws + 1, use.work + work};
      all += work;
    }
  std::vector<const DrawStep*> surest;
  for (const auto& [text, use] : uses)
    if (use.draws >= kSureDraws && use.work >= kSureWork * all) surest.push_back(use.draw);
  return surest;
}

/// Whether the plan gets by with fewer programs when the host computes one more end of the graph.
Status Planner::tryEnd() {
  std::set<int> more = onHost_;
  more.merge(ends_.front());
  ends_.erase(ends_.begin());
  if (!tried_.insert(more).second) return {};
  Plan split;
  split.graph = fused_;
  TEXFLOW_TRY(PlanBuilder(split, options_, more).build(feeds_, outputs_));
  shareDraws(split, options_);
  const std::size_t programs = newPrograms(split, options_.known);
  if (!draws(split) || programs >= programs_) return {};
  programs_ = programs;
  plan_ = std::move(split);
  onHost_ = std::move(more);
  return {};
}

/// A plan for other shapes than those prepared is made again without the nodes that need a program of their own.
void Planner::avoidStrangers() {
  next_ = Piece::kTextures;
  if (!options_.known || rounds_ == kMostPlans) return;
  const std::size_t before = given_.size();
  given_.merge(strangers(plan_, *options_.known));
  if (given_.size() == before) return;
  ++rounds_;
  before_ = std::move(plan_);
  next_ = Piece::kBuild;
}

/// A piece of it.
void Planner::giveTextures() {
  if (!search_) {
    readLast(plan_);
    setLifetimes(plan_);
    search_ = std::make_unique<TextureSearch>(plan_, options_);
  }
  if (!search_->step()) finishTextures();
}

void Planner::finishTextures() {
  std::exchange(search_, nullptr)->finish(plan_);
  next_ = Piece::kDone;
  if (wider_) {
    if (wider_->bytesPlanned <= plan_.bytesPlanned) plan_ = std::move(*wider_);
    return;
  }
  if (plan_.bytesPlanned <= kSmallPlan ||
      static_cast<double>(plan_.bytesPlanned) <= kMostOverBound * static_cast<double>(plan_.bytesLowerBound))
    return;
  wider_ = std::move(plan_);
  options_.lineTexels = kNarrowerLine;
  given_.clear();
  before_.reset();
  rounds_ = 0;
  next_ = Piece::kBuild;
}

Result<bool> Planner::step() {
  Status status;
  switch (next_) {
    case Piece::kFuse:
      fuseNodes();
      next_ = Piece::kBuild;
      break;
    case Piece::kBuild:
      status = build();
      next_ = Piece::kShare;
      break;
    case Piece::kShare:
      share();
      next_ = takesOtherStripes() ? Piece::kBuild : Piece::kEnds;
      break;
    case Piece::kEnds:
      if (ends_.empty()) next_ = Piece::kStrangers;
      else status = tryEnd();
      break;
    case Piece::kStrangers: avoidStrangers(); break;
    case Piece::kTextures: giveTextures(); break;
    case Piece::kDone: break;
  }
  if (!status.ok()) {
    if (!before_) return status;
    plan_ = std::move(*before_);  // Some node has no host kernel for these inputs.
    next_ = Piece::kTextures;
  }
  return next_ == Piece::kDone;
}

Result<Plan> makePlan(const Graph& graph, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                      const PlanOptions& options) {
  Planner planner(graph, feeds, outputs, options);
  for (bool done = false; !done;) {
    TEXFLOW_ASSIGN(done, planner.step());
  }
  return planner.take();
}

}  // namespace texflow
