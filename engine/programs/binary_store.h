// Linked programs on disk, so that the next process need not compile them. Native only: WebGL has no program binaries.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "programs/binary_file.h"

namespace texflow {

/// A folder with one file per program. An entry that is missing, truncated, corrupt or another program's is a miss, never an
/// error, and a failed save is ignored: the store only saves time. Any number of processes may share the folder.
class BinaryStore {
 public:
  /// A store without folder: everything is a miss.
  BinaryStore() = default;
  /// `driver` names vendor, renderer and version, one a line. A folder that cannot be used makes a store without folder.
  BinaryStore(const std::string& folder, std::string driver, std::int64_t maxBytes);

  bool enabled() const { return !folder_.empty(); }
  /// Marks the entry as used now.
  std::optional<ProgramBinary> load(const std::string& source) const;
  /// Written beside the entry and renamed over it, so readers never see half a file. What was not used for longest goes when
  /// the folder becomes too large.
  void save(const std::string& source, const ProgramBinary& binary) const;
  /// Removes an entry that the driver refused.
  void drop(const std::string& source) const;
  /// Path of the entry for `source`.
  std::string path(const std::string& source) const;

 private:
  ProgramIdentity identity(const std::string& source) const;

  std::string folder_, driver_;
  std::int64_t maxBytes_ = 0;
};

}  // namespace texflow
