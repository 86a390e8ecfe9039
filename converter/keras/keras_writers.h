// Keras models as files again.
#pragma once
#include "keras_file.h"
#include "texflow/converter.h"

namespace texflow {

/// model.json and shards that TensorFlow.js loads with loadLayersModel. For Target::kTfjs, layers that it lacks or computes
/// otherwise are refused; Target::kTexflow writes them.
Status writeLayersModel(KerasFile file, const ConvertOptions& options, Sink& sink, ConvertReport* report);
/// One HDF5 file, model.h5, as Keras 2 writes it.
Status writeKerasHdf5(const KerasFile& file, Sink& sink, ConvertReport* report);
/// One .keras file, model.keras, as Keras 3 writes it.
Status writeKerasZip(const KerasFile& file, Sink& sink, ConvertReport* report);

}  // namespace texflow
