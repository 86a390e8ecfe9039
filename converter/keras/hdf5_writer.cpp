#include <algorithm>
#include <map>

#include "h5_image.h"
#include "keras_writers.h"
#include "layers/keras_model.h"
#include "layers/recurrent.h"
#include "weight_writer.h"

namespace texflow {
Status writeKerasHdf5(const KerasFile& file, Sink& sink, ConvertReport* report) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(file.model, file.kerasVersion));
  TEXFLOW_ASSIGN(const LoweredModel lowered, lowerKerasModel(topology, file.weights, nullptr, loop));
  // Keras reads the layers in the model's order.
  std::vector<std::string> order;
  const Json* config = member(topology.model, "config");
  const Json* layers = config && config->is_array() ? config : config ? member(*config, "layers") : nullptr;
  if (layers && layers->is_array())
    for (const Json& layer : *layers) {
      std::string name(textOf(member(layer, "name")));
      if (const Json* inner = member(layer, "config"); name.empty() && inner) name = textOf(member(*inner, "name"));
      order.push_back(name);
    }
  std::map<std::string, std::vector<std::size_t>> weights;
  for (std::size_t i = 0; i < file.weights.size(); ++i) {
    if (lowered.uses[i].owner.empty())
      return Status::invalid("The weight '" + file.weights[i].name + "' belongs to no layer of the model.");
    weights[lowered.uses[i].owner].push_back(i);
  }

  H5Image image;
  TEXFLOW_TRY(image.create());
  const std::string version = topology.tfjsLayers || file.kerasVersion.empty() ? "2.19.0" : file.kerasVersion;
  const auto dumped = [](const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); };
  TEXFLOW_ASSIGN(const H5Handle group, image.group(image.root(), "model_weights"));
  TEXFLOW_TRY(image.writeText(image.root(), "model_config", dumped(file.model)));
  if (!file.trainingConfig.is_null())
    TEXFLOW_TRY(image.writeText(image.root(), "training_config", dumped(file.trainingConfig)));
  for (const hid_t object : {image.root(), group.get()}) {
    TEXFLOW_TRY(image.writeText(object, "keras_version", version));
    TEXFLOW_TRY(image.writeText(object, "backend", "tensorflow"));
  }
  TEXFLOW_TRY(image.writeTexts(group.get(), "layer_names", order));
  for (const std::string& layer : order) {
    TEXFLOW_ASSIGN(const H5Handle own, image.group(group.get(), layer));
    std::vector<std::string> names;
    for (const std::size_t i : weights[layer]) {
      names.push_back(file.weights[i].name + ":0");
      TEXFLOW_ASSIGN(const Tensor tensor, file.read(i));
      TEXFLOW_TRY(image.write(own.get(), names.back(), tensor));
    }
    TEXFLOW_TRY(image.writeTexts(own.get(), "weight_names", names));
  }
  TEXFLOW_ASSIGN(const std::string bytes, image.take());
  return writeNoted(sink, "model.h5", bytes, report);
}

}  // namespace texflow
