#include "plan/arrangement.h"

#include <algorithm>

namespace texflow {
namespace {

std::int64_t area(const PlannedTexture& size) {
  return size.width == 0 ? 0 : std::int64_t{textureExtent(size.width)} * textureExtent(size.height);
}

PlannedTexture grown(const PlannedTexture& size, const TextureNeed& need, int line) {
  return {std::max(size.width, need.width), std::max(size.height, line + need.height)};
}

}  // namespace

std::int64_t Arrangement::place(int need) {
  const Place place = cheapest(need, -1);
  add(place, need);
  return place.added;
}

bool Arrangement::improve() {
  bool improved = false;
  for (std::size_t t = 0; t < users_.size(); ++t) {
    Arrangement without = *this;
    const std::vector<int> homeless = without.users_[t];
    without.users_.erase(without.users_.begin() + static_cast<std::ptrdiff_t>(t));
    without.sizes_.erase(without.sizes_.begin() + static_cast<std::ptrdiff_t>(t));
    const std::int64_t now = texels();
    std::int64_t sum = without.texels();
    for (std::size_t i = 0; i < homeless.size() && sum < now; ++i) sum += without.place(homeless[i]);
    if (sum < now) {
      *this = std::move(without);
      improved = true;
    }
  }
  // A tensor that alone makes its texture wide or high may add less elsewhere.
  for (std::size_t need = 0; need < needs_->size(); ++need) improved = move(static_cast<int>(need)) || improved;
  return improved;
}

std::int64_t Arrangement::texels() const {
  std::int64_t sum = 0;
  for (const PlannedTexture& size : sizes_) sum += area(size);
  return sum;
}

bool Arrangement::isFree(std::size_t texture, int index, int first) const {
  const TextureNeed& need = of(index);
  return std::all_of(users_[texture].begin(), users_[texture].end(), [&](int other) {
    const bool apart = of(other).first > need.last || need.first > of(other).last;
    return other == index || apart || first >= line(other) + of(other).height || line(other) >= first + need.height;
  });
}

void Arrangement::heighten(std::size_t texture, int height) {
  sizes_[texture].height = std::max(sizes_[texture].height, height);
}

// The lowest line from which the need's lines are free during its life; -1 when it may not lie in this texture.
int Arrangement::freeLine(std::size_t texture, int index) const {
  const TextureNeed& need = of(index);
  std::vector<std::pair<int, int>>& taken = taken_;
  taken.clear();
  for (int other : users_[texture]) {
    if (of(other).first > need.last || need.first > of(other).last) continue;
    if (!stacked_ || std::find(need.partners.begin(), need.partners.end(), other) != need.partners.end()) return -1;
    taken.emplace_back(line(other), line(other) + of(other).height);
  }
  std::sort(taken.begin(), taken.end());
  int free = 0;
  for (const auto& [begin, end] : taken) {
    if (begin - free >= need.height) break;
    free = std::max(free, end);
  }
  return free + need.height <= maxHeight_ ? free : -1;
}

Arrangement::Place Arrangement::cheapest(int index, int except) const {
  const TextureNeed& need = of(index);
  Place best{-1, 0, area({need.width, need.height})};
  std::int64_t bestArea = 0;
  for (std::size_t t = 0; t < users_.size(); ++t) {
    if (static_cast<int>(t) == except) continue;
    const std::int64_t now = area(sizes_[t]);
    if (area(grown(sizes_[t], need, 0)) - now > best.added) continue;
    const int line = freeLine(t, index);
    if (line < 0) continue;
    const std::int64_t added = area(grown(sizes_[t], need, line)) - now;
    if (added > best.added || (added == best.added && best.texture >= 0 && now >= bestArea)) continue;
    best = {static_cast<int>(t), line, added};
    bestArea = now;
  }
  return best;
}

void Arrangement::add(const Place& place, int need) {
  auto texture = static_cast<std::size_t>(place.texture);
  if (place.texture < 0) {
    texture = users_.size();
    users_.emplace_back();
    sizes_.push_back({0, 0});
  }
  users_[texture].push_back(need);
  lines_[static_cast<std::size_t>(need)] = place.line;
  sizes_[texture] = grown(sizes_[texture], of(need), place.line);
}

PlannedTexture Arrangement::sizeWithout(std::size_t texture, int need) const {
  PlannedTexture size;
  for (int other : users_[texture])
    if (other != need) size = grown(size, of(other), line(other));
  return size;
}

bool Arrangement::move(int need) {
  std::size_t from = 0;
  while (std::find(users_[from].begin(), users_[from].end(), need) == users_[from].end()) ++from;
  const PlannedTexture smaller = sizeWithout(from, need);
  const std::int64_t saved = area(sizes_[from]) - area(smaller);
  if (saved == 0) return false;
  const Place to = cheapest(need, static_cast<int>(from));
  if (to.texture < 0 || to.added >= saved) return false;
  std::erase(users_[from], need);
  sizes_[from] = smaller;
  add(to, need);
  return true;
}

}  // namespace texflow
