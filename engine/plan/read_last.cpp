// Readbacks that no draw waits for, moved behind the draws.
#include <set>

#include "plan/plan.h"

namespace texflow {
namespace {

/// The host values that uploads are made of, directly or through host steps.
std::set<int> valuesOfUploads(const Plan& plan) {
  std::set<int> needed;
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    if (const auto* upload = std::get_if<UploadStep>(&*step)) needed.insert(upload->value);
    const auto* host = std::get_if<HostStep>(&*step);
    if (!host) continue;
    for (int output : host->outputs) {
      if (!needed.count(output)) continue;
      needed.insert(host->inputs.begin(), host->inputs.end());
      break;
    }
  }
  return needed;
}

}  // namespace

void readLast(Plan& plan) {
  const std::set<int> needed = valuesOfUploads(plan);
  const auto isNeeded = [&](const Step& step) {
    if (const auto* read = std::get_if<ReadStep>(&step)) return needed.count(read->value) > 0;
    const auto* host = std::get_if<HostStep>(&step);
    if (!host) return true;
    for (int output : host->outputs)
      if (needed.count(output)) return true;
    return false;
  };
  std::vector<Step> steps, reads, computed;
  for (Step& step : plan.steps) {
    std::vector<Step>& order = isNeeded(step) ? steps : std::holds_alternative<ReadStep>(step) ? reads : computed;
    order.push_back(std::move(step));
  }
  for (std::vector<Step>* later : {&reads, &computed})
    for (Step& step : *later) steps.push_back(std::move(step));
  plan.steps = std::move(steps);
}

}  // namespace texflow
