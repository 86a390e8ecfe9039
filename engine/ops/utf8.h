// UTF-8, one code point at a time.
#pragma once
#include <cstdint>
#include <string_view>

namespace texflow {

/// The code point at `at`, whose length is added to `at`; a byte that is not UTF-8 stands for itself beyond Unicode.
inline std::uint32_t decodeUtf8(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(at++);
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (lead < 0x80) return lead;
  if (more == 0 || lead > 0xF4 || at + more > text.size()) return 0x110000 + lead;
  std::uint32_t point = lead & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0x110000 + lead;
    point = point << 6 | (byte(at + i) & 0x3F);
  }
  at += more;
  return point;
}

}  // namespace texflow
