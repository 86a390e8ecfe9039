// The weights manifest and its shards.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "file_bytes.h"
#include "json_writer.h"
#include "texflow/converter.h"

namespace texflow {

/// A weight under the name that the manifest gives it. Its values are asked for when they are written (those of
/// strings also before that), and kept no longer.
struct NamedWeight {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::function<Result<Tensor>()> read;
  FilePart stored;  ///< The bytes to write where a file holds them as they are, and then need not become a tensor.
  bool exact = false;  ///< Never quantized: rounding would not only cost precision.
};
using WeightGroup = std::vector<NamedWeight>;

/// Writes the shards "group1-shard1of3.bin" ... and the manifest's list into `json`. A shard ends after
/// options.weightShardSizeBytes, in the middle of a weight if need be. Serves graph-models and layers-models.
Status writeWeights(const std::vector<WeightGroup>& groups, const ConvertOptions& options, Sink& sink, JsonWriter& json,
                    ConvertReport* report);
/// Hands a file to the sink and notes its size.
Status writeNoted(Sink& sink, const std::string& name, std::string_view bytes, ConvertReport* report);

}  // namespace texflow
