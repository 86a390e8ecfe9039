// Reads TensorFlow.js graph-models: model.json and its weight shards, as a whole from files or piece by piece as bytes
// arrive.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/graph.h"
#include "texflow/manifest.h"

namespace texflow {

/// One group of the weights manifest: its shards, concatenated, hold the values of its weights without padding.
struct ShardGroup {
  std::vector<std::string> paths;  ///< Relative to the model's folder; never absolute and never with "..".
  std::int64_t bytes = 0;          ///< Size of all shards together; the least possible size when !exactBytes.
  bool exactBytes = true;          ///< False where string tensors make the size depend on the values.
};

/// Loads a model incrementally: begin() with the text of model.json, feed() every shard's bytes in manifest order in chunks
/// of any size, finish(). Weights are decoded into tensors as they arrive. Not thread-safe.
class ModelLoader {
 public:
  ModelLoader();
  ~ModelLoader();
  ModelLoader(ModelLoader&&) noexcept;
  ModelLoader& operator=(ModelLoader&&) noexcept;

  /// Parses the topology and the manifest; the answer says which shards to fetch.
  Result<std::vector<ShardGroup>> begin(std::string_view modelJson);
  /// The same in two pieces, for threads that must not be held up: the text, then what it says.
  Status parse(std::string_view modelJson);
  Result<std::vector<ShardGroup>> begin();
  /// The next bytes of the shards, in the order of begin()'s groups and paths.
  Status feed(std::span<const std::byte> bytes);
  /// Status ok when all bytes of groups 0..group have been fed and none beyond.
  Status endGroup(std::size_t group) const;
  /// The graph before all weights are there, once nothing but large float32 constants is missing (else null): those are
  /// Tensor::deferred() and get their values as feed() completes them. Planning and compiling need not wait for them. Then
  /// finish() gives the same graph. At most once.
  std::optional<Graph> early();
  /// The graph; an error when weights are still missing. The loader is spent afterwards.
  Result<Graph> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The manifest of programs in a text: what Manifest::toJson() wrote, or a model.json that has it as
/// userDefinedMetadata.texflow.
Result<Manifest> parseManifest(std::string_view text);

/// Where the time of loading a model went, in milliseconds.
struct LoadTimes {
  double readMs = 0;   ///< Reading the files and decoding the weights.
  double parseMs = 0;  ///< The text of model.json to a graph without weights.
};

/// Reads a model.json (any file name) or a folder that holds a model.json, with its shards. Shard paths that leave the
/// folder are refused; files are read in chunks.
Result<Graph> loadGraphModel(const std::string& path, LoadTimes* times = nullptr);

}  // namespace texflow
