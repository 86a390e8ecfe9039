// Regular expressions in RE2's syntax, matched in time linear in the text: leftmost, and of those the one that a
// backtracking matcher would find first.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/status.h"

namespace texflow {

class Regex {
 public:
  /// Understands literals, ., classes with ranges and \d \w \s and [:names:], groups (captured, (?:..), (?i)), | * + ? {m,n}
  /// lazy or not, ^ $ \A \z \b \B. Works on UTF-8. An error names what it does not understand.
  static Result<Regex> compile(std::string_view pattern);

  /// `text` with its first or every match replaced by `rewrite`, in which \0 .. \9 stand for the match and its groups.
  Result<std::string> replace(std::string_view text, std::string_view rewrite, bool all) const;
  bool matchesWhole(std::string_view text) const;

 private:
  friend class RegexParser;
  struct Range {
    std::uint32_t first, last;
  };
  struct Instruction {
    enum Kind : std::uint8_t { kSet, kSplit, kJump, kSave, kAssert, kMatch } kind;
    int x = 0, y = 0;  ///< Targets (kSplit prefers x), the slot of kSave, the character of kAssert.
    std::vector<Range> set;
  };
  struct Runner;

  /// First and last byte of the match and its groups, two numbers each, -1 where a group is not part; empty: no match.
  std::vector<int> search(std::string_view text, std::size_t from, bool anchored) const;

  std::vector<Instruction> program_;
  int groups_ = 1;
};

}  // namespace texflow
