#include "plan/texture_search.h"

#include <algorithm>
#include <numeric>

#include "plan/spread_tiles.h"

namespace texflow {
namespace {

constexpr std::int64_t kBytesPerTexel = 16;
// Rounds of moving tensors to other textures; each round shrinks the plan or is the last.
constexpr int kMostRounds = 16;
// A plan is fine up to this multiple of the lower bound; beyond it tensors are stacked in textures.
constexpr double kGoodEnough = 1.3;
// Up to this multiple of it, textures are made higher than they need to be where that spreads draws over a rasterizer's
// tiles.
constexpr double kMostForTiles = 1.45;
// Orders that are tried in any case, and once more with stacked tensors.
constexpr int kOrders = 4;
// Orders by blurred size that are tried before the search gives up.
constexpr int kMostBlurs = 12;

/// Texels at the worst moment, when every tensor has a texture of its own.
std::int64_t lowerBound(const std::vector<TextureNeed>& needs, std::size_t steps) {
  std::vector<std::int64_t> change(steps + 2, 0);
  for (const TextureNeed& need : needs) {
    const std::int64_t extent = std::int64_t{textureExtent(need.width)} * textureExtent(need.height);
    change[static_cast<std::size_t>(need.first)] += extent;
    change[static_cast<std::size_t>(need.last) + 1] -= extent;
  }
  std::int64_t live = 0, most = 0;
  for (std::int64_t delta : change) most = std::max(most, live += delta);
  return most;
}

std::vector<TextureNeed> collectNeeds(const Plan& plan) {
  std::vector<TextureNeed> needs;
  std::vector<int> needOf(plan.tensors.size(), -1);
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = plan.tensors[i];
    if (tensor.root != static_cast<int>(i) || tensor.constant >= 0 || tensor.firstStep < 0) continue;
    needOf[i] = static_cast<int>(needs.size());
    needs.push_back({static_cast<int>(i),
                     tensor.layout.textureWidth,
                     tensor.layout.textureHeight,
                     tensor.firstStep,
                     tensor.lastStep,
                     {}});
  }
  // A draw that samples the texture it writes to is undefined, even where it reads other texels.
  const auto rootNeed = [&](int tensor) {
    return needOf[static_cast<std::size_t>(plan.tensors[static_cast<std::size_t>(tensor)].root)];
  };
  for (const Step& step : plan.steps) {
    const auto* draw = std::get_if<DrawStep>(&step);
    if (!draw || draw->output < 0) continue;
    const int output = rootNeed(draw->output);
    for (int tensor : draw->inputs) {
      const int input = rootNeed(tensor);
      if (input < 0 || output < 0) continue;
      needs[static_cast<std::size_t>(output)].partners.push_back(input);
      needs[static_cast<std::size_t>(input)].partners.push_back(output);
    }
  }
  return needs;
}

}  // namespace

void setLifetimes(Plan& plan) {
  for (PlannedTensor& tensor : plan.tensors) tensor.firstStep = tensor.lastStep = -1;
  const auto touch = [&](int id, std::size_t step) {
    const int root = plan.tensors[static_cast<std::size_t>(id)].root;
    PlannedTensor& tensor = plan.tensors[static_cast<std::size_t>(root)];
    if (tensor.firstStep < 0) tensor.firstStep = static_cast<int>(step);
    tensor.lastStep = static_cast<int>(step);
  };
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (const auto* draw = std::get_if<DrawStep>(&plan.steps[i])) {
      for (int input : draw->inputs) touch(input, i);
      touch(draw->output, i);
    } else if (const auto* upload = std::get_if<UploadStep>(&plan.steps[i])) {
      touch(upload->tensor, i);
    } else if (const auto* read = std::get_if<ReadStep>(&plan.steps[i])) {
      touch(read->tensor, i);
    }
  }
  for (const auto& [port, id] : plan.onGpu) touch(id, plan.steps.size());
}

TextureSearch::TextureSearch(const Plan& plan, const PlanOptions& options)
    : options_(options), needs_(collectNeeds(plan)), bound_(lowerBound(needs_, plan.steps.size())) {}

bool TextureSearch::isGood() const {
  return best_ && static_cast<double>(best_->texels()) <= kGoodEnough * static_cast<double>(bound_);
}

/// Needs with larger keys are placed first.
double TextureSearch::key(int attempt, const TextureNeed& need) {
  const auto size = static_cast<double>(std::int64_t{need.width} * need.height);
  if (attempt >= 2 * kOrders) return size * (1 + static_cast<double>(random_() % 1024) / 1024);
  switch (attempt % kOrders) {
    case 0: return size;
    case 1: return -need.first;
    case 2: return need.height;
    default: return need.width;
  }
}

void TextureSearch::attempt(int number) {
  std::vector<double> keys;
  for (const TextureNeed& need : needs_) keys.push_back(key(number, need));
  std::vector<int> order(needs_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return keys[static_cast<std::size_t>(a)] > keys[static_cast<std::size_t>(b)]; });
  Arrangement arrangement(needs_, number >= kOrders, options_.maxTextureSize);
  for (int need : order) arrangement.place(need);
  for (int round = 0; round < kMostRounds && arrangement.improve(); ++round) {
  }
  if (!best_ || arrangement.texels() < best_->texels()) best_ = std::move(arrangement);
}

bool TextureSearch::step() {
  // All orders of one kind are compared.
  const bool mayEnd = attempts_ % kOrders == 0 || attempts_ >= 2 * kOrders;
  if ((mayEnd && isGood()) || attempts_ == 2 * kOrders + kMostBlurs) return false;
  attempt(attempts_++);
  return true;
}

void TextureSearch::finish(Plan& plan) {
  Arrangement& arrangement = *best_;
  if (options_.rasterTile > 0) {
    const auto most = static_cast<std::int64_t>(kMostForTiles * static_cast<double>(bound_));
    spreadOverTiles(arrangement, needs_, options_.rasterTile, most, options_.maxTextureSize);
  }
  plan.textures = arrangement.sizes();
  for (PlannedTexture& texture : plan.textures) texture = {textureExtent(texture.width), textureExtent(texture.height)};
  for (std::size_t t = 0; t < plan.textures.size(); ++t)
    for (int need : arrangement.users()[t]) {
      PlannedTensor& tensor = plan.tensors[static_cast<std::size_t>(needs_[static_cast<std::size_t>(need)].tensor)];
      tensor.texture = static_cast<int>(t);
      tensor.line = arrangement.line(need);
    }
  for (PlannedTensor& alias : plan.tensors)
    if (alias.root >= 0) {
      const PlannedTensor& root = plan.tensors[static_cast<std::size_t>(alias.root)];
      alias.texture = root.texture;
      alias.line = root.line;
      alias.constant = root.constant;
    }
  const std::int64_t stripes = plan.tensors.empty() ? 1 : plan.tensors.front().layout.stripes;
  plan.bytesPlanned = arrangement.texels() * stripes * kBytesPerTexel;
  plan.bytesLowerBound = bound_ * stripes * kBytesPerTexel;
}

}  // namespace texflow
