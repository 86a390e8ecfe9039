#include "tensorflow/sorted_table.h"

#include <cstring>

#include "tensorflow/crc32c.h"

namespace texflow::tf {
namespace {

constexpr std::size_t kFooterBytes = 48, kTrailerBytes = 5;
constexpr std::uint64_t kMagic = 0xdb4775248b80fb57ULL;

std::uint32_t fixed32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool takeVarint(std::string_view& from, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(from[0]);
    from.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

class TableReader {
 public:
  TableReader(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {}

  /// The block that a handle (offset and size as varints) refers to.
  Result<std::string_view> block(std::string_view handle) const {
    std::uint64_t offset = 0, size = 0;
    if (!takeVarint(handle, offset) || !takeVarint(handle, size))
      return Status::invalid(what_ + " is damaged: it refers to a block without saying where it is.");
    if (offset > bytes_.size() || size > bytes_.size() - offset || bytes_.size() - offset - size < kTrailerBytes)
      return Status::invalid(what_ + " is damaged or cut off: its block of " + std::to_string(size) + " bytes at byte " +
                             std::to_string(offset) + " does not fit into the file's " + std::to_string(bytes_.size()) +
                             " bytes.");
    const std::string_view content = bytes_.substr(offset, size);
    const char type = bytes_[offset + size];
    const std::uint32_t stored = fixed32(bytes_, offset + size + 1);
    if (checksumDiffers(crc32c(bytes_.substr(offset, size + 1)), stored))
      return Status::invalid(what_ + " is damaged: the checksum of its block at byte " + std::to_string(offset) +
                             " does not match.");
    if (type != 0)
      return Status::unsupported(what_ + " has a compressed block (type " + std::to_string(type) + ") at byte " +
                                 std::to_string(offset) + "; TensorFlow writes them uncompressed.");
    return content;
  }

  /// Calls take(key, value) for each entry of a block.
  template <class Take>
  Status entries(std::string_view block, Take take) const {
    const auto damaged = [&] {
      return Status::invalid(what_ + " is damaged: a block of it holds an entry that does not fit.");
    };
    if (block.size() < 4) return damaged();
    const std::uint64_t restarts = fixed32(block, block.size() - 4);
    if (restarts > (block.size() - 4) / 4) return damaged();
    std::string_view rest = block.substr(0, block.size() - 4 - 4 * restarts);
    std::string key;
    while (!rest.empty()) {
      std::uint64_t shared = 0, unshared = 0, size = 0;
      if (!takeVarint(rest, shared) || !takeVarint(rest, unshared) || !takeVarint(rest, size)) return damaged();
      if (shared > key.size() || unshared > rest.size() || size > rest.size() - unshared) return damaged();
      key.resize(shared);
      key.append(rest.substr(0, unshared));
      // Keys that share ever longer beginnings could grow far beyond the file.
      keyBytes_ += key.size();
      if (keyBytes_ > 64 * bytes_.size() + 4096) return damaged();
      TEXFLOW_TRY(take(key, rest.substr(unshared, size)));
      rest.remove_prefix(unshared + size);
    }
    return {};
  }

 private:
  std::string_view bytes_;
  const std::string& what_;
  mutable std::size_t keyBytes_ = 0;
};

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> readSortedTable(std::string_view bytes, const std::string& what) {
  std::uint64_t magic = 0;
  if (bytes.size() >= kFooterBytes) std::memcpy(&magic, bytes.data() + bytes.size() - sizeof magic, sizeof magic);
  if (magic != kMagic)
    return Status::invalid(what + " is damaged or cut off: its " + std::to_string(bytes.size()) +
                           " bytes do not end as an index of variables does.");
  TableReader reader(bytes, what);
  std::string_view footer = bytes.substr(bytes.size() - kFooterBytes, kFooterBytes - sizeof magic);
  std::uint64_t skip = 0;
  if (!takeVarint(footer, skip) || !takeVarint(footer, skip)) return Status::invalid(what + " has a damaged footer.");
  TEXFLOW_ASSIGN(const std::string_view index, reader.block(footer));
  std::map<std::string, std::string, std::less<>> table;
  std::size_t valueBytes = 0;
  TEXFLOW_TRY(reader.entries(index, [&](const std::string&, std::string_view handle) -> Status {
    TEXFLOW_ASSIGN(const std::string_view block, reader.block(handle));
    return reader.entries(block, [&](const std::string& key, std::string_view value) -> Status {
      // Blocks that the index names again and again could, too.
      valueBytes += value.size();
      if (valueBytes > 4 * bytes.size()) return Status::invalid(what + " is damaged: it names a block more than once.");
      table.emplace(key, value);
      return {};
    });
  }));
  return table;
}

}  // namespace texflow::tf
