// Global heaps as III.E of the HDF5 file format specification, version 3.0, has them.
#include "h5_texts.h"

#include <algorithm>

#include "h5_headers.h"

namespace texflow {
namespace {

constexpr std::size_t kMaxObjects = 1 << 16;

std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

}  // namespace

std::optional<std::string_view> H5Texts::textAt(std::uint64_t heap, std::uint32_t index) {
  const auto known = heaps_.find(heap);
  if (known != heaps_.end()) return index < known->second.size() ? std::optional(known->second[index]) : std::nullopt;
  if (heap > file_.size() || file_.substr(heap, 5) != std::string_view("GCOL\1", 5)) return std::nullopt;
  H5Cursor header(file_.substr(heap));
  header.take(8);
  const std::uint64_t size = header.take(8);
  if (header.failed() || size < 16 || size > file_.size() - heap || size > bytesLeft_) return std::nullopt;
  bytesLeft_ -= size;
  H5Cursor objects(file_.substr(heap + 16, size - 16));
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

Result<std::vector<std::string>> H5Texts::read(std::string_view values, std::size_t count) {
  H5Cursor from(values);
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
