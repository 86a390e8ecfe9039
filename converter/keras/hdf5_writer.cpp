#include <algorithm>
#include <map>

#include "h5_file.h"
#include "keras_writers.h"
#include "layers/keras_model.h"
#include "weight_writer.h"

namespace texflow {
namespace {

/// Names in one attribute; an object header takes 64 KB.
constexpr std::size_t kNamesPerAttribute = 1000;

Status failed(const std::string& what) { return Status::invalid("The HDF5 file could not be written: " + what + "."); }

Status writeTexts(hid_t object, const std::string& name, const std::vector<std::string>& texts, bool scalar) {
  const H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const hsize_t count = texts.size();
  const H5Handle space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const H5Handle attribute(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute || (count > 0 && H5Awrite(attribute.get(), type.get(), pointers.data()) < 0))
    return failed("the attribute '" + name + "'");
  return {};
}

Status writeNames(hid_t object, const std::string& name, const std::vector<std::string>& names) {
  if (names.size() <= kNamesPerAttribute) return writeTexts(object, name, names, false);
  for (std::size_t begin = 0, part = 0; begin < names.size(); begin += kNamesPerAttribute, ++part) {
    const auto end = std::min(begin + kNamesPerAttribute, names.size());
    TEXFLOW_TRY(writeTexts(
        object, name + std::to_string(part),
        {names.begin() + static_cast<std::ptrdiff_t>(begin), names.begin() + static_cast<std::ptrdiff_t>(end)}, false));
  }
  return {};
}

H5Handle makeGroup(hid_t in, const std::string& name) {
  const H5Handle create(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(create.get(), 1);
  // A layer named like the beginning of another one finds its group there.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5Handle group(H5Gcreate2(in, name.c_str(), create.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  return group ? group : H5Handle(H5Gopen2(in, name.c_str(), H5P_DEFAULT), H5Gclose);
}

Status writeTensor(hid_t group, const std::string& name, const Tensor& tensor) {
  const hid_t type = tensor.dtype() == DType::kInt32 ? H5T_STD_I32LE : H5T_IEEE_F32LE;
  if (tensor.dtype() != DType::kFloat32 && tensor.dtype() != DType::kInt32)
    return failed("the weight '" + name + "' is a " + std::string(dtypeName(tensor.dtype())));
  std::vector<hsize_t> dims;
  for (const std::int64_t dim : tensor.shape()) dims.push_back(static_cast<hsize_t>(dim));
  const H5Handle space(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
      H5Sclose);
  const H5Handle create(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(create.get(), 1);
  const H5Handle set(H5Dcreate2(group, name.c_str(), type, space.get(), create.get(), H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  if (!set || (tensor.size() > 0 && H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.data<std::byte>()) < 0))
    return failed("the weight '" + name + "'");
  return {};
}

}  // namespace

Status writeKerasHdf5(const KerasFile& file, Sink& sink, ConvertReport* report) {
  TEXFLOW_ASSIGN(const KerasTopology topology, readKerasTopology(file.model, file.kerasVersion));
  TEXFLOW_ASSIGN(const LoweredModel lowered, lowerKerasModel(topology, file.weights));
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
    if (lowered.owners[i].empty())
      return Status::invalid("The weight '" + file.weights[i].name + "' belongs to no layer of the model.");
    weights[lowered.owners[i]].push_back(i);
  }

  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false);
  const H5Handle out(H5Fcreate("model.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!out) return failed("it cannot be created in memory");
  const std::string version = topology.tfjsLayers || file.kerasVersion.empty() ? "2.19.0" : file.kerasVersion;
  const H5Handle root(H5Gopen2(out.get(), "/", H5P_DEFAULT), H5Gclose), group = makeGroup(out.get(), "model_weights");
  if (!root || !group) return failed("its groups");
  TEXFLOW_TRY(
      writeTexts(root.get(), "model_config", {file.model.dump(-1, ' ', false, Json::error_handler_t::replace)}, true));
  if (!file.trainingConfig.is_null())
    TEXFLOW_TRY(writeTexts(root.get(), "training_config",
                           {file.trainingConfig.dump(-1, ' ', false, Json::error_handler_t::replace)}, true));
  for (const hid_t object : {root.get(), group.get()}) {
    TEXFLOW_TRY(writeTexts(object, "keras_version", {version}, true));
    TEXFLOW_TRY(writeTexts(object, "backend", {"tensorflow"}, true));
  }
  TEXFLOW_TRY(writeNames(group.get(), "layer_names", order));
  for (const std::string& layer : order) {
    const H5Handle own = makeGroup(group.get(), layer);
    if (!own) return failed("the group of the layer '" + layer + "'");
    std::vector<std::string> names;
    for (const std::size_t i : weights[layer]) {
      names.push_back(file.weights[i].name + ":0");
      TEXFLOW_ASSIGN(const Tensor tensor, file.read(i));
      TEXFLOW_TRY(writeTensor(own.get(), names.back(), tensor));
    }
    TEXFLOW_TRY(writeNames(own.get(), "weight_names", names));
  }
  H5Fflush(out.get(), H5F_SCOPE_GLOBAL);
  const ssize_t size = H5Fget_file_image(out.get(), nullptr, 0);
  if (size <= 0) return failed("its bytes cannot be taken");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(out.get(), bytes.data(), bytes.size()) != size) return failed("its bytes cannot be taken");
  return writeNoted(sink, "model.h5", bytes, report);
}

}  // namespace texflow
