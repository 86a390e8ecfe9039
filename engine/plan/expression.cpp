#include "plan/expression.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace texflow {

std::string renameIdentifiers(const std::string& expression, const std::function<std::string(const std::string&)>& renamed) {
  const auto isWord = [&](std::size_t at) {
    return at < expression.size() && (std::isalnum(static_cast<unsigned char>(expression[at])) || expression[at] == '_');
  };
  std::string out;
  for (std::size_t i = 0; i < expression.size();) {
    std::size_t end = i;
    while (isWord(end)) ++end;
    if (end == i) {
      out += expression[i++];
      continue;
    }
    const std::string word = expression.substr(i, end - i);
    const bool isMember = i > 0 && expression[i - 1] == '.';
    out += isMember ? word : renamed(word);
    i = end;
  }
  return out;
}

std::string operandName(std::size_t operand) { return std::string(1, static_cast<char>('a' + operand)); }

namespace {
constexpr const char *kShared = "OPERANDS", *kLets = "LETS", *kExpression = "EXPR";
}

ElementwiseWork workOf(const Kernel& kernel) {
  return {std::string(defineOf(kernel, kShared)), std::string(defineOf(kernel, kLets)),
          std::string(defineOf(kernel, kExpression))};
}

void setWork(Kernel& kernel, const ElementwiseWork& work) {
  for (const auto& [name, value] :
       {std::pair{kShared, &work.shared}, {kLets, &work.lets}, {kExpression, &work.expression}}) {
    std::erase_if(kernel.defines, [&, define = name](const auto& entry) { return entry.first == define; });
    if (!value->empty()) kernel.defines.emplace_back(name, *value);
  }
}

bool readsScalars(const std::string& expression) {
  bool reads = false;
  renameIdentifiers(expression, [&](const std::string& word) {
    reads = reads || word == "K";
    return word;
  });
  return reads;
}

std::string withScalarsShifted(const std::string& expression) {
  return renameIdentifiers(expression, [](const std::string& word) -> std::string {
    if (word == "K") return "K1";
    if (word.size() == 2 && word[0] == 'K' && std::isdigit(static_cast<unsigned char>(word[1])))
      return "K" + std::to_string(word[1] - '0' + 1);
    return word;
  });
}

int Kernel::outputs(int stripes) const {
  const std::string_view define = defineOf(*this, kOutputsDefine);
  return define.empty() ? stripes : std::clamp(std::atoi(std::string(define).c_str()), 1, stripes);
}

std::string_view defineOf(const Kernel& kernel, std::string_view name) {
  for (const auto& [key, value] : kernel.defines)
    if (key == name) return value;
  return {};
}

}  // namespace texflow
