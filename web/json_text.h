// JSON texts for native.mjs, written piece by piece: few are needed, and a library for them would take a tenth of the
// package.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace texflow {

/// A JSON string. Bytes that are not UTF-8 stay: the decoder that JavaScript reads texts with makes U+FFFD of them.
std::string quoted(std::string_view text);
/// "[1,2,3]"
std::string listText(std::span<const std::int64_t> numbers);

/// A list, element by element.
class JsonList {
 public:
  void add(const std::string& element) { text_ += (text_.size() > 1 ? "," : "") + element; }
  std::string text() const { return text_ + "]"; }

 private:
  std::string text_ = "[";
};

}  // namespace texflow
