#include <algorithm>
#include <numeric>

#include "plan/plan.h"

namespace texflow {
namespace {

constexpr std::int64_t kBytesPerTexel = 16;

bool overlap(const PlannedTensor& a, const PlannedTensor& b) {
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}

std::int64_t lowerBound(const Plan& plan) {
  std::vector<std::int64_t> change(plan.steps.size() + 2, 0);
  for (const PlannedTensor& tensor : plan.tensors) {
    if (tensor.constant >= 0 || tensor.firstStep < 0) continue;
    change[static_cast<std::size_t>(tensor.firstStep)] += tensor.layout.texels();
    change[static_cast<std::size_t>(tensor.lastStep) + 1] -= tensor.layout.texels();
  }
  std::int64_t live = 0, most = 0;
  for (std::int64_t delta : change) most = std::max(most, live += delta);
  return most * kBytesPerTexel;
}

}  // namespace

void assignTextures(Plan& plan) {
  std::vector<int> bySize;
  for (std::size_t i = 0; i < plan.tensors.size(); ++i)
    if (plan.tensors[i].root == static_cast<int>(i) && plan.tensors[i].constant < 0 && plan.tensors[i].firstStep >= 0)
      bySize.push_back(static_cast<int>(i));
  const auto tensor = [&](int id) -> PlannedTensor& { return plan.tensors[static_cast<std::size_t>(id)]; };
  std::stable_sort(bySize.begin(), bySize.end(),
                   [&](int a, int b) { return tensor(a).layout.texels() > tensor(b).layout.texels(); });
  // Largest first, into the smallest texture that holds it and is free during its life (TFLite's "greedy by size").
  std::vector<std::vector<int>> users;
  for (int id : bySize) {
    const TextureLayout& layout = tensor(id).layout;
    int best = -1;
    for (std::size_t t = 0; t < plan.textures.size(); ++t) {
      const PlannedTexture& texture = plan.textures[t];
      if (texture.width < layout.textureWidth || texture.height < layout.textureHeight) continue;
      if (std::any_of(users[t].begin(), users[t].end(), [&](int other) { return overlap(tensor(id), tensor(other)); }))
        continue;
      const auto area = [&](int i) {
        const PlannedTexture& of = plan.textures[static_cast<std::size_t>(i)];
        return std::int64_t{of.width} * of.height;
      };
      if (best < 0 || area(static_cast<int>(t)) < area(best)) best = static_cast<int>(t);
    }
    if (best < 0) {
      best = static_cast<int>(plan.textures.size());
      plan.textures.push_back({layout.textureWidth, layout.textureHeight});
      users.emplace_back();
    }
    tensor(id).texture = best;
    users[static_cast<std::size_t>(best)].push_back(id);
  }
  plan.bytesPlanned = 0;
  const std::int64_t stripes = plan.tensors.empty() ? 1 : plan.tensors.front().layout.stripes;
  for (const PlannedTexture& texture : plan.textures)
    plan.bytesPlanned += std::int64_t{texture.width} * texture.height * stripes * kBytesPerTexel;
  for (PlannedTensor& alias : plan.tensors)
    if (alias.root >= 0) {
      alias.texture = tensor(alias.root).texture;
      alias.constant = tensor(alias.root).constant;
    }
  plan.bytesLowerBound = lowerBound(plan);
}

}  // namespace texflow
