// Object headers of an HDF5 file, read without the library: what it makes of one takes longer than reading a small weight.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "texflow/tensor.h"

namespace texflow {

/// Takes integers from the front of bytes; beyond their end they are 0 and failed() is true from then on.
class H5Cursor {
 public:
  explicit H5Cursor(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t width);
  std::string_view view(std::uint64_t size);
  bool failed() const { return failed_; }
  std::size_t left() const { return failed_ ? 0 : bytes_.size(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

/// Kinds of messages in a header.
enum class H5Message {
  kDataspace = 1,
  kDatatype = 3,
  kExternalFiles = 7,
  kLayout = 8,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

/// Calls `visit` for the messages of the header at that address until it answers false; those that are stored elsewhere come
/// empty. Of a file whose addresses and lengths have 8 bytes each and begin with its first byte. False where the header is
/// not in a form that is known, or a part of it is outside the file: the library would ask for as much memory as it says.
bool visitH5Messages(std::string_view file, std::uint64_t header,
                     const std::function<bool(H5Message, std::string_view)>& visit);

/// What the superblock at the beginning says.
struct H5Superblock {
  std::uint64_t end = 0;   ///< Bytes of the file.
  std::uint64_t root = 0;  ///< Where the header of the root group is.
};
std::optional<H5Superblock> h5Superblock(std::string_view file);

/// Elements of a dataspace message; nothing where it is not simple.
std::optional<std::uint64_t> h5Count(std::string_view dataspace);

/// The messages and bytes of an attribute.
struct H5Attribute {
  std::string_view type, space, values;
  /// Class of the datatype: 3 for texts of a fixed length, 9 for what has a variable one.
  int kind() const { return type.empty() ? -1 : type[0] & 0x0F; }
  /// Bytes of an element.
  std::uint64_t width() const { return H5Cursor(type.substr(std::min<std::size_t>(type.size(), 4))).take(4); }
};
/// The attributes of an object by name; nothing where they are not all in its header, in a form that is known.
std::optional<std::map<std::string_view, H5Attribute>> h5Attributes(std::string_view file, std::uint64_t header);

/// Where the values of a dataset lie.
struct H5Placed {
  DType dtype = DType::kFloat32;
  Shape shape;
  std::uint64_t offset = 0;
};
/// A dataset whose values are float32 or int32 as they are in memory, in one piece inside the file; nothing for any other,
/// which the library has to read.
std::optional<H5Placed> placedH5Dataset(std::string_view file, std::uint64_t header);

}  // namespace texflow
