// The .tar.gz that a model hub serves.
#pragma once
#include <string>

#include "texflow/status.h"

namespace texflow::tf {

/// A new folder for temporary files that is removed with everything in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;
  std::string path_;
};

/// Writes the regular files of the archive below `folder`. An archive with a name that leads elsewhere, or one that grows
/// beyond reason, is refused.
Status unpackTarGz(const std::string& archive, const std::string& folder);

}  // namespace texflow::tf
