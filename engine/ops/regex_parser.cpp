#include <algorithm>

#include "ops/regex.h"
#include "ops/utf8.h"

namespace texflow {

/// Writes the program of an expression as it reads it. Instructions refer to each other by absolute place.
class RegexParser {
 public:
  explicit RegexParser(std::string_view text) : text_(text) {}

  Result<Regex> parse() {
    Program body;
    TEXFLOW_TRY(alternatives(body, 0));
    if (at_ < text_.size()) return wrong("an unmatched )");
    Regex regex;
    regex.groups_ = groups_;
    regex.program_.push_back({Kind::kSave, 0, 0, {}});
    append(regex.program_, body);
    regex.program_.push_back({Kind::kSave, 1, 0, {}});
    regex.program_.push_back({Kind::kMatch, 0, 0, {}});
    return regex;
  }

 private:
  using Kind = Regex::Instruction;
  using Program = std::vector<Regex::Instruction>;
  using Set = std::vector<Regex::Range>;
  static constexpr std::size_t kMaxProgram = 20000;
  static constexpr int kMaxDepth = 100;

  Status wrong(const std::string& what) const {
    return Status::invalid("The pattern '" + std::string(text_) + "' has " + what + " at " + std::to_string(at_) + ".");
  }
  bool take(char c) {
    const bool there = at_ < text_.size() && text_[at_] == c;
    if (there) ++at_;
    return there;
  }

  /// Targets inside a piece are relative to its first instruction until it is appended to another.
  static void append(Program& to, const Program& piece) {
    const int base = static_cast<int>(to.size());
    for (Regex::Instruction step : piece) {
      if (step.kind == Kind::kSplit || step.kind == Kind::kJump) {
        step.x += base;
        step.y += base;
      }
      to.push_back(std::move(step));
    }
  }

  Status alternatives(Program& to, int depth) {
    if (depth > kMaxDepth) return wrong("too many nested groups");
    const bool foldBefore = fold_;
    std::vector<Program> branches(1);
    TEXFLOW_TRY(sequence(branches.back(), depth));
    while (take('|')) TEXFLOW_TRY(sequence(branches.emplace_back(), depth));
    fold_ = foldBefore;
    Program all = std::move(branches.back());
    for (std::size_t i = branches.size() - 1; i-- > 0;) {
      const int first = static_cast<int>(branches[i].size());
      Program joined{{Kind::kSplit, 1, first + 2, {}}};
      append(joined, branches[i]);
      joined.push_back({Kind::kJump, first + 2 + static_cast<int>(all.size()), 0, {}});
      append(joined, all);
      all = std::move(joined);
    }
    if (all.size() > kMaxProgram) return wrong("too many parts");
    append(to, all);
    return {};
  }

  Status sequence(Program& to, int depth) {
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      Program piece;
      TEXFLOW_TRY(atom(piece, depth));
      while (at_ < text_.size() && !piece.empty()) {
        bool repeated = false;
        TEXFLOW_TRY(repetition(piece, repeated));
        if (!repeated) break;
      }
      append(to, piece);
      if (to.size() > kMaxProgram) return wrong("too many parts");
    }
    return {};
  }

  Status atom(Program& to, int depth) {
    const std::size_t start = at_;
    const std::uint32_t point = decodeUtf8(text_, at_);
    switch (point) {
      case '.': to.push_back({Kind::kSet, 0, 0, {{0, '\n' - 1}, {'\n' + 1, 0xFFFFFFFF}}}); return {};
      case '^':
      case '$': to.push_back({Kind::kAssert, static_cast<int>(point), 0, {}}); return {};
      case '*':
      case '+':
      case '?': at_ = start; return wrong("a repetition of nothing");
      case '(': return group(to, depth);
      case '[': return bracket(to);
      case '\\': return escape(to);
      default: to.push_back(setOf({{point, point}})); return {};
    }
  }

  Regex::Instruction setOf(Set set) const {
    if (fold_)
      for (std::size_t i = 0, n = set.size(); i < n; ++i)
        for (std::uint32_t c = 'a'; c <= 'z'; ++c) {
          if (c >= set[i].first && c <= set[i].last) set.push_back({c - 32, c - 32});
          if (c - 32 >= set[i].first && c - 32 <= set[i].last) set.push_back({c, c});
        }
    return {Kind::kSet, 0, 0, std::move(set)};
  }

  Status group(Program& to, int depth) {
    int slot = 0;
    if (take('?')) {
      if (take('i')) {
        fold_ = true;
        if (take(')')) return {};
      }
      if (!take(':')) return wrong("a (? that is not supported");
    } else {
      slot = groups_++;
    }
    if (slot > 0) to.push_back({Kind::kSave, 2 * slot, 0, {}});
    TEXFLOW_TRY(alternatives(to, depth + 1));
    if (slot > 0) to.push_back({Kind::kSave, 2 * slot + 1, 0, {}});
    if (!take(')')) return wrong("a ( without its )");
    return {};
  }

  static Set inverted(const Set& set) {
    Set rest;
    std::uint64_t next = 0;
    for (bool more = true; more;) {
      // The lowest range that ends at or after `next`.
      const Regex::Range* lowest = nullptr;
      for (const Regex::Range& range : set)
        if (range.last >= next && (!lowest || range.first < lowest->first)) lowest = &range;
      more = lowest != nullptr;
      const std::uint64_t end = lowest ? lowest->first : 0x100000000;
      if (end > next) rest.push_back({static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(end - 1)});
      if (lowest) next = std::uint64_t{lowest->last} + 1;
      if (next > 0xFFFFFFFF) break;
    }
    return rest;
  }

  /// \d and the like; false when `c` names no class.
  static bool namedSet(char c, Set& set) {
    Set named;
    switch (c | 32) {
      case 'd': named = {{'0', '9'}}; break;
      case 'w': named = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; break;
      case 's': named = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}; break;
      default: return false;
    }
    if (c < 'a') named = inverted(named);
    set.insert(set.end(), named.begin(), named.end());
    return true;
  }

  /// The character that an escape other than a class stands for.
  Result<std::uint32_t> escaped() {
    if (at_ >= text_.size()) return wrong("a \\ at its end");
    const std::uint32_t c = decodeUtf8(text_, at_);
    switch (c) {
      case 'n': return std::uint32_t{'\n'};
      case 't': return std::uint32_t{'\t'};
      case 'r': return std::uint32_t{'\r'};
      case 'f': return std::uint32_t{'\f'};
      case 'v': return std::uint32_t{'\v'};
      case 'x': return hexadecimal();
      default: break;
    }
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      return wrong("an escape that is not supported");
    }
    return c;
  }

  /// \xAB or \x{ABCD}, after the x.
  Result<std::uint32_t> hexadecimal() {
    const bool braces = take('{');
    std::uint32_t value = 0;
    int digits = 0;
    for (; at_ < text_.size() && digits < (braces ? 6 : 2); ++at_, ++digits) {
      const char c = static_cast<char>(text_[at_] | 32);
      if (c >= '0' && c <= '9') value = value * 16 + static_cast<std::uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f') value = value * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
      else break;
    }
    if (digits == 0 || (braces ? !take('}') : digits != 2)) return wrong("a \\x without its digits");
    return value;
  }

  Status escape(Program& to) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    Set set;
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z') {
      ++at_;
      to.push_back({Kind::kAssert, c == 'A' ? '^' : c == 'z' ? '$' : c, 0, {}});
    } else if (namedSet(c, set)) {
      ++at_;
      to.push_back({Kind::kSet, 0, 0, set});
    } else {
      TEXFLOW_ASSIGN(const std::uint32_t point, escaped());
      to.push_back(setOf({{point, point}}));
    }
    return {};
  }

  Status posixClass(Set& set) {
    struct Named {
      std::string_view name;
      Set set;
    };
    static const Named kClasses[] = {{"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
                                     {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
                                     {"digit", {{'0', '9'}}},
                                     {"lower", {{'a', 'z'}}},
                                     {"upper", {{'A', 'Z'}}},
                                     {"space", {{'\t', '\r'}, {' ', ' '}}},
                                     {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
                                     {"blank", {{'\t', '\t'}, {' ', ' '}}},
                                     {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
                                     {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
                                     {"print", {{' ', '~'}}},
                                     {"graph", {{'!', '~'}}},
                                     {"cntrl", {{0, 31}, {127, 127}}},
                                     {"ascii", {{0, 127}}}};
    const std::size_t end = text_.find(":]", at_);
    if (end == std::string_view::npos) return wrong("a [: without its :]");
    std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    const bool negated = !name.empty() && name[0] == '^';
    if (negated) name.remove_prefix(1);
    for (const Named& known : kClasses) {
      if (known.name != name) continue;
      const Set found = negated ? inverted(known.set) : known.set;
      set.insert(set.end(), found.begin(), found.end());
      at_ = end + 2;
      return {};
    }
    return wrong("an unknown class name");
  }

  Status bracket(Program& to) {
    const bool negated = take('^');
    Set set;
    bool first = true;
    while (at_ < text_.size() && (text_[at_] != ']' || first)) {
      first = false;
      if (text_.substr(at_, 2) == "[:") {
        ++at_;
        TEXFLOW_TRY(posixClass(set));
        continue;
      }
      const auto point = [&]() -> Result<std::uint32_t> {
        if (!take('\\')) return decodeUtf8(text_, at_);
        return escaped();
      };
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && namedSet(text_[at_ + 1], set)) {
        at_ += 2;
        continue;
      }
      TEXFLOW_ASSIGN(const std::uint32_t low, point());
      std::uint32_t high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        TEXFLOW_ASSIGN(high, point());
      }
      if (high < low) return wrong("a range that runs backwards");
      set.push_back({low, high});
    }
    if (!take(']')) return wrong("a [ without its ]");
    Regex::Instruction step = setOf(std::move(set));
    if (negated) step.set = inverted(step.set);
    to.push_back(std::move(step));
    return {};
  }

  /// Reads {m}, {m,} or {m,n}; false when the brace is a plain character.
  bool counts(int& least, int& most) {
    const std::size_t start = at_;
    const auto number = [&](int& value) {
      value = 0;
      const std::size_t first = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - first < 5)
        value = value * 10 + (text_[at_++] - '0');
      return at_ > first;
    };
    if (take('{') && number(least)) {
      most = least;
      if (take(',') && !number(most)) most = -1;
      if (take('}')) return true;
    }
    at_ = start;
    return false;
  }

  Status repetition(Program& piece, bool& repeated) {
    int least = 0, most = -1;
    if (take('?')) most = 1;
    else if (take('+')) least = 1;
    else if (!take('*')) {
      if (text_[at_] != '{' || !counts(least, most)) return {};
      if (least > 1000 || most > 1000 || (most >= 0 && most < least)) return wrong("a bad repetition count");
    }
    repeated = true;
    const bool lazy = take('?');
    const auto split = [lazy](int into, int past) {
      return lazy ? Regex::Instruction{Kind::kSplit, past, into, {}} : Regex::Instruction{Kind::kSplit, into, past, {}};
    };
    const int size = static_cast<int>(piece.size());
    if (static_cast<std::size_t>(std::max(least, most) + 1) * (piece.size() + 2) > kMaxProgram)
      return wrong("too many parts");
    Program result;
    for (int i = 0; i < least; ++i) append(result, piece);
    if (most < 0) {
      Program loop{split(1, size + 2)};
      append(loop, piece);
      loop.push_back({Kind::kJump, 0, 0, {}});
      append(result, loop);
    }
    // Every optional turn may leave for the end: x?x?x? nested.
    const int optional = most - least;
    for (int i = 0; i < optional; ++i) {
      const int left = (optional - i) * (size + 1);
      Program turn{split(1, left)};
      append(turn, piece);
      append(result, turn);
    }
    piece = std::move(result);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int groups_ = 1;
  bool fold_ = false;
};

Result<Regex> Regex::compile(std::string_view pattern) { return RegexParser(pattern).parse(); }

}  // namespace texflow
