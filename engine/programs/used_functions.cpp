#include "programs/used_functions.h"

#include <set>
#include <vector>

#include "programs/words.h"

namespace texflow {
namespace {

using Words = std::set<std::string_view>;

void addWords(std::string_view text, Words& words) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && isWordChar(text[end])) ++end;
    if (end > at) words.insert(text.substr(at, end - at));
    at = end + 1;
  }
}

/// A function, or what lies between two of them (no name).
struct Part {
  std::string_view text, name;
};

/// The word before the first '(' of a function's head.
std::string_view nameOf(std::string_view head) {
  head = head.substr(0, head.find('('));
  std::size_t begin = head.size();
  while (begin > 0 && isWordChar(head[begin - 1])) --begin;
  return head.substr(begin);
}

/// The length of the block that `text` begins with.
std::size_t blockLength(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

/// Line by line: a function begins with a line that has both parentheses and an opening brace, and is no directive.
std::vector<Part> partsOf(std::string_view source) {
  std::vector<Part> parts;
  while (!source.empty()) {
    const std::string_view line = source.substr(0, std::min(source.find('\n'), source.size() - 1) + 1);
    const std::size_t brace = line.find('{');
    const bool isFunction = !line.starts_with('#') && brace != line.npos && line.substr(0, brace).find(')') != line.npos;
    // A directive goes on where its line ends in a backslash.
    std::size_t length = isFunction ? brace + blockLength(source.substr(brace)) : line.size();
    while (!isFunction && length < source.size() && source.substr(0, length).ends_with("\\\n"))
      length = std::min(source.find('\n', length), source.size() - 1) + 1;
    parts.push_back({source.substr(0, length), isFunction ? nameOf(line.substr(0, brace)) : std::string_view()});
    source.remove_prefix(length);
  }
  return parts;
}

}  // namespace

std::string withUsedFunctions(std::string_view source) {
  const std::vector<Part> parts = partsOf(source);
  Words words{"main"};
  for (const Part& part : parts)
    if (part.name.empty()) addWords(part.text, words);
  std::vector<char> used(parts.size(), 0);
  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (used[i] || !words.count(parts[i].name)) continue;
      addWords(parts[i].text, words);
      used[i] = 1;
      found = true;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (used[i] || parts[i].name.empty()) text += parts[i].text;
  return text;
}

}  // namespace texflow
