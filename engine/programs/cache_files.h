// Reading and writing the files of the cache folder.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace texflow {

/// All bytes of a regular file of at most `maxBytes`; anything else is nothing.
std::optional<std::string> readRegularFile(const std::string& path, std::size_t maxBytes);
/// Writes a file of a unique name beside `path` and renames it. Nothing is left behind when it fails.
bool replaceFile(const std::string& path, std::string_view bytes);
/// Removes programs as pruneCache() does, and what crashed writers left, but never `keep`.
int prunePrograms(const std::string& folder, std::int64_t maxBytes, std::chrono::seconds olderThan, const std::string& keep);

}  // namespace texflow
