#include "plan/plan.h"

#include <algorithm>

namespace texflow {

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

KnownPrograms programsOf(const Plan& plan) {
  KnownPrograms programs;
  for (const Step& step : plan.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) programs.insert(programText(*draw));
  return programs;
}

std::size_t newPrograms(const Plan& plan, const KnownPrograms* known) {
  KnownPrograms programs = programsOf(plan);
  if (known) std::erase_if(programs, [&](const std::string& program) { return known->count(program) > 0; });
  return programs.size();
}

void sharePrograms(Plan& plan, const KnownPrograms* known, const KnownPrograms* compiled) {
  shareKernels(plan, known);  // Merging left some programs with few draws.
  shareWindows(plan, known, compiled);
  shareEnds(plan, known);
  shareElementwise(plan, known);
}

}  // namespace texflow
