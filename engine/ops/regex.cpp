#include "ops/regex.h"

#include "ops/utf8.h"

namespace texflow {
namespace {

bool isWord(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const char c = text[at];
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool holds(int assertion, std::string_view text, std::size_t at) {
  const bool edge = isWord(text, at) != (at > 0 && isWord(text, at - 1));
  switch (assertion) {
    case '^': return at == 0;
    case '$': return at == text.size();
    case 'b': return edge;
    default: return !edge;
  }
}

}  // namespace

/// Runs all alternatives side by side, the preferred ones first.
struct Regex::Runner {
  struct Thread {
    int at;
    std::vector<int> saved;
  };
  const Regex& regex;
  std::string_view text;
  std::vector<Thread> threads;
  std::vector<std::size_t> seenAt;  ///< Text position + 1 at which an instruction was last reached.

  /// Follows everything that takes no character, without recursion.
  void add(std::vector<Thread>& to, int start, std::size_t position, std::vector<int> saved) {
    std::vector<Thread> open{{start, std::move(saved)}};
    while (!open.empty()) {
      Thread thread = std::move(open.back());
      open.pop_back();
      std::size_t& seen = seenAt[static_cast<std::size_t>(thread.at)];
      if (seen == position + 1) continue;
      seen = position + 1;
      const Instruction& step = regex.program_[static_cast<std::size_t>(thread.at)];
      switch (step.kind) {
        case Instruction::kJump: open.push_back({step.x, std::move(thread.saved)}); break;
        case Instruction::kSplit:
          open.push_back({step.y, thread.saved});
          open.push_back({step.x, std::move(thread.saved)});
          break;
        case Instruction::kSave:
          thread.saved[static_cast<std::size_t>(step.x)] = static_cast<int>(position);
          open.push_back({thread.at + 1, std::move(thread.saved)});
          break;
        case Instruction::kAssert:
          if (holds(step.x, text, position)) open.push_back({thread.at + 1, std::move(thread.saved)});
          break;
        default: to.push_back(std::move(thread));
      }
    }
  }
};

std::vector<int> Regex::search(std::string_view text, std::size_t from, bool anchored) const {
  Runner runner{*this, text, {}, std::vector<std::size_t>(program_.size(), 0)};
  std::vector<int> best;
  for (std::size_t at = from;;) {
    if (best.empty() && (!anchored || at == from))
      runner.add(runner.threads, 0, at, std::vector<int>(static_cast<std::size_t>(2 * groups_), -1));
    if (runner.threads.empty() && (anchored || !best.empty())) break;
    std::size_t next = at;
    const bool end = at >= text.size();
    const std::uint32_t point = end ? 0 : decodeUtf8(text, next);
    std::vector<Runner::Thread> following;
    for (Runner::Thread& thread : runner.threads) {
      const Instruction& step = program_[static_cast<std::size_t>(thread.at)];
      if (step.kind == Instruction::kMatch) {
        if (anchored && !end) continue;  // Only a match of the whole text counts.
        best = thread.saved;
        break;  // What comes later is less preferred.
      }
      bool inSet = false;
      for (const Range& range : step.set) inSet = inSet || (point >= range.first && point <= range.last);
      if (!end && inSet) runner.add(following, thread.at + 1, next, std::move(thread.saved));
    }
    runner.threads = std::move(following);
    if (end) break;
    at = next;
  }
  return best;
}

bool Regex::matchesWhole(std::string_view text) const { return !search(text, 0, true).empty(); }

Result<std::string> Regex::replace(std::string_view text, std::string_view rewrite, bool all) const {
  std::string result;
  std::size_t done = 0, from = 0;
  int lastEnd = -1;
  while (from <= text.size()) {
    const std::vector<int> match = search(text, from, false);
    if (match.empty()) break;
    if (match[1] == match[0] && match[0] == lastEnd) {  // An empty match right after a match does not count.
      std::size_t next = from;
      if (from < text.size()) decodeUtf8(text, next);
      else ++next;
      from = next;
      lastEnd = -1;
      continue;
    }
    result += text.substr(done, static_cast<std::size_t>(match[0]) - done);
    for (std::size_t i = 0; i < rewrite.size(); ++i) {
      if (rewrite[i] != '\\') {
        result += rewrite[i];
        continue;
      }
      const char c = ++i < rewrite.size() ? rewrite[i] : '\0';
      if (c == '\\') {
        result += c;
        continue;
      }
      const auto group = static_cast<std::size_t>(c - '0');
      if (c < '0' || c > '9' || group >= static_cast<std::size_t>(groups_))
        return Status::invalid("The rewrite '" + std::string(rewrite) + "' has a \\ that names no group of the pattern.");
      if (match[2 * group] >= 0)
        result += text.substr(static_cast<std::size_t>(match[2 * group]),
                              static_cast<std::size_t>(match[2 * group + 1] - match[2 * group]));
    }
    done = from = static_cast<std::size_t>(match[1]);
    lastEnd = match[1];
    if (!all) break;
  }
  return result += text.substr(done);
}

}  // namespace texflow
