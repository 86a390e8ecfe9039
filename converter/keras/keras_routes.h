// Conversions between files of layers, and the graphs of Keras files.
#pragma once
#include "texflow/converter.h"

namespace texflow {

/// HDF5, .keras or layers-model → layers-model.
Status kerasToLayersModel(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report);
/// The same → one HDF5 file.
Status kerasToHdf5(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report);
/// The same → one .keras file.
Status kerasToZip(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report);
/// The same → a SavedModel whose weights are constants.
Status kerasToSavedModel(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report);

/// HDF5 (.h5), .keras and layers-models as graphs.
Result<Graph> readKerasHdf5Graph(const std::string& path, const ConvertOptions& options);
Result<Graph> readKerasZipGraph(const std::string& path, const ConvertOptions& options);
Result<Graph> readLayersModelGraph(const std::string& path, const ConvertOptions& options);

}  // namespace texflow
