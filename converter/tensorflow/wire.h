// Protocol buffer wire format, read forwards over bytes that stay where they are: graphs are walked without copying the
// weights in them.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace texflow::tf {

/// One field of a message.
struct WireField {
  std::uint32_t number = 0;
  int wire = 0;             ///< 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
  std::uint64_t value = 0;  ///< Of wire type 0.
  std::string_view bytes;   ///< The content of wire types 1, 2 and 5.
  std::string_view raw;     ///< The whole field with its tag.
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : begin_(bytes.data()), rest_(bytes) {}

  /// False at the end and at the first damage; failed() tells which.
  bool next(WireField& field) {
    if (rest_.empty() || failed_) return false;
    const char* start = rest_.data();
    fieldOffset_ = static_cast<std::size_t>(start - begin_);
    const std::uint64_t tag = varint();
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.wire = static_cast<int>(tag & 7);
    field.bytes = {};
    field.value = 0;
    switch (field.wire) {
      case 0: field.value = varint(); break;
      case 1: field.bytes = take(8); break;
      case 2: field.bytes = take(varint()); break;
      case 5: field.bytes = take(4); break;
      default: failed_ = true;
    }
    if (field.number == 0 || tag >> 35) failed_ = true;
    if (failed_) return false;
    field.raw = {start, static_cast<std::size_t>(rest_.data() - start)};
    return true;
  }
  bool failed() const { return failed_; }
  /// Where the field that was read last, or the damage, begins.
  std::size_t offset() const { return fieldOffset_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      if (shift < 64) value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    failed_ = true;
    return 0;
  }
  std::string_view take(std::uint64_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  const char* begin_;
  std::string_view rest_;
  std::size_t fieldOffset_ = 0;
  bool failed_ = false;
};

}  // namespace texflow::tf
