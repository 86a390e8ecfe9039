#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "plan/expression.h"
#include "plan/merge_draws.h"

namespace texflow {
namespace {

// Merged draws of one program must save this share of all texel accesses of a run: every program costs a first draw.
constexpr double kLeastShare = 0.03;
// Plans with more programs than this get no further ones by merging.
constexpr std::size_t kManyPrograms = 20;

class DrawFuser {
 public:
  DrawFuser(Plan& plan, const KnownPrograms* known) : plan_(plan), known_(known) {
    if (known)
      for (const std::string& program : *known) masksOf_[withoutMask(program)].push_back(maskIn(program));
  }

  void run() {
    const std::vector<Step> original = plan_.steps;
    gone_.assign(original.size(), false);
    const std::size_t most = std::max(kManyPrograms, programs().size());
    for (double share = kLeastShare; share < 1; share *= 2) {
      std::set<std::size_t> apart;  // Steps that stay draws of their own.
      while (true) {
        plan_.steps = original;
        mergeAll(apart);
        const auto poor = known_ ? unknownMerges() : poorMerges(share);
        if (poor.empty()) break;
        apart.insert(poor.begin(), poor.end());
      }
      if (!known_ && !apart.empty()) mergeAllUnlessDearer(original);
      if (known_ || programs().size() <= most) break;
    }
    plan_.steps = finished();
  }

 private:
  const PlannedTensor& tensor(int id) const { return plan_.tensors[static_cast<std::size_t>(id)]; }
  DrawStep* draw(std::size_t step) { return std::get_if<DrawStep>(&plan_.steps[step]); }

  void mergeAll(const std::set<std::size_t>& apart) {
    gone_.assign(plan_.steps.size(), false);
    saved_.assign(plan_.steps.size(), 0);
    merged_.assign(plan_.steps.size(), false);
    countUses();
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      if (!apart.count(i)) mergeInto(i);
  }

  /// Merges everything where the draws that stand apart save no program in the end.
  void mergeAllUnlessDearer(const std::vector<Step>& original) {
    const std::size_t programs = programsWhenShared();
    std::vector<Step> apart = std::exchange(plan_.steps, original);
    const auto state = std::tuple(gone_, saved_, merged_);
    mergeAll({});
    if (programsWhenShared() <= programs) return;
    plan_.steps = std::move(apart);
    std::tie(gone_, saved_, merged_) = state;
  }

  /// Programs of the plan after the passes that follow.
  std::size_t programsWhenShared() {
    const std::vector<Step> steps = plan_.steps;
    Plan shared;
    shared.tensors = plan_.tensors;
    shared.steps = finished();
    plan_.steps = steps;
    sharePrograms(shared);
    return programsOf(shared).size();
  }

  /// The steps that are left, with names for what they have in common.
  std::vector<Step> finished() {
    nameSameLayouts();
    std::vector<Step> kept;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      if (!gone_[i]) kept.push_back(std::move(plan_.steps[i]));
    return kept;
  }

  void countUses() {
    writer_.assign(plan_.tensors.size(), -1);
    readers_.assign(plan_.tensors.size(), 0);
    for (const PlannedTensor& alias : plan_.tensors)
      if (alias.root >= 0) ++readers_[static_cast<std::size_t>(alias.root)];
    for (int& own : readers_) --own;  // Aliases count as readers; the root itself does not.
    for (const auto& [port, id] : plan_.onGpu) readers_[static_cast<std::size_t>(tensor(id).root)] += 1;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (const DrawStep* step = draw(i)) {
        writer_[static_cast<std::size_t>(tensor(step->output).root)] = static_cast<int>(i);
        for (int input : step->inputs) ++readers_[static_cast<std::size_t>(tensor(input).root)];
      } else if (const auto* read = std::get_if<ReadStep>(&plan_.steps[i])) {
        ++readers_[static_cast<std::size_t>(tensor(read->tensor).root)];
      }
    }
  }

  /// Merges the elementwise draw `at` with the draw that made one of its operands, when nothing else reads that.
  void mergeInto(std::size_t at) {
    DrawStep* consumer = draw(at);
    if (!consumer || !isElementwise(*consumer)) return;
    const TextureLayout& layout = tensor(consumer->output).layout;
    int best = -1, latest = -1;
    for (std::size_t k = 0; k < consumer->inputs.size(); ++k) {
      const int id = consumer->inputs[k];
      const int writer = writer_[static_cast<std::size_t>(id)];
      if (tensor(id).root != id || writer < 0 || readers_[static_cast<std::size_t>(id)] != 1) continue;
      if (!(tensor(id).layout == layout)) continue;
      latest = std::max(latest, writer);
      if (!takesElementwise(*draw(static_cast<std::size_t>(writer)))) continue;
      // The later of two products: its weights are more likely still in the cache, and the other is done by then.
      if (best < 0 || writer > writer_[static_cast<std::size_t>(consumer->inputs[static_cast<std::size_t>(best)])])
        best = static_cast<int>(k);
    }
    if (best < 0) return;
    const auto from =
        static_cast<std::size_t>(writer_[static_cast<std::size_t>(consumer->inputs[static_cast<std::size_t>(best)])]);
    // A product takes the sum with what was copied or resized after it; a chain that would is left apart, for it makes a
    // program that nothing else shares.
    if (isElementwise(*draw(from)) && static_cast<int>(from) < latest) return;
    std::optional<DrawStep> merged = mergedDraw(plan_, *draw(from), *consumer, static_cast<std::size_t>(best));
    if (!merged) return;
    saved_[at] = saved_[from] + layout.texels();
    merged_[at] = true;
    gone_[from] = true;
    writer_[static_cast<std::size_t>(tensor(consumer->output).root)] = static_cast<int>(at);
    plan_.steps[at] = std::move(*merged);
  }

  /// Tells elementwise programs which operands lie like the output in all their draws: those addresses cost nothing.
  void nameSameLayouts() {
    std::map<std::string, int> masks;
    for (const bool naming : {false, true})
      for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
        DrawStep* step = gone_[i] ? nullptr : draw(i);
        if (!step || !isElementwise(*step)) continue;
        const auto same = [&](std::size_t k) { return tensor(step->inputs[k]).layout == tensor(step->output).layout; };
        if (naming) {
          int mask = masks.at(keyOf(*step));
          if (known_) mask = knownMask(*step, mask, same);
          step->kernel.defines.emplace_back("SAME", std::to_string(mask));
          continue;
        }
        if (isCommutative(defineOf(step->kernel, "EXPR")) && !same(0) && same(1)) swapOperands(*step);
        int mask = 0;
        for (std::size_t k = 0; k < step->inputs.size(); ++k) mask |= same(k) ? 1 << k : 0;
        const auto [found, isNew] = masks.emplace(keyOf(*step), mask);
        if (!isNew) found->second &= mask;
      }
  }

  static std::string keyOf(const DrawStep& step) { return step.kernel.text() + " I" + std::to_string(step.inputs.size()); }

  // Known programs by their text without the mask of operands that lie like the output.
  static constexpr const char* kMask = " SAME=";
  static std::string withoutMask(const std::string& program) {
    const std::size_t at = program.find(kMask);
    return at == program.npos ? program : program.substr(0, at) + program.substr(program.find(' ', at + 1));
  }
  static int maskIn(const std::string& program) {
    const std::size_t at = program.find(kMask);
    return at == program.npos ? 0 : std::atoi(program.c_str() + at + std::char_traits<char>::length(kMask));
  }

  /// The mask of a known program that serves the draw, else `mask`.
  template <class Same>
  int knownMask(const DrawStep& step, int mask, Same same) const {
    const auto found = masksOf_.find(programText(step));
    if (found == masksOf_.end()) return mask;
    int best = -1;
    for (const int known : found->second) {
      bool serves = true;
      for (std::size_t k = 0; k < step.inputs.size(); ++k) serves = serves && (!(known >> k & 1) || same(k));
      if (serves) best = std::max(best, known);
    }
    return best < 0 ? mask : best;
  }

  /// The last merges of draws whose program is not known.
  std::set<std::size_t> unknownMerges() {
    std::set<std::size_t> unknown;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      if (!gone_[i] && merged_[i] && !masksOf_.count(programText(*draw(i)))) unknown.insert(i);
    return unknown;
  }

  /// The programs of the plan as it stands, with the texels that each saves.
  std::map<std::string, std::int64_t> programs() {
    std::map<std::string, std::int64_t> saved;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      if (const DrawStep* step = gone_[i] ? nullptr : draw(i)) saved[keyOf(*step)] += saved_.empty() ? 0 : saved_[i];
    return saved;
  }

  /// The last merges of draws whose program saves less than `share` of all texel accesses.
  std::set<std::size_t> poorMerges(double share) {
    double accesses = 0;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const DrawStep* step = gone_[i] ? nullptr : draw(i);
      if (!step) continue;
      accesses += static_cast<double>(tensor(step->output).layout.texels() + 2 * saved_[i]);
      for (int input : step->inputs) accesses += static_cast<double>(tensor(input).layout.texels());
    }
    const auto saved = programs();
    std::set<std::size_t> poor;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      if (!gone_[i] && merged_[i] && static_cast<double>(2 * saved.at(keyOf(*draw(i)))) < share * accesses) poor.insert(i);
    return poor;
  }

  Plan& plan_;
  const KnownPrograms* known_;
  std::map<std::string, std::vector<int>> masksOf_;
  std::vector<int> writer_, readers_;  ///< By root tensor.
  std::vector<char> gone_, merged_;    ///< By step: merged into a later one; holds an earlier one.
  std::vector<std::int64_t> saved_;    ///< Texels of the tensors that merging made needless.
};

}  // namespace

void fuseDraws(Plan& plan, const KnownPrograms* known) { DrawFuser(plan, known).run(); }

}  // namespace texflow
