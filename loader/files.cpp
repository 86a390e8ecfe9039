// Graph-models in the file system.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "texflow/loader.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxModelJsonBytes = std::uintmax_t{1} << 30;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

Result<std::uintmax_t> fileBytes(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || error)
    return Status::invalid("The file '" + path.string() + "' does not exist or is not a regular file.");
  const auto size = fs::file_size(path, error);
  if (error) return Status::invalid("The file '" + path.string() + "' cannot be read: " + error.message() + ".");
  return size;
}

/// Reads the file in chunks and hands them on; fails when the file does not have `expected` bytes after all.
template <class Take>
Status readChunks(const fs::path& path, std::uintmax_t expected, Take take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::invalid("The file '" + path.string() + "' cannot be opened.");
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min<std::uintmax_t>(kChunkBytes, expected)));
  while (expected > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uintmax_t>(chunk.size(), expected));
    file.read(reinterpret_cast<char*>(chunk.data()), static_cast<std::streamsize>(count));
    if (static_cast<std::size_t>(file.gcount()) != count)
      return Status::invalid("The file '" + path.string() + "' ends " + std::to_string(expected) +
                             " bytes or less before its size.");
    TEXFLOW_TRY(take(std::span<const std::byte>(chunk.data(), count)));
    expected -= count;
  }
  return {};
}

Status feedGroup(ModelLoader& loader, const fs::path& folder, const ShardGroup& group, std::size_t index) {
  std::vector<std::uintmax_t> sizes;
  std::uintmax_t total = 0;
  std::string listing;
  for (const std::string& path : group.paths) {
    TEXFLOW_ASSIGN(const std::uintmax_t size, fileBytes(folder / path));
    sizes.push_back(size);
    total += size;
    // Models may have hundreds of shards; a message names the first few.
    if (sizes.size() <= 3) listing += (listing.empty() ? "'" : ", '") + path + "' (" + std::to_string(size) + " bytes)";
    else if (sizes.size() == 4) listing += ", ...";
  }
  const auto needed = static_cast<std::uintmax_t>(group.bytes);
  if (group.exactBytes ? total != needed : total < needed)
    return Status::invalid("The weight shards " + listing + " hold " + std::to_string(total) +
                           " bytes, but the weightsManifest describes " + (group.exactBytes ? "" : "at least ") +
                           std::to_string(needed) + "; they are " + (total < needed ? "truncated" : "too large") + ".");
  for (std::size_t i = 0; i < sizes.size(); ++i)
    TEXFLOW_TRY(
        readChunks(folder / group.paths[i], sizes[i], [&](std::span<const std::byte> bytes) { return loader.feed(bytes); }));
  const Status complete = loader.endGroup(index);
  return complete.ok() ? complete : complete.during("reading the weight shards " + listing);
}

}  // namespace

Result<Graph> loadGraphModel(const std::string& path, LoadTimes* times) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Clock::duration parsing{};
  fs::path file(path);
  std::error_code error;
  if (fs::is_directory(file, error)) file /= "model.json";
  TEXFLOW_ASSIGN(const std::uintmax_t size, fileBytes(file));
  if (size > kMaxModelJsonBytes)
    return Status::invalid("The model file '" + file.string() + "' has " + std::to_string(size) +
                           " bytes; at most 2^30 are read.");
  ModelLoader loader;
  std::vector<ShardGroup> groups;
  const std::string context = "loading '" + file.string() + "'";
  {
    std::string text;
    text.reserve(static_cast<std::size_t>(size));
    TEXFLOW_TRY(readChunks(file, size, [&](std::span<const std::byte> bytes) {
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return Status();
    }));
    const auto read = Clock::now();
    auto begun = loader.begin(text);
    parsing = Clock::now() - read;
    if (!begun.ok()) return begun.status().during(context);
    groups = std::move(*begun);
  }
  for (std::size_t i = 0; i < groups.size(); ++i)
    TEXFLOW_TRY(feedGroup(loader, file.parent_path(), groups[i], i).during(context));
  auto graph = loader.finish();
  if (!graph.ok()) return graph.status().during(context);
  if (times) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    times->parseMs = Milliseconds(parsing).count();
    times->readMs = Milliseconds(Clock::now() - start - parsing).count();
  }
  return graph;
}

}  // namespace texflow
