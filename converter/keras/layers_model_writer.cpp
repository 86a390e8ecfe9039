#include <algorithm>
#include <map>

#include "keras_writers.h"
#include "layers/keras_model.h"
#include "layers/recurrent.h"
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

Status writeLayersModel(KerasFile file, const ConvertOptions& options, Sink& sink, ConvertReport* report) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(std::move(file.model), file.kerasVersion));
  // Lowering checks every weight against its layer, and says where names have to change.
  LayerRecords records;
  const auto lowered = lowerKerasModel(topology, file.weights, &records, loop);
  // This engine has the layers that TensorFlow.js lacks.
  const bool compose = options.target == Target::kTfjs && lowered.ok();
  const TfjsConfig config = configForTfjs(topology, {compose ? &*lowered : nullptr, &records, file.read});
  if (options.target == Target::kTfjs) {
    TEXFLOW_TRY(config.supported);
    TEXFLOW_TRY(lowered.status());
  }

  Naming naming;
  for (std::size_t i = 0; i < file.weights.size(); ++i) {
    const StoredWeight& weight = file.weights[i];
    std::string name = weight.name;
    // .keras files, which Keras 2 writes too, know weights by path and number.
    const bool byPath = topology.kerasMajor >= 3 || name.find("/vars/") != std::string::npos;
    const std::string used = lowered.ok() ? lowered->uses[i].name : std::string();
    // What no layer reads, such as the number of examples that a Normalization has seen.
    if (byPath && lowered.ok() && used.empty()) name.clear();
    // Layers that are written otherwise are known by the name that the weight is used under.
    if (!used.empty() && (byPath || tfjsWeightName(config, used) != used)) name = used;
    naming.names.push_back(name.empty() ? name : tfjsWeightName(config, name));
    naming.groups.push_back(!weight.group.empty() ? weight.group : lowered.ok() ? lowered->uses[i].owner : std::string());
  }
  // Layers in the order of their names, as HDF5 lists them.
  std::map<std::string, std::vector<std::size_t>> layers;
  for (std::size_t i = 0; i < file.weights.size(); ++i) layers[naming.groups[i]].push_back(i);
  std::vector<WeightGroup> groups;
  for (const auto& [layer, indices] : layers) {
    if (groups.empty() || options.splitWeightsByLayer) groups.emplace_back();
    for (const std::size_t i : indices) {
      if (naming.names[i].empty()) continue;
      const StoredWeight& weight = file.weights[i];
      groups.back().push_back({naming.names[i], weight.dtype, weight.shape, [&file, i] { return file.read(i); },
                               file.stored ? file.stored(i) : FilePart()});
    }
  }
  std::string layer;
  for (const TfjsConfig::Made& made : config.made) {
    const std::string owner = made.name.substr(0, made.name.rfind('/'));
    if (groups.empty() || (options.splitWeightsByLayer && owner != layer)) groups.emplace_back();
    groups.back().push_back({made.name,
                             made.value.dtype(),
                             made.value.shape(),
                             [&made]() -> Result<Tensor> { return made.value; },
                             {},
                             made.exact});
    layer = owner;
  }
  std::erase_if(groups, [](const WeightGroup& group) { return group.empty(); });
  JsonWriter json;
  json.open('{').key("format").text("layers-model").key("generatedBy").text("keras v" + file.kerasVersion);
  json.key("convertedBy").text("TexFlow Converter 0.1.0").key("modelTopology").open('{');
  json.key("keras_version").text(file.kerasVersion).key("backend").text(file.backend.empty() ? "tensorflow" : file.backend);
  json.key("model_config").value(config.model);
  if (!file.trainingConfig.is_null() && topology.kerasMajor < 3) json.key("training_config").value(file.trainingConfig);
  json.close('}').key("weightsManifest");
  TEXFLOW_TRY(writeWeights(groups, options, sink, json, report));
  if (!options.metadata.empty()) {
    json.key("userDefinedMetadata").open('{');
    for (const auto& [key, text] : options.metadata) json.key(key).raw(text);
    json.close('}');
  } else if (file.userMetadata.is_object()) {
    json.key("userDefinedMetadata").value(file.userMetadata);
  }
  json.close('}');
  return writeNoted(sink, "model.json", json.take(), report);
}

}  // namespace texflow
