// Variable-length texts of an HDF5 file, read without the library: its version 1.10 runs for ever, or beyond its memory, on
// damaged heaps of them.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/status.h"

namespace texflow {

/// Of a file whose addresses and lengths have 8 bytes each and begin with its first byte. The bytes must outlive this.
class H5Texts {
 public:
  explicit H5Texts(std::string_view file) : file_(file), bytesLeft_(4 * file.size() + 4096) {}

  /// The first `count` texts of the attribute of the object whose header is at that address.
  Result<std::vector<std::string>> read(std::uint64_t header, std::string_view attribute, std::size_t count);

 private:
  /// The values of the attribute; nothing where the header does not hold it in a form that is known.
  std::optional<std::string_view> valuesOf(std::uint64_t header, std::string_view attribute) const;
  std::optional<std::string_view> textAt(std::uint64_t heap, std::uint32_t index);

  std::string_view file_;
  std::map<std::uint64_t, std::vector<std::string_view>> heaps_;
  std::uint64_t bytesLeft_;  ///< Texts and heaps may lie over each other; what is made of them stays in proportion.
};

}  // namespace texflow
