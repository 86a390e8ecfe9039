#include "programs/unroll.h"

#include <cctype>
#include <optional>

#include "programs/words.h"

namespace texflow {
namespace {

using Constants = std::map<std::string, int, std::less<>>;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string_view wordAt(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && isWordChar(text[end])) ++end;
  return text.substr(0, end);
}

// Sums and products of whole numbers and constants, in parentheses or not: "(P - 1) * SX + KW".
class Expression {
 public:
  Expression(std::string_view text, const Constants& constants) : rest_(text), constants_(constants) {}

  std::optional<int> value() {
    const long result = sum(0);
    skipSpace();
    const bool isWhole = !failed_ && rest_.empty() && result >= -kLimit && result <= kLimit;
    return isWhole ? std::optional<int>(static_cast<int>(result)) : std::nullopt;
  }

 private:
  static constexpr long kLimit = 10000;  // Beyond it no loop is written out; products of two such fit.
  static constexpr int kMaxDepth = 16;

  void skipSpace() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skipSpace();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  long checked(long value) {
    failed_ = failed_ || value < -kLimit || value > kLimit;
    return failed_ ? 0 : value;
  }
  long sum(int depth) {
    long result = product(depth);
    while (!failed_) {
      if (take('+')) {
        result = checked(result + product(depth));
      } else if (take('-')) {
        result = checked(result - product(depth));
      } else {
        break;
      }
    }
    return result;
  }
  long product(int depth) {
    long result = factor(depth);
    while (!failed_ && take('*')) result = checked(result * factor(depth));
    return result;
  }
  long factor(int depth) {
    if (take('(')) {
      const long result = depth < kMaxDepth ? sum(depth + 1) : 0;
      failed_ = failed_ || depth >= kMaxDepth || !take(')');
      return result;
    }
    const std::string_view word = wordAt(rest_);
    rest_.remove_prefix(word.size());
    if (const auto found = constants_.find(word); found != constants_.end()) return checked(found->second);
    failed_ = failed_ || word.empty() || word.size() > 5;
    long number = 0;
    for (const char c : word) {
      failed_ = failed_ || !std::isdigit(static_cast<unsigned char>(c));
      number = failed_ ? 0 : number * 10 + (c - '0');
    }
    return checked(number);
  }

  std::string_view rest_;
  const Constants& constants_;
  bool failed_ = false;
};

std::optional<int> valueOf(std::string_view text, const Constants& constants) { return Expression(text, constants).value(); }

void readDefines(std::string_view source, Constants& constants) {
  constexpr std::string_view kDefine = "\n#define ";
  for (std::size_t at = source.find(kDefine); at != source.npos; at = source.find(kDefine, at + 1)) {
    std::string_view line = source.substr(at + kDefine.size());
    line = line.substr(0, line.find('\n'));
    const std::size_t space = line.find(' ');
    if (space == line.npos) continue;
    if (const auto value = valueOf(line.substr(space), constants)) constants.emplace(line.substr(0, space), *value);
  }
}

bool hasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !isWordChar(text[at - 1])) && wordAt(text.substr(at)) == word) return true;
  }
  return false;
}

std::string withValue(std::string_view body, std::string_view name, int value) {
  std::string out;
  for (std::size_t i = 0; i < body.size();) {
    const std::string_view word = wordAt(body.substr(i));
    if (word.empty()) {
      out += body[i++];
      continue;
    }
    const bool isMember = i > 0 && body[i - 1] == '.';
    if (word == name && !isMember) {
      out += std::to_string(value);
    } else {
      out += word;
    }
    i += word.size();
  }
  return out;
}

// The length of the statement that `text` begins with: a block, a loop or condition with its statement, or up to ';'.
std::size_t statementLength(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '{') ++depth;
    if (text[i] == ')' || text[i] == '}') --depth;
    if (depth != 0 || (text[i] != '}' && text[i] != ';')) continue;
    if (wordAt(trimmed(text.substr(i + 1))) != "else") return i + 1;
  }
  return text.size();
}

struct Loop {
  std::size_t begin, end;  // In the source, with its statement.
  std::string_view name, body;
  int count;
};

std::optional<Loop> loopAt(std::string_view source, std::size_t begin, const Constants& constants) {
  constexpr std::string_view kFor = "for (int ";
  std::string_view rest = source.substr(begin + kFor.size());
  const std::string_view name = wordAt(rest);
  const std::size_t headLength = rest.find(')');
  if (headLength == rest.npos) return std::nullopt;
  const std::string_view head = rest.substr(0, headLength);
  const std::string start = std::string(name) + " = 0; " + std::string(name) + " < ";
  const std::string step = "; ++" + std::string(name);
  if (!head.starts_with(start) || !head.ends_with(step) || head.size() <= start.size() + step.size()) return std::nullopt;
  const auto count = valueOf(head.substr(start.size(), head.size() - start.size() - step.size()), constants);
  rest.remove_prefix(headLength + 1);
  const std::string_view body = rest.substr(0, statementLength(rest));
  if (!count || *count < 0 || *count > 64 || hasWord(body, "continue") || hasWord(body, "break")) return std::nullopt;
  return Loop{begin, static_cast<std::size_t>(body.data() + body.size() - source.data()), name, body, *count};
}

}  // namespace

std::string unrollLoops(std::string_view source, Constants constants) {
  readDefines(source, constants);
  std::string text(source);
  // Outer loops first; what they held is found again behind them.
  for (std::size_t at = text.find("for (int "); at != text.npos; at = text.find("for (int ", at)) {
    const auto loop = loopAt(text, at, constants);
    if (!loop) {
      ++at;
      continue;
    }
    std::string written = "{";
    for (int i = 0; i < loop->count; ++i) written += " {" + withValue(loop->body, loop->name, i) + "}";
    written += " }";
    text.replace(loop->begin, loop->end - loop->begin, written);
  }
  return text;
}

}  // namespace texflow
