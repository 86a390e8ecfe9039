// One way to share textures among tensors by their lifetimes. Private to plan/.
#pragma once
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace texflow {

/// A tensor that needs texels during the steps [first, last].
struct TextureNeed {
  int tensor = -1, width = 0, height = 0, first = 0, last = 0;
  std::vector<int> partners;  ///< Needs that share a draw as its output and an input: never in one texture.
};

class Arrangement {
 public:
  /// `stacked`: tensors that live at the same time may lie below each other in a texture of at most `maxHeight` lines.
  Arrangement(const std::vector<TextureNeed>& needs, bool stacked, int maxHeight)
      : needs_(&needs), lines_(needs.size()), stacked_(stacked), maxHeight_(maxHeight) {}

  /// Puts a need where it adds the fewest texels: a texture with room, one that grows, or a new one. → how many.
  std::int64_t place(int need);
  /// Empties textures whose tensors find cheaper places elsewhere, then moves single tensors; false when nothing got
  /// smaller.
  bool improve();

  std::int64_t texels() const;
  const std::vector<PlannedTexture>& sizes() const { return sizes_; }
  const std::vector<std::vector<int>>& users() const { return users_; }
  /// First line of a need in its texture.
  int line(int need) const { return lines_[static_cast<std::size_t>(need)]; }

  /// Whether no other need of this need's texture uses its lines while it lives, if it began at `line`.
  bool isFree(std::size_t texture, int need, int line) const;
  /// The lines must be free, and the texture high enough.
  void setLine(int need, int line) { lines_[static_cast<std::size_t>(need)] = line; }
  /// Gives a texture at least so many lines.
  void heighten(std::size_t texture, int height);

 private:
  struct Place {
    int texture = -1;  ///< -1: a new one.
    int line = 0;
    std::int64_t added = 0;
  };
  const TextureNeed& of(int need) const { return (*needs_)[static_cast<std::size_t>(need)]; }
  Place cheapest(int need, int except) const;
  int freeLine(std::size_t texture, int need) const;
  void add(const Place& place, int need);
  PlannedTexture sizeWithout(std::size_t texture, int need) const;
  bool move(int need);

  const std::vector<TextureNeed>* needs_;
  std::vector<PlannedTexture> sizes_;
  std::vector<std::vector<int>> users_;
  std::vector<int> lines_;
  mutable std::vector<std::pair<int, int>> taken_;  ///< Lines [begin, end) that freeLine() finds in use.
  bool stacked_;
  int maxHeight_;
};

}  // namespace texflow
