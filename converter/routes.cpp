#include "routes.h"

#include <vector>

#include "keras/keras_routes.h"

namespace texflow {
namespace {

struct Entry {
  ModelFormat from, to;
  Route route;
};

const std::vector<Entry>& routes() {
  static const std::vector<Entry> kRoutes = {
      {ModelFormat::kKeras, ModelFormat::kTfjsLayers, kerasToLayersModel},
      {ModelFormat::kKerasV3, ModelFormat::kTfjsLayers, kerasToLayersModel},
      {ModelFormat::kKerasSavedModel, ModelFormat::kTfjsLayers, kerasToLayersModel},
      {ModelFormat::kKerasSavedModel, ModelFormat::kKeras, kerasToHdf5},
      {ModelFormat::kKerasSavedModel, ModelFormat::kKerasV3, kerasToZip},
      {ModelFormat::kTfjsLayers, ModelFormat::kTfjsLayers, kerasToLayersModel},
      {ModelFormat::kTfjsLayers, ModelFormat::kKeras, kerasToHdf5},
      {ModelFormat::kTfjsLayers, ModelFormat::kKerasV3, kerasToZip},
      {ModelFormat::kTfjsLayers, ModelFormat::kKerasSavedModel, kerasToSavedModel},
      {ModelFormat::kKeras, ModelFormat::kKerasSavedModel, kerasToSavedModel},
      {ModelFormat::kKerasV3, ModelFormat::kKerasSavedModel, kerasToSavedModel},
  };
  return kRoutes;
}

}  // namespace

Route routeBetween(ModelFormat from, ModelFormat to) {
  for (const Entry& entry : routes())
    if (entry.from == from && entry.to == to) return entry.route;
  return nullptr;
}

}  // namespace texflow
