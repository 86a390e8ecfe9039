#include "json_text.h"

namespace texflow {

std::string quoted(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

std::string listText(std::span<const std::int64_t> numbers) {
  JsonList list;
  for (const std::int64_t number : numbers) list.add(std::to_string(number));
  return list.text();
}

}  // namespace texflow
