// The parts of the HDF5 file format specification, version 3.0, that describe an object: IV.A (headers), IV.A.2.b
// (dataspace), IV.A.2.d (datatype), IV.A.2.i (layout), IV.A.2.m (attributes) and IV.A.2.q (continuations).
#include "h5_headers.h"

#include <vector>

namespace texflow {
namespace {

constexpr std::size_t kMaxBlocks = 1000;

using namespace std::string_view_literals;
/// IEEE float32 and int32, little-endian, without padding: their datatypes behind the byte of version and class.
constexpr std::string_view kFloat32 = "\x20\x1f\0\4\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0"sv;
constexpr std::string_view kInt32 = "\x08\0\0\4\0\0\0\0\0\x20\0"sv;
constexpr int kInteger = 0, kFloat = 1;

std::optional<DType> plainType(std::string_view message) {
  const int kind = message.empty() ? -1 : message[0] & 0x0F;
  if (kind == kFloat && message.substr(1).starts_with(kFloat32)) return DType::kFloat32;
  if (kind == kInteger && message.substr(1).starts_with(kInt32)) return DType::kInt32;
  return std::nullopt;
}

/// The current dimensions; nothing for a dataspace that is not simple.
std::optional<Shape> dataspace(std::string_view message) {
  H5Cursor from(message);
  const std::uint64_t version = from.take(1), rank = from.take(1);
  from.take(1);                             // Whether there are maximal dimensions.
  const std::uint64_t kind = from.take(1);  // Version 2: scalar, simple or null.
  if (version == 1) from.take(4);
  if ((version != 1 && version != 2) || (version == 2 && kind > 1) || rank > kMaxRank) return std::nullopt;
  Shape shape;
  for (std::uint64_t i = 0; i < rank; ++i) shape.push_back(static_cast<std::int64_t>(from.take(8)));
  return from.failed() ? std::nullopt : std::optional(std::move(shape));
}

std::optional<H5Attribute> attributeOf(std::string_view message, std::string_view& name) {
  H5Cursor from(message);
  const std::uint64_t version = from.take(1), flags = from.take(1);
  const std::uint64_t nameSize = from.take(2), typeSize = from.take(2), spaceSize = from.take(2);
  if (version < 1 || version > 3 || (version > 1 && flags != 0)) return std::nullopt;
  if (version == 3) from.take(1);  // The encoding of the name.
  const auto sized = [&](std::uint64_t size) { return from.view(version == 1 ? (size + 7) / 8 * 8 : size).substr(0, size); };
  name = sized(nameSize);
  name = name.substr(0, name.find('\0'));
  H5Attribute attribute;
  attribute.type = sized(typeSize);
  attribute.space = sized(spaceSize);
  attribute.values = from.view(from.left());
  return from.failed() ? std::nullopt : std::optional(attribute);
}

/// Whether an attribute info message names no heap, where attributes would be instead.
bool areInHeader(std::string_view message) {
  H5Cursor from(message);
  from.take(1);  // Version.
  from.take((from.take(1) & 1) != 0 ? 2 : 0);
  return from.take(8) == ~std::uint64_t{0} && !from.failed();
}

/// Address and size of values in one piece.
std::optional<std::pair<std::uint64_t, std::uint64_t>> contiguous(std::string_view message) {
  H5Cursor from(message);
  const std::uint64_t version = from.take(1), kind = from.take(1), address = from.take(8), size = from.take(8);
  if (from.failed() || (version != 3 && version != 4) || kind != 1) return std::nullopt;
  return std::pair(address, size);
}

}  // namespace

std::uint64_t H5Cursor::take(std::size_t width) {
  std::uint64_t value = 0;
  const std::string_view part = view(width);
  for (std::size_t i = part.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(part[i]);
  return value;
}

std::string_view H5Cursor::view(std::uint64_t size) {
  failed_ = failed_ || size > bytes_.size();
  if (failed_) return {};
  const std::string_view part = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return part;
}

bool visitH5Messages(std::string_view file, std::uint64_t header,
                     const std::function<bool(H5Message, std::string_view)>& visit) {
  if (header >= file.size()) return false;
  H5Cursor start(file.substr(header));
  const bool second = file.substr(header, 4) == "OHDR";
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
    if (start.take(1) != 1) return false;
    start.take(7);
    const std::uint64_t size = start.take(4);
    start.take(4);
    blocks.push_back(start.view(size));
  }
  if (start.failed()) return false;
  for (std::size_t i = 0; i < blocks.size() && blocks.size() < kMaxBlocks; ++i) {
    H5Cursor messages(blocks[i]);
    while (messages.left() > 0) {
      const auto type = static_cast<H5Message>(messages.take(second ? 1 : 2));
      const std::uint64_t size = messages.take(2), flags = messages.take(1);
      messages.take(second ? (ordered ? 2 : 0) : 3);
      const std::string_view message = messages.view(size);
      if (messages.failed()) break;
      if (type == H5Message::kContinuation) {
        H5Cursor where(message);
        const std::uint64_t offset = where.take(8), length = where.take(8);
        if (where.failed() || offset > file.size() || length > file.size() - offset) return false;
        std::string_view block = file.substr(offset, length);
        // Those of the second version have a signature before and a checksum behind the messages.
        if (second) block = block.size() < 8 ? std::string_view() : block.substr(4, block.size() - 8);
        blocks.push_back(block);
      }
      if (!visit(type, (flags & 2) == 0 ? message : std::string_view())) return true;
    }
  }
  return true;
}

std::optional<H5Superblock> h5Superblock(std::string_view file) {
  H5Cursor from(file);
  from.take(8);
  const std::uint64_t version = from.take(1);
  // Before the end: sizes, flags and two addresses. Before the root: one more, and the name of a symbol table entry.
  from.view(version == 0 ? 31 : version == 1 ? 35 : 19);
  H5Superblock block;
  block.end = from.take(8);
  from.view(version < 2 ? 16 : 0);
  block.root = from.take(8);
  return from.failed() || version > 3 ? std::nullopt : std::optional(block);
}

std::optional<std::uint64_t> h5Count(std::string_view message) {
  const auto shape = dataspace(message);
  const auto count = shape ? checkedElementCount(*shape) : Result<std::int64_t>(0);
  return shape && count.ok() ? std::optional(static_cast<std::uint64_t>(*count)) : std::nullopt;
}

std::optional<std::map<std::string_view, H5Attribute>> h5Attributes(std::string_view file, std::uint64_t header) {
  std::map<std::string_view, H5Attribute> attributes;
  bool complete = true;
  const bool known = visitH5Messages(file, header, [&](H5Message type, std::string_view message) {
    if (type == H5Message::kAttributeInfo) complete = areInHeader(message);
    if (type != H5Message::kAttribute) return complete;
    std::string_view name;
    const auto attribute = attributeOf(message, name);
    complete = complete && attribute;
    if (attribute) attributes.emplace(name, *attribute);
    return complete;
  });
  return known && complete ? std::optional(std::move(attributes)) : std::nullopt;
}

std::optional<H5Placed> placedH5Dataset(std::string_view file, std::uint64_t header) {
  std::optional<Shape> shape;
  std::optional<DType> dtype;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> bytes;
  bool outside = false;
  const bool known = visitH5Messages(file, header, [&](H5Message type, std::string_view message) {
    if (type == H5Message::kDataspace) shape = dataspace(message);
    if (type == H5Message::kDatatype) dtype = plainType(message);
    if (type == H5Message::kLayout) bytes = contiguous(message);
    outside = outside || type == H5Message::kExternalFiles;
    return true;
  });
  if (!known || outside || !shape || !dtype || !bytes) return std::nullopt;
  const auto count = checkedElementCount(*shape);
  if (!count.ok() || static_cast<std::uint64_t>(*count) * 4 != bytes->second || bytes->first == 0 ||
      bytes->first > file.size() || bytes->second > file.size() - bytes->first)
    return std::nullopt;
  return H5Placed{*dtype, std::move(*shape), bytes->first};
}

}  // namespace texflow
