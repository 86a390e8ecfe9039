// The folder of linked programs that later processes take instead of compiling: where it is, what it holds, making it
// smaller. ContextOptions::cacheFolder uses it. Native only; docs/formats/program-cache.md describes the files.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "texflow/status.h"

namespace texflow {

/// Size that a cache folder is held to unless asked otherwise. A program takes 10 to 60 KB.
inline constexpr std::int64_t kDefaultCacheBytes = std::int64_t{64} << 20;

/// $TEXFLOW_CACHE_DIR, else $XDG_CACHE_HOME/texflow, else ~/.cache/texflow; empty where none of them is set. The library
/// uses no folder unless it is asked to; the command line and the demo use this one.
std::string defaultCacheFolder();

/// Makes the folder, for its owner alone, where it is missing. Refuses one that others may write to: the driver runs what
/// lies in it.
Status openCacheFolder(const std::string& folder);

/// Has Mesa keep the machine code that it generates in this folder, too, unless the environment says otherwise: software
/// rasterizers generate code at the first draw, and a linked program does not hold it. Sets environment variables, so call
/// it before the first GL context and before other threads start.
void keepDriverCacheIn(const std::string& folder);

/// One file of a cache folder.
struct CacheEntry {
  std::string path;
  std::string driver;  ///< "vendor, renderer, version"; empty for a file that is damaged.
  std::string engine;  ///< Version of the engine that wrote it.
  std::int64_t bytes = 0;
  std::chrono::seconds unused{0};  ///< Time since it was written or taken.
};

/// The programs of a folder, damaged ones included; files of others are left out. A folder that is missing has none.
Result<std::vector<CacheEntry>> cacheEntries(const std::string& folder);
/// Bytes that the driver keeps in the folder.
std::int64_t driverCacheBytes(const std::string& folder);
/// Removes the programs, what the driver keeps there and what crashed writers left. Other files stay.
Status clearCache(const std::string& folder);
/// Removes the programs that were not used for so long, then the ones used longest ago until all take at most `maxBytes`.
/// Returns how many. Safe while other processes use the folder: what they look for and do not find they compile.
Result<int> pruneCache(const std::string& folder, std::int64_t maxBytes,
                       std::chrono::seconds olderThan = std::chrono::seconds::max());

}  // namespace texflow
