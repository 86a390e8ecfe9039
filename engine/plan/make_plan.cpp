// A graph to a plan: fusion, what belongs on the host, draws, programs, textures.
#include <algorithm>
#include <set>
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

/// Programs of the plan, without those that are known.
std::set<std::string> programsOf(const Plan& plan, const KnownPrograms* known) {
  std::set<std::string> programs;
  for (const Step& step : plan.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) programs.insert(programText(*draw));
  if (known) std::erase_if(programs, [&](const std::string& program) { return known->count(program) > 0; });
  return programs;
}

bool draws(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const Step& step) { return std::holds_alternative<DrawStep>(step); });
}

Result<Plan> planOnce(const Graph& fused, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                      const PlanOptions& options, const std::set<int>& hostNodes) {
  const auto shareDraws = [&](Plan& plan) {
    shareKernels(plan, options.known);
    fuseDraws(plan, options.known);
    shareKernels(plan, options.known);  // Merging left some programs with few draws.
    shareEnds(plan, options.known);
    shareElementwise(plan, options.known);
  };
  Plan plan;
  plan.graph = fused;
  PlanBuilder builder(plan, options, hostNodes);
  TEXFLOW_TRY(builder.build(feeds, outputs));
  std::vector<std::set<int>> ends{builder.smallTail(outputs, false), builder.smallHead(false)};
  if (options.headProducts > 0) {
    ends.push_back(builder.smallTail(outputs, true));
    ends.push_back(builder.smallHead(true));
  }
  shareDraws(plan);
  std::size_t least = programsOf(plan, options.known).size();
  std::set<int> onHost = hostNodes;
  for (const std::set<int>& end : ends) {
    std::set<int> more = onHost;
    more.insert(end.begin(), end.end());
    if (more.size() == onHost.size()) continue;
    Plan split;
    split.graph = fused;
    TEXFLOW_TRY(PlanBuilder(split, options, more).build(feeds, outputs));
    shareDraws(split);
    const std::size_t programs = programsOf(split, options.known).size();
    if (!draws(split) || programs >= least) continue;
    least = programs;
    plan = std::move(split);
    onHost = std::move(more);
  }
  return plan;
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

/// The plan of a graph whose nodes have been fused.
Result<Plan> planFused(const Graph& fused, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                       const PlanOptions& options) {
  std::set<int> hostNodes;
  TEXFLOW_ASSIGN(Plan plan, planOnce(fused, feeds, outputs, options, hostNodes));
  for (int round = 0; options.known && round < kMostPlans; ++round) {
    const std::size_t before = hostNodes.size();
    hostNodes.merge(strangers(plan, *options.known));
    if (hostNodes.size() == before) break;
    auto without = planOnce(fused, feeds, outputs, options, hostNodes);
    if (!without.ok()) break;  // Some node has no host kernel for these inputs.
    plan = std::move(*without);
  }
  readLast(plan);
  setLifetimes(plan);
  assignTextures(plan, options);
  return plan;
}

}  // namespace

bool hasConstants(const Graph& graph, const Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const Port& port) {
    const Node& source = graph.nodes[static_cast<std::size_t>(port.node)];
    return source.op != "Const" || source.value.hasValues();
  });
}

std::size_t vectorsOf(const DrawStep& draw) {
  return 4 * (1 + draw.inputs.size()) + std::max<std::size_t>(1, (draw.params.size() + 3) / 4);
}

std::string programText(const Kernel& kernel, std::size_t inputs, std::size_t vectors, bool weights) {
  return kernel.text() + " I" + std::to_string(inputs) + " N" + std::to_string(vectors) + (weights ? " W" : "");
}

std::string programText(const DrawStep& draw) {
  return programText(draw.kernel, draw.inputs.size(), vectorsOf(draw), draw.weights >= 0);
}

Result<Plan> makePlan(const Graph& graph, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                      const PlanOptions& options) {
  std::vector<Port> kept = outputs;
  for (const auto& [port, info] : feeds) kept.push_back(port);
  const Graph fused = fuse(graph, kept);
  TEXFLOW_ASSIGN(Plan plan, planFused(fused, feeds, outputs, options));
  if (plan.bytesPlanned <= kSmallPlan ||
      static_cast<double>(plan.bytesPlanned) <= kMostOverBound * static_cast<double>(plan.bytesLowerBound))
    return plan;
  PlanOptions narrower = options;
  narrower.lineTexels = kNarrowerLine;
  TEXFLOW_ASSIGN(Plan other, planFused(fused, feeds, outputs, narrower));
  return other.bytesPlanned < plan.bytesPlanned ? std::move(other) : std::move(plan);
}

}  // namespace texflow
