// Keras models as their files hold them: the config and the weights by name, before anything is made of them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "file_bytes.h"
#include "json.h"
#include "layers/weight_scope.h"

namespace texflow {

/// What an HDF5 file, a .keras file or a layers-model folder holds.
struct KerasFile {
  Json model;                         ///< {"class_name", "config"}
  std::string kerasVersion, backend;  ///< As the file names them.
  Json trainingConfig;                ///< Null where there is none.
  Json userMetadata;                  ///< Layers-models only.
  std::vector<StoredWeight> weights;
  /// The values of a weight; reads them from the file where they are not in memory.
  std::function<Result<Tensor>(std::size_t)> read;
  /// The values as little-endian float32 or int32 in a file; null, or without a part, where no file holds them like that.
  std::function<FilePart(std::size_t)> stored;
};

Result<KerasFile> readKerasHdf5(const std::string& path);
Result<KerasFile> readKerasZip(const std::string& path);
/// model.json with its shards, or the folder that holds it.
Result<KerasFile> readLayersModel(const std::string& path);
/// A SavedModel that Keras 2 wrote, with its keras_metadata.pb.
Result<KerasFile> readKerasSavedModel(const std::string& folder);

/// The layers as nodes, the weights as constants.
Result<Graph> kerasGraph(const KerasFile& file);

}  // namespace texflow
