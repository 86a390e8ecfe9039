// The readers of graphs, one a format. A line in the table of read.cpp makes a format an input.
#pragma once
#include <string>

#include "texflow/converter.h"

namespace texflow {

/// Reads the file or folder at `path` as a graph whose dtypes are the engine's.
using GraphReader = Result<Graph> (*)(const std::string& path, const ConvertOptions& options);

}  // namespace texflow
