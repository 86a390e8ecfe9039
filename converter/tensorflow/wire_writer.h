// Protocol buffer wire format, written into a string.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace texflow::tf {

class WireWriter {
 public:
  void integer(std::uint32_t field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
  }
  void real(std::uint32_t field, float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    varint((static_cast<std::uint64_t>(field) << 3) | 5);
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift);
  }
  /// Strings, bytes and messages.
  void bytes(std::uint32_t field, std::string_view value) {
    varint((static_cast<std::uint64_t>(field) << 3) | 2);
    varint(value.size());
    bytes_ += value;
  }
  void message(std::uint32_t field, const WireWriter& value) { bytes(field, value.bytes_); }
  /// An entry of a map with text keys.
  void entry(std::uint32_t field, std::string_view key, const WireWriter& value) {
    WireWriter pair;
    pair.bytes(1, key);
    pair.message(2, value);
    message(field, pair);
  }
  const std::string& text() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value > 127; value >>= 7) bytes_ += static_cast<char>(value | 128);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace texflow::tf
