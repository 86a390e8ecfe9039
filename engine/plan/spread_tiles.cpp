#include "plan/spread_tiles.h"

#include <algorithm>
#include <numeric>

namespace texflow {
namespace {

constexpr int kBlock = 4;       // Texels that are shaded together: side of a square.
constexpr int kTileBlocks = 2;  // What starting a tile costs.

int blocks(int begin, int end) { return (end + kBlock - 1) / kBlock - begin / kBlock; }

}  // namespace

int busierThread(int width, int height, int firstLine, int tile) {
  int first = 0, second = 0;
  for (int top = firstLine / tile * tile; top < firstLine + height; top += tile) {
    const int lines = blocks(std::max(top, firstLine), std::min(top + tile, firstLine + height));
    for (int left = 0; left < width; left += tile) {
      // The thread that is free first takes the next tile.
      int& thread = first <= second ? first : second;
      thread += lines * blocks(left, std::min(left + tile, width)) + kTileBlocks;
    }
  }
  return std::max(first, second);
}

namespace {

/// The line up to `lastLine` from which a draw of the need takes least, of those that are free; it may stay where it is.
int balancedLine(const Arrangement& arrangement, std::size_t texture, int user, const TextureNeed& need, int tile,
                 int lastLine) {
  int best = arrangement.line(user), least = busierThread(need.width, need.height, best, tile);
  for (int line = 0; line <= lastLine; line += kBlock) {
    const int work = busierThread(need.width, need.height, line, tile);
    if (work >= least || !arrangement.isFree(texture, user, line)) continue;
    best = line;
    least = work;
  }
  return best;
}

}  // namespace

void spreadOverTiles(Arrangement& arrangement, const std::vector<TextureNeed>& needs, int tile, std::int64_t mostTexels,
                     int maxHeight) {
  const std::size_t textures = arrangement.sizes().size();
  std::vector<int> height(textures);  // What balanced lines need.
  for (std::size_t t = 0; t < textures; ++t)
    for (int user : arrangement.users()[t]) {
      const TextureNeed& need = needs[static_cast<std::size_t>(user)];
      const int last = std::min(arrangement.sizes()[t].height + tile, maxHeight) - need.height;
      height[t] = std::max(height[t], balancedLine(arrangement, t, user, need, tile, last) + need.height);
    }
  const auto growth = [&](std::size_t t) {
    const PlannedTexture& size = arrangement.sizes()[t];
    return std::int64_t{size.width} * std::max(0, height[t] - size.height);
  };
  std::vector<std::size_t> order(textures);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return growth(a) < growth(b); });
  for (std::size_t t : order) {
    if (arrangement.texels() + growth(t) <= mostTexels) arrangement.heighten(t, height[t]);
    for (int user : arrangement.users()[t]) {
      const TextureNeed& need = needs[static_cast<std::size_t>(user)];
      const int last = arrangement.sizes()[t].height - need.height;
      arrangement.setLine(user, balancedLine(arrangement, t, user, need, tile, last));
    }
  }
}

}  // namespace texflow
