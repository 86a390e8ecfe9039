// The parts of the HDF5 file format specification, version 3.0, that lead from an object header to a text: IV.A (headers),
// IV.A.2.m (attributes), IV.A.2.q (continuations) and III.E (global heaps).
#include "h5_texts.h"

#include <algorithm>
#include <cstring>

namespace texflow {
namespace {

constexpr int kAttribute = 0x0C, kContinuation = 0x10, kVariableLength = 9;
constexpr std::size_t kMaxBlocks = 1000, kMaxObjects = 1 << 16;

/// Takes integers from the front of bytes; beyond their end they are 0 and failed() is true from then on.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t width) {
    std::uint64_t value = 0;
    const std::string_view part = view(width);
    for (std::size_t i = part.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(part[i]);
    return value;
  }
  std::string_view view(std::uint64_t size) {
    failed_ = failed_ || size > bytes_.size();
    if (failed_) return {};
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  bool failed() const { return failed_; }
  std::size_t left() const { return failed_ ? 0 : bytes_.size(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

/// An attribute message: its name, or nothing where its type is not of variable length; `values` becomes what it holds.
std::optional<std::string_view> readAttribute(std::string_view message, std::string_view& values) {
  Cursor from(message);
  const std::uint64_t version = from.take(1), flags = from.take(1);
  const std::uint64_t nameSize = from.take(2), typeSize = from.take(2), spaceSize = from.take(2);
  if (version < 1 || version > 3 || (version > 1 && flags != 0)) return std::nullopt;
  if (version == 3) from.take(1);  // The encoding of the name.
  const auto sized = [&](std::uint64_t size) { return from.view(version == 1 ? padded(size) : size).substr(0, size); };
  std::string_view name = sized(nameSize);
  const std::string_view type = sized(typeSize);
  sized(spaceSize);
  if (from.failed() || type.empty() || (type[0] & 0x0F) != kVariableLength) return std::nullopt;
  values = from.view(from.left());
  return name.substr(0, name.find('\0'));
}

}  // namespace

std::optional<std::string_view> H5Texts::valuesOf(std::uint64_t header, std::string_view attribute) const {
  if (header >= file_.size()) return std::nullopt;
  Cursor start(file_.substr(header));
  const bool second = file_.substr(header, 4) == "OHDR";
  bool ordered = false;
  std::vector<std::string_view> blocks;
  if (second) {
    start.take(5);
    const std::uint64_t flags = start.take(1);
    ordered = (flags & 4) != 0;
    start.take((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
    const std::uint64_t size = start.take(std::size_t{1} << (flags & 3));
    blocks.push_back(start.view(size));
  } else {
    if (start.take(1) != 1) return std::nullopt;
    start.take(7);
    const std::uint64_t size = start.take(4);
    start.take(4);
    blocks.push_back(start.view(size));
  }
  for (std::size_t i = 0; i < blocks.size() && blocks.size() < kMaxBlocks; ++i) {
    Cursor messages(blocks[i]);
    while (messages.left() > 0) {
      const std::uint64_t type = messages.take(second ? 1 : 2), size = messages.take(2), flags = messages.take(1);
      messages.take(second ? (ordered ? 2 : 0) : 3);
      const std::string_view message = messages.view(size);
      if (messages.failed()) break;
      if (type == kContinuation) {
        Cursor where(message);
        const std::uint64_t offset = where.take(8), length = where.take(8);
        if (where.failed() || offset > file_.size() || length > file_.size() - offset) return std::nullopt;
        std::string_view block = file_.substr(offset, length);
        // Those of the second version have a signature before and a checksum behind the messages.
        if (second) block = block.size() < 8 ? std::string_view() : block.substr(4, block.size() - 8);
        blocks.push_back(block);
      }
      std::string_view values;
      if (type == kAttribute && (flags & 2) == 0 && readAttribute(message, values) == attribute) return values;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> H5Texts::textAt(std::uint64_t heap, std::uint32_t index) {
  const auto known = heaps_.find(heap);
  if (known != heaps_.end()) return index < known->second.size() ? std::optional(known->second[index]) : std::nullopt;
  if (heap > file_.size() || file_.substr(heap, 5) != std::string_view("GCOL\1", 5)) return std::nullopt;
  Cursor header(file_.substr(heap));
  header.take(8);
  const std::uint64_t size = header.take(8);
  if (header.failed() || size < 16 || size > file_.size() - heap || size > bytesLeft_) return std::nullopt;
  bytesLeft_ -= size;
  Cursor objects(file_.substr(heap + 16, size - 16));
  std::vector<std::string_view>& found = heaps_[heap];
  for (std::size_t count = 0; count < kMaxObjects && objects.left() >= 16; ++count) {
    const std::uint64_t number = objects.take(2);
    objects.take(6);
    const std::uint64_t bytes = objects.take(8);
    if (number == 0) break;  // The free space at the end.
    const std::string_view object = objects.view(bytes);
    objects.view(std::min<std::uint64_t>(padded(bytes) - bytes, objects.left()));
    if (objects.failed()) break;
    if (found.size() <= number) found.resize(number + 1);
    found[number] = object;
  }
  return index < found.size() ? std::optional(found[index]) : std::nullopt;
}

Result<std::vector<std::string>> H5Texts::read(std::uint64_t header, std::string_view attribute, std::size_t count) {
  const auto values = valuesOf(header, attribute);
  if (!values) return Status::invalid("Its texts are not where HDF5 files of Keras have them.");
  Cursor from(*values);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t length = from.take(4), heap = from.take(8), index = from.take(4);
    if (from.failed()) return Status::invalid("It has fewer than " + std::to_string(count) + " texts; the file is damaged.");
    if (length == 0) {
      texts.emplace_back();
      continue;
    }
    const auto text = textAt(heap, static_cast<std::uint32_t>(index));
    if (!text || length > text->size() || length > bytesLeft_)
      return Status::invalid("Its text " + std::to_string(i) + " is not at byte " + std::to_string(heap) +
                             "; the file is truncated or damaged.");
    bytesLeft_ -= length;
    const std::string_view whole = text->substr(0, length);
    texts.emplace_back(whole.substr(0, whole.find('\0')));
  }
  return texts;
}

}  // namespace texflow
