#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "programs/binary_file.h"
#include "programs/cache_files.h"
#include "texflow/cache.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

// The name that Mesa gives its folder below MESA_SHADER_CACHE_DIR.
constexpr const char* kMesaFolder = "mesa_shader_cache";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What std::filesystem::create_directories does, for the owner alone.
bool makeFolders(const std::string& folder) {
  for (std::size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

std::string joined(std::string lines) {
  for (std::size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at)) lines.replace(at, 1, ", ");
  return lines;
}

}  // namespace

std::string defaultCacheFolder() {
  if (const std::string asked = environment("TEXFLOW_CACHE_DIR"); !asked.empty()) return asked;
  // The XDG specification has relative paths ignored.
  if (const std::string base = environment("XDG_CACHE_HOME"); base.starts_with('/')) return base + "/texflow";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.cache/texflow";
}

Status openCacheFolder(const std::string& folder) {
  const auto refused = [&](const std::string& why) {
    return Status::invalid("The cache folder '" + folder + "' " + why + ".");
  };
  if (folder.empty()) return Status::invalid("No cache folder is named, and neither XDG_CACHE_HOME nor HOME is set.");
  struct stat info;
  if (stat(folder.c_str(), &info) != 0) {
    if (!makeFolders(folder) || stat(folder.c_str(), &info) != 0)
      return refused("cannot be made: " + std::string(std::strerror(errno)));
  }
  if (!S_ISDIR(info.st_mode)) return refused("is not a folder");
  if (info.st_uid != geteuid() && info.st_uid != 0) return refused("belongs to another user");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refused("may be written to by others");
  return {};
}

void keepDriverCacheIn(const std::string& folder) {
  if (!openCacheFolder(folder).ok() || !environment("MESA_GLSL_CACHE_DIR").empty()) return;
  const int keep = 0;  // What the user has set.
  setenv("MESA_SHADER_CACHE_DIR", folder.c_str(), keep);
  setenv("MESA_SHADER_CACHE_MAX_SIZE", "64M", keep);
}

Result<std::vector<CacheEntry>> cacheEntries(const std::string& folder) {
  std::vector<CacheEntry> entries;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    std::error_code gone;
    if (file->path().extension() != kProgramFileEnding || !file->is_regular_file(gone)) continue;
    CacheEntry entry;
    entry.path = file->path().string();
    entry.bytes = static_cast<std::int64_t>(file->file_size(gone));
    if (gone) continue;
    const auto used = file->last_write_time(gone);
    if (gone) continue;
    entry.unused = std::chrono::duration_cast<std::chrono::seconds>(now - used);
    const auto bytes = readRegularFile(entry.path, kMaxProgramFileBytes);
    if (const auto identity = bytes ? identityOfProgramFile(*bytes) : std::nullopt) {
      entry.driver = joined(identity->driver);
      entry.engine = identity->engine;
    }
    entries.push_back(std::move(entry));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return Status::invalid("The cache folder '" + folder + "' cannot be read: " + error.message() + ".");
  return entries;
}

std::int64_t driverCacheBytes(const std::string& folder) {
  std::int64_t bytes = 0;
  std::error_code error, gone;
  for (fs::recursive_directory_iterator file(fs::path(folder) / kMesaFolder, error), end; !error && file != end;
       file.increment(error)) {
    if (!file->is_regular_file(gone)) continue;
    const auto size = file->file_size(gone);
    if (!gone) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

Status clearCache(const std::string& folder) {
  TEXFLOW_ASSIGN(const auto entries, cacheEntries(folder));
  std::error_code error;
  for (const CacheEntry& entry : entries) {
    fs::remove(entry.path, error);
    if (error) return Status::invalid("The file '" + entry.path + "' cannot be removed: " + error.message() + ".");
  }
  fs::remove_all(fs::path(folder) / kMesaFolder, error);
  if (error)
    return Status::invalid("The folder '" + folder + "/" + kMesaFolder + "' cannot be removed: " + error.message() + ".");
  prunePrograms(folder, 0, std::chrono::seconds::max(), {});
  return {};
}

Result<int> pruneCache(const std::string& folder, std::int64_t maxBytes, std::chrono::seconds olderThan) {
  return prunePrograms(folder, maxBytes, olderThan, {});
}

}  // namespace texflow
