// The greedy choice of boxes by score that all versions of NonMaxSuppression make.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <queue>
#include <vector>

namespace texflow {

/// What one version of the op reads, with the defaults of those that lack an input.
struct Suppression {
  std::int64_t most = 0;
  float overlap = 0.5F, score = std::numeric_limits<float>::lowest(), softSigma = 0;
  bool padded = false;
};

/// Intersection over union of two boxes whose corners come in any order.
inline float overlapOf(const float* a, const float* b) {
  const auto low = [](const float* box, int axis) { return std::min(box[axis], box[axis + 2]); };
  const auto high = [](const float* box, int axis) { return std::max(box[axis], box[axis + 2]); };
  const float areaA = (high(a, 0) - low(a, 0)) * (high(a, 1) - low(a, 1));
  const float areaB = (high(b, 0) - low(b, 0)) * (high(b, 1) - low(b, 1));
  if (areaA <= 0 || areaB <= 0) return 0;
  const float height = std::max(std::min(high(a, 0), high(b, 0)) - std::max(low(a, 0), low(b, 0)), 0.0F);
  const float width = std::max(std::min(high(a, 1), high(b, 1)) - std::max(low(a, 1), low(b, 1)), 0.0F);
  return height * width / (areaA + areaB - height * width);
}

struct Candidate {
  float score;
  std::int32_t box;
  std::size_t compared;  ///< Chosen boxes that this one has been compared with.
};

/// The best candidate on top: the larger score, of equal ones the lower index.
struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.score == b.score ? a.box > b.box : a.score < b.score;
  }
};

struct Chosen {
  std::vector<std::int32_t> boxes;
  std::vector<float> scores;
};

template <class Overlap>
Chosen choose(const Suppression& options, const float* scores, std::int64_t count, Overlap overlap) {
  std::priority_queue<Candidate, std::vector<Candidate>, Worse> queue;
  for (std::int64_t i = 0; i < count; ++i)
    if (scores[i] > options.score) queue.push({scores[i], static_cast<std::int32_t>(i), 0});
  const bool soft = options.softSigma > 0;
  const float scale = soft ? -0.5F / options.softSigma : 0;
  Chosen chosen;
  while (static_cast<std::int64_t>(chosen.boxes.size()) < options.most && !queue.empty()) {
    Candidate next = queue.top();
    queue.pop();
    const float before = next.score;
    bool dropped = false;
    for (std::size_t j = chosen.boxes.size(); j-- > next.compared;) {
      const float similarity = overlap(next.box, chosen.boxes[j]);
      if (!soft && similarity > options.overlap) {
        dropped = true;
        break;
      }
      if (soft) next.score *= std::exp(scale * similarity * similarity);
      if (next.score <= options.score) break;
    }
    next.compared = chosen.boxes.size();
    if (dropped) continue;
    if (next.score == before) {
      chosen.boxes.push_back(next.box);
      chosen.scores.push_back(next.score);
    } else if (next.score > options.score) {
      queue.push(next);
    }
  }
  return chosen;
}

}  // namespace texflow
