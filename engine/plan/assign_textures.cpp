#include <algorithm>
#include <array>
#include <numeric>

#include "plan/plan.h"

namespace texflow {
namespace {

constexpr std::int64_t kBytesPerTexel = 16;
// Rounds of moving the tensors of one texture to others; each round shrinks the plan or is the last.
constexpr int kMostRounds = 16;

std::int64_t area(int width, int height) { return std::int64_t{width} * height; }

/// A tensor that needs a texture during [first, last].
struct Need {
  int tensor = -1, width = 0, height = 0, first = 0, last = 0;
  std::int64_t texels() const { return area(width, height); }
};

/// One way to share textures.
class Arrangement {
 public:
  explicit Arrangement(const std::vector<Need>& needs) : needs_(&needs) {}

  /// Puts a need where it adds the fewest texels: a free texture that holds it, one that grows, or a new one.
  void place(int need) {
    int texture = cheapest(need, -1).first;
    if (texture < 0) {
      texture = static_cast<int>(users_.size());
      users_.emplace_back();
      sizes_.push_back({0, 0});
    }
    add(texture, need);
  }

  /// Empties textures whose tensors find cheaper places elsewhere; false when nothing got smaller.
  bool improve() {
    bool improved = false;
    for (std::size_t t = 0; t < users_.size(); ++t) {
      Arrangement without = *this;
      std::vector<int> homeless = without.users_[t];
      without.users_.erase(without.users_.begin() + static_cast<std::ptrdiff_t>(t));
      without.sizes_.erase(without.sizes_.begin() + static_cast<std::ptrdiff_t>(t));
      for (int need : homeless) without.place(need);
      if (without.texels() < texels()) {
        *this = std::move(without);
        improved = true;
      }
    }
    // A tensor that alone makes its texture wide or high may add less elsewhere.
    for (std::size_t need = 0; need < needs_->size(); ++need) improved = move(static_cast<int>(need)) || improved;
    return improved;
  }

  std::int64_t texels() const {
    std::int64_t sum = 0;
    for (const PlannedTexture& size : sizes_) sum += area(size.width, size.height);
    return sum;
  }
  const std::vector<PlannedTexture>& sizes() const { return sizes_; }
  const std::vector<std::vector<int>>& users() const { return users_; }

 private:
  const Need& of(int need) const { return (*needs_)[static_cast<std::size_t>(need)]; }

  /// Texture and texels added; texture -1 for a new one. `except` is not considered.
  std::pair<int, std::int64_t> cheapest(int index, int except) const {
    const Need& need = of(index);
    int best = -1;
    std::int64_t leastAdded = need.texels(), leastArea = 0;
    for (std::size_t t = 0; t < users_.size(); ++t) {
      if (static_cast<int>(t) == except) continue;
      const PlannedTexture& size = sizes_[t];
      const std::int64_t now = area(size.width, size.height);
      const std::int64_t added = area(std::max(size.width, need.width), std::max(size.height, need.height)) - now;
      if (added > leastAdded || (added == leastAdded && best >= 0 && now >= leastArea)) continue;
      const bool taken = std::any_of(users_[t].begin(), users_[t].end(), [&](int other) {
        return of(other).first <= need.last && need.first <= of(other).last;
      });
      if (taken) continue;
      best = static_cast<int>(t);
      leastAdded = added;
      leastArea = now;
    }
    return {best, leastAdded};
  }

  void add(int texture, int need) {
    users_[static_cast<std::size_t>(texture)].push_back(need);
    PlannedTexture& size = sizes_[static_cast<std::size_t>(texture)];
    size.width = std::max(size.width, of(need).width);
    size.height = std::max(size.height, of(need).height);
  }

  PlannedTexture sizeWithout(std::size_t texture, int need) const {
    PlannedTexture size;
    for (int other : users_[texture]) {
      if (other == need) continue;
      size.width = std::max(size.width, of(other).width);
      size.height = std::max(size.height, of(other).height);
    }
    return size;
  }

  bool move(int need) {
    std::size_t from = 0;
    while (std::find(users_[from].begin(), users_[from].end(), need) == users_[from].end()) ++from;
    const PlannedTexture smaller = sizeWithout(from, need);
    const std::int64_t saved = area(sizes_[from].width, sizes_[from].height) - area(smaller.width, smaller.height);
    if (saved == 0) return false;
    const auto [to, added] = cheapest(need, static_cast<int>(from));
    if (to < 0 || added >= saved) return false;
    std::erase(users_[from], need);
    sizes_[from] = smaller;
    add(to, need);
    return true;
  }

  const std::vector<Need>* needs_;
  std::vector<PlannedTexture> sizes_;
  std::vector<std::vector<int>> users_;
};

/// Greedy in several orders, because none is best for every graph; then rounds of improvement.
Arrangement arrange(const std::vector<Need>& needs) {
  const auto bySize = [&](int a, int b) {
    return needs[static_cast<std::size_t>(a)].texels() > needs[static_cast<std::size_t>(b)].texels();
  };
  const auto byStart = [&](int a, int b) {
    return needs[static_cast<std::size_t>(a)].first < needs[static_cast<std::size_t>(b)].first;
  };
  const auto byHeight = [&](int a, int b) {
    return needs[static_cast<std::size_t>(a)].height > needs[static_cast<std::size_t>(b)].height;
  };
  const auto byWidth = [&](int a, int b) {
    return needs[static_cast<std::size_t>(a)].width > needs[static_cast<std::size_t>(b)].width;
  };
  std::vector<int> order(needs.size());
  std::iota(order.begin(), order.end(), 0);
  Arrangement best(needs);
  const auto attempt = [&](const auto& before) {
    std::vector<int> sorted = order;
    std::stable_sort(sorted.begin(), sorted.end(), before);
    Arrangement arrangement(needs);
    for (int need : sorted) arrangement.place(need);
    for (int round = 0; round < kMostRounds && arrangement.improve(); ++round) {
    }
    if (best.sizes().empty() || arrangement.texels() < best.texels()) best = std::move(arrangement);
  };
  attempt(bySize);
  attempt(byStart);
  attempt(byHeight);
  attempt(byWidth);
  return best;
}

std::int64_t lowerBound(const std::vector<Need>& needs, std::size_t steps) {
  std::vector<std::int64_t> change(steps + 2, 0);
  for (const Need& need : needs) {
    change[static_cast<std::size_t>(need.first)] += need.texels();
    change[static_cast<std::size_t>(need.last) + 1] -= need.texels();
  }
  std::int64_t live = 0, most = 0;
  for (std::int64_t delta : change) most = std::max(most, live += delta);
  return most;
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

void assignTextures(Plan& plan) {
  std::vector<Need> needs;
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = plan.tensors[i];
    if (tensor.root != static_cast<int>(i) || tensor.constant >= 0 || tensor.firstStep < 0) continue;
    needs.push_back(
        {static_cast<int>(i), tensor.layout.textureWidth, tensor.layout.textureHeight, tensor.firstStep, tensor.lastStep});
  }
  const Arrangement arrangement = arrange(needs);
  plan.textures = arrangement.sizes();
  for (PlannedTexture& texture : plan.textures) texture = {textureExtent(texture.width), textureExtent(texture.height)};
  for (std::size_t t = 0; t < plan.textures.size(); ++t)
    for (int need : arrangement.users()[t]) {
      const auto tensor = static_cast<std::size_t>(needs[static_cast<std::size_t>(need)].tensor);
      plan.tensors[tensor].texture = static_cast<int>(t);
    }
  for (PlannedTensor& alias : plan.tensors)
    if (alias.root >= 0) {
      alias.texture = plan.tensors[static_cast<std::size_t>(alias.root)].texture;
      alias.constant = plan.tensors[static_cast<std::size_t>(alias.root)].constant;
    }
  const std::int64_t stripes = plan.tensors.empty() ? 1 : plan.tensors.front().layout.stripes;
  plan.bytesPlanned = 0;
  for (const PlannedTexture& texture : plan.textures)
    plan.bytesPlanned += area(texture.width, texture.height) * stripes * kBytesPerTexel;
  plan.bytesLowerBound = lowerBound(needs, plan.steps.size()) * stripes * kBytesPerTexel;
}

}  // namespace texflow
