// Paths to objects of an HDF5 file, followed without the library, which takes most of its time for that.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace texflow {

struct H5Found {
  std::optional<std::uint64_t> header;
  bool elsewhere = false;  ///< A group on the way keeps its members otherwise than in a symbol table: the library must look.
};

/// Of a file whose addresses have 8 bytes each and begin with its first byte. The bytes must outlive this.
class H5Groups {
 public:
  /// `root`: the address of the root group's header.
  H5Groups(std::string_view file, std::uint64_t root) : file_(file), root_(root), nodesLeft_(file.size() / 8) {}

  /// The address of the header at the end of the path, where it is all inside the file.
  H5Found find(std::string_view path);

 private:
  struct Members {
    std::unordered_map<std::string_view, std::uint64_t> headers;
    bool elsewhere = false;
  };

  const Members& membersOf(std::uint64_t group);
  void readTree(std::uint64_t node, std::string_view names, int depth, Members& to);

  std::string_view file_;
  std::uint64_t root_;
  std::map<std::uint64_t, Members> groups_;
  std::uint64_t nodesLeft_;  ///< Damaged trees have cycles; what is read of them stays in proportion to the file.
};

}  // namespace texflow
