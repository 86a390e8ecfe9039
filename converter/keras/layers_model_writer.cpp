#include <algorithm>
#include <map>

#include "keras_writers.h"
#include "layers/keras_model.h"
#include "tfjs_config.h"
#include "weight_writer.h"

namespace texflow {
namespace {

/// Names and groups of the weights as the manifest has them.
struct Naming {
  std::vector<std::string> names;
  std::vector<std::string> groups;
};

}  // namespace

Status writeLayersModel(const KerasFile& file, const ConvertOptions& options, Sink& sink, ConvertReport* report) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(file.model, file.kerasVersion));
  TfjsConfig config = configForTfjs(topology.model, topology.kerasMajor);
  if (options.target == Target::kTfjs) TEXFLOW_TRY(config.supported);
  // Lowering checks every weight against its layer, and says where names have to change.
  const auto lowered = lowerKerasModel(topology, file.weights);
  if (!lowered.ok() && options.target == Target::kTfjs) return lowered.status();

  Naming naming;
  for (std::size_t i = 0; i < file.weights.size(); ++i) {
    const StoredWeight& weight = file.weights[i];
    std::string name = weight.name;
    // .keras files, which Keras 2 writes too, know weights by path and number.
    const bool byPath = topology.kerasMajor >= 3 || name.find("/vars/") != std::string::npos;
    if (byPath && lowered.ok() && !lowered->uses[i].name.empty()) name = lowered->uses[i].name;
    const auto renamed = config.renamed.find(name);
    naming.names.push_back(renamed == config.renamed.end() ? name : renamed->second);
    naming.groups.push_back(!weight.group.empty() ? weight.group : lowered.ok() ? lowered->uses[i].owner : std::string());
  }
  // Layers in the order of their names, as HDF5 lists them.
  std::map<std::string, std::vector<std::size_t>> layers;
  for (std::size_t i = 0; i < file.weights.size(); ++i) layers[naming.groups[i]].push_back(i);
  std::vector<WeightGroup> groups;
  for (const auto& [layer, indices] : layers) {
    if (groups.empty() || options.splitWeightsByLayer) groups.emplace_back();
    for (const std::size_t i : indices) {
      const StoredWeight& weight = file.weights[i];
      groups.back().push_back({naming.names[i], weight.dtype, weight.shape, [&file, i] { return file.read(i); },
                               file.stored ? file.stored(i) : FilePart()});
    }
  }
  JsonWriter json;
  const auto dumped = [](const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); };
  json.open('{').key("format").text("layers-model").key("generatedBy").text("keras v" + file.kerasVersion);
  json.key("convertedBy").text("TexFlow Converter 0.1.0").key("modelTopology").open('{');
  json.key("keras_version").text(file.kerasVersion).key("backend").text(file.backend.empty() ? "tensorflow" : file.backend);
  json.key("model_config").raw(dumped(config.model));
  if (!file.trainingConfig.is_null() && topology.kerasMajor < 3)
    json.key("training_config").raw(dumped(file.trainingConfig));
  json.close('}').key("weightsManifest");
  TEXFLOW_TRY(writeWeights(groups, options, sink, json, report));
  if (!options.metadata.empty()) {
    json.key("userDefinedMetadata").open('{');
    for (const auto& [key, text] : options.metadata) json.key(key).raw(text);
    json.close('}');
  } else if (file.userMetadata.is_object()) {
    json.key("userDefinedMetadata").raw(dumped(file.userMetadata));
  }
  json.close('}');
  return writeNoted(sink, "model.json", json.take(), report);
}

}  // namespace texflow
