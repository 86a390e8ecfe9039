// Linked programs on disk, so that the next process need not compile them. Native only: WebGL has no program binaries.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace texflow {

/// What the driver makes of a linked program.
struct ProgramBinary {
  unsigned format = 0;
  std::vector<std::byte> bytes;
};

/// A folder with one file per program. An entry that is missing, truncated, corrupt or another program's is a miss, never an
/// error, and a failed save is ignored: the store only saves time.
///
/// File, little endian: "TXFPROG1", u32 format, u32 identity bytes, u32 binary bytes, u64 FNV-1a of all the rest,
/// identity, binary. The identity is the driver's strings and the full source, so no two programs can be confused.
class BinaryStore {
 public:
  /// A store without folder: everything is a miss.
  BinaryStore() = default;
  /// `folder` must exist; `driver` names vendor, renderer and version.
  BinaryStore(std::string folder, std::string driver);

  bool enabled() const { return !folder_.empty(); }
  std::optional<ProgramBinary> load(const std::string& source) const;
  /// Written beside the entry and renamed over it, so readers never see half a file.
  void save(const std::string& source, const ProgramBinary& binary) const;
  /// Path of the entry for `source`.
  std::string path(const std::string& source) const;

 private:
  std::string identity(const std::string& source) const { return driver_ + '\0' + source; }

  std::string folder_, driver_;
};

}  // namespace texflow
