// makePlan: one step after the other from a graph to textures.
#include "plan/plan_builder.h"

namespace texflow {
namespace {

std::set<std::string> kernelsOf(const Plan& plan) {
  std::set<std::string> kernels;
  for (const Step& step : plan.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) kernels.insert(draw->kernel.text());
  return kernels;
}

}  // namespace

Result<Plan> makePlan(const Graph& graph, const std::map<Port, TensorInfo>& feeds, const std::vector<Port>& outputs,
                      const PlanOptions& options) {
  std::vector<Port> kept = outputs;
  for (const auto& [port, info] : feeds) kept.push_back(port);
  Plan plan;
  plan.graph = fuse(graph, kept);
  PlanBuilder builder(plan, options);
  TEXFLOW_TRY(builder.build(feeds, outputs));
  std::set<int> onHost;
  for (const std::set<int>& end : {builder.smallTail(outputs), builder.smallHead()}) {
    std::set<int> more = onHost;
    more.insert(end.begin(), end.end());
    if (more.size() == onHost.size()) continue;
    Plan split;
    split.graph = plan.graph;
    TEXFLOW_TRY(PlanBuilder(split, options, more).build(feeds, outputs));
    const std::size_t programs = kernelsOf(split).size();
    if (programs == 0 || programs >= kernelsOf(plan).size()) continue;
    plan = std::move(split);
    onHost = std::move(more);
  }
  shareKernels(plan);
  fuseDraws(plan);
  shareKernels(plan);  // Merging left some programs with few draws.
  shareElementwise(plan);
  setLifetimes(plan);
  assignTextures(plan, options.maxTextureSize);
  return plan;
}

}  // namespace texflow
