#include "programs/binary_store.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "programs/cache_files.h"
#include "texflow/cache.h"

namespace texflow {

BinaryStore::BinaryStore(const std::string& folder, std::string driver, std::int64_t maxBytes)
    : driver_(std::move(driver)), maxBytes_(maxBytes) {
  if (!folder.empty() && openCacheFolder(folder).ok()) folder_ = folder;
}

ProgramIdentity BinaryStore::identity(const std::string& source) const { return {driver_, TEXFLOW_VERSION, source}; }

std::string BinaryStore::path(const std::string& source) const { return folder_ + "/" + programFileName(identity(source)); }

std::optional<ProgramBinary> BinaryStore::load(const std::string& source) const {
  if (!enabled()) return std::nullopt;
  const std::string path = this->path(source);
  const auto file = readRegularFile(path, kMaxProgramFileBytes);
  if (!file) return std::nullopt;
  auto binary = decodeProgramFile(*file, identity(source));
  if (!binary) return std::nullopt;
  // The time of the last change is that of the last use: the one that file systems keep is off or coarse on many.
  std::error_code readOnly;
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), readOnly);
  return binary;
}

void BinaryStore::save(const std::string& source, const ProgramBinary& binary) const {
  if (!enabled() || binary.bytes.empty()) return;
  const std::string file = encodeProgramFile(identity(source), binary);
  if (file.size() > kMaxProgramFileBytes || static_cast<std::int64_t>(file.size()) > maxBytes_) return;
  const std::string path = this->path(source);
  if (replaceFile(path, file)) prunePrograms(folder_, maxBytes_, std::chrono::seconds::max(), path);
}

void BinaryStore::drop(const std::string& source) const {
  if (enabled()) unlink(path(source).c_str());
}

}  // namespace texflow
