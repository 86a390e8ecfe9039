// .keras files of Keras 3 from the models of Keras 2 and TensorFlow.js.
#include <zip.h>

#include <map>

#include "h5_image.h"
#include "keras_writers.h"
#include "layers/keras_model.h"
#include "layers/recurrent.h"
#include "weight_writer.h"

namespace texflow {
namespace {

Status failed(const std::string& what) { return Status::invalid("The .keras file could not be written: " + what + "."); }

/// Keras 3 names the input's shape otherwise, and lists calls of nested models from 0.
void toKeras3(Json& model) {
  if (!model.is_object() || !model.contains("config")) return;
  Json& config = model["config"];
  if (!config.is_object() || !config.contains("layers") || !config["layers"].is_array()) return;
  for (Json& layer : config["layers"]) {
    if (!layer.is_object() || !layer.contains("config") || !layer["config"].is_object()) continue;
    if (!layer.contains("module")) layer["module"] = "keras.layers";
    Json& inner = layer["config"];
    if (textOf(member(layer, "class_name")) == "InputLayer" && inner.contains("batch_input_shape")) {
      inner["batch_shape"] = Json(inner["batch_input_shape"]);
      inner.erase("batch_input_shape");
    }
    toKeras3(layer);
  }
}

struct ZipDiscarder {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

Result<std::string> zipOf(const std::vector<std::pair<const char*, const std::string*>>& members) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!target) return failed("there is no memory for it");
  zip_source_keep(target);
  std::unique_ptr<zip_t, ZipDiscarder> archive(zip_open_from_source(target, ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(target);
    zip_source_free(target);
    return failed("the zip cannot be opened");
  }
  bool good = true;
  for (const auto& [name, bytes] : members) {
    zip_source_t* source = zip_source_buffer(archive.get(), bytes->data(), bytes->size(), 0);
    const zip_int64_t index = source ? zip_file_add(archive.get(), name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (source && index < 0) zip_source_free(source);
    // Stored as they are, as Keras does: weights do not compress.
    good = good && index >= 0 &&
           zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) == 0;
  }
  std::string out;
  zip_stat_t about;
  good = good && zip_close(archive.get()) == 0;
  if (good) (void)archive.release();
  good = good && zip_source_stat(target, &about) == 0 && zip_source_open(target) == 0;
  if (good) {
    out.resize(static_cast<std::size_t>(about.size));
    good = zip_source_read(target, out.data(), out.size()) == static_cast<zip_int64_t>(out.size());
    zip_source_close(target);
  }
  archive.reset();
  zip_source_free(target);
  if (!good) return failed("the zip cannot be closed");
  return out;
}

}  // namespace

Status writeKerasZip(const KerasFile& file, Sink& sink, ConvertReport* report) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(file.model, file.kerasVersion));
  TEXFLOW_ASSIGN(const LoweredModel lowered, lowerKerasModel(topology, file.weights, nullptr, loop));
  H5Image image;
  TEXFLOW_TRY(image.create());
  for (std::size_t i = 0; i < file.weights.size(); ++i) {
    if (lowered.uses[i].path.empty())
      return Status::invalid("The weight '" + file.weights[i].name + "' belongs to no layer of the model.");
    TEXFLOW_ASSIGN(const Tensor tensor, file.read(i));
    TEXFLOW_TRY(image.write(image.root(), lowered.uses[i].path, tensor));
  }
  TEXFLOW_ASSIGN(const std::string weights, image.take());
  Json model = topology.model;
  if (topology.kerasMajor < 3) toKeras3(model);
  const std::string className(textOf(member(model, "class_name")));
  model["module"] = className == "Sequential" ? "keras" : "keras.src.models.functional";
  if (className == "Model") model["class_name"] = "Functional";
  model["registered_name"] = className == "Sequential" ? "Sequential" : "Functional";
  const std::string config = model.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string metadata = R"({"keras_version": "3.0.0", "date_saved": "1980-01-01@00:00:00"})";
  TEXFLOW_ASSIGN(const std::string zip,
                 zipOf({{"metadata.json", &metadata}, {"config.json", &config}, {"model.weights.h5", &weights}}));
  return writeNoted(sink, "model.keras", zip, report);
}

}  // namespace texflow
