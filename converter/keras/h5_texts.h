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

  /// The first `count` texts of an attribute with these values, which say where the texts are.
  Result<std::vector<std::string>> read(std::string_view values, std::size_t count);

 private:
  std::optional<std::string_view> textAt(std::uint64_t heap, std::uint32_t index);

  std::string_view file_;
  std::map<std::uint64_t, std::vector<std::string_view>> heaps_;
  std::uint64_t bytesLeft_;  ///< Texts and heaps may lie over each other; what is made of them stays in proportion.
};

}  // namespace texflow
