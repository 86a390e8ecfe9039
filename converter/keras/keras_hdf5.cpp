// Models and weights in HDF5 (.h5), as Keras 1, 2 and 3 write them.
#include "h5_file.h"
#include "keras_file.h"

namespace texflow {
namespace {

/// The weights of every layer, in the order in which the file names them.
Status readWeights(const H5File& file, const std::string& root, KerasFile& to, std::vector<H5DatasetInfo>& sets) {
  TEXFLOW_ASSIGN(const auto layers, file.texts(root, "layer_names"));
  if (!layers)
    return Status::invalid("The group '" + root + "' of '" + file.name() +
                           "' has no layer_names; it holds no Keras weights.");
  for (const std::string& layer : *layers) {
    const std::string group = root == "/" ? layer : root + "/" + layer;
    TEXFLOW_ASSIGN(const auto names, file.texts(group, "weight_names"));
    if (!names) continue;
    for (const std::string& name : *names) {
      TEXFLOW_ASSIGN(H5DatasetInfo info, file.info(group + "/" + name));
      std::string plain = name.ends_with(":0") ? name.substr(0, name.size() - 2) : name;
      to.weights.push_back({std::move(plain), layer, info.dtype, info.shape});
      sets.push_back(std::move(info));
    }
  }
  return {};
}

}  // namespace

Result<KerasFile> readKerasHdf5(const std::string& path) {
  TEXFLOW_ASSIGN(const H5File file, H5File::open(path));
  KerasFile result;
  TEXFLOW_ASSIGN(const auto config, file.text("/", "model_config"));
  if (!config) {
    TEXFLOW_ASSIGN(const auto layers, file.texts("/", "layer_names"));
    if (layers || file.hasGroup("/layers") || file.hasGroup("/_layer_checkpoint_dependencies"))
      return Status::invalid(
          "The file '" + path +
          "' holds weights only: it has no model_config, and so no layers. Save the whole model with model.save().");
    return Status::invalid("The file '" + path + "' has no attribute model_config; it is not a Keras model.");
  }
  TEXFLOW_ASSIGN(result.model, parseJson(*config, "The model_config of '" + path + "'"));
  const std::string root = file.hasGroup("/model_weights") ? "/model_weights" : "/";
  for (const std::string& group : {std::string("/"), root}) {
    TEXFLOW_ASSIGN(const auto version, file.text(group, "keras_version"));
    if (version) result.kerasVersion = *version;
    TEXFLOW_ASSIGN(const auto backend, file.text(group, "backend"));
    if (backend) result.backend = *backend;
  }
  if (result.kerasVersion.empty()) result.kerasVersion = "1";
  TEXFLOW_ASSIGN(const auto training, file.text("/", "training_config"));
  if (training)
    if (auto parsed = parseJson(*training, "The training_config"); parsed.ok()) result.trainingConfig = std::move(*parsed);
  std::vector<H5DatasetInfo> sets;
  TEXFLOW_TRY(readWeights(file, root, result, sets));
  result.stored = [file, sets](std::size_t index) { return file.stored(sets[index]); };
  result.read = [file, sets = std::move(sets)](std::size_t index) { return file.read(sets[index]); };
  return result;
}

}  // namespace texflow
