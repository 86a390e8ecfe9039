// Conversions that do not go through a graph: between files of layers.
#pragma once
#include <string>

#include "texflow/converter.h"

namespace texflow {

/// Writes everything into the sink; the caller commits. Fills files and quantized of the report.
using Route = Status (*)(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report);

/// The route for a pair of formats; null where there is none or the way is over a graph. A line in routes.cpp adds one.
Route routeBetween(ModelFormat from, ModelFormat to);

}  // namespace texflow
