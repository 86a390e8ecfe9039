// Does the converted model compute what its source does?
#pragma once
#include <string>
#include <vector>

#include "texflow/converter.h"

namespace texflow::cli {

struct OutputError {
  std::string name;
  double absolute = 0, relative = 0;
  bool ok = true;
  std::string mismatch;  ///< Why the tensors cannot be compared, else empty.
};

/// Runs the source, before any pass, and the model written at `output` with host kernels on the same random inputs. An error
/// says why nothing was verified: an op without a kernel, an input of unknown size.
Result<std::vector<OutputError>> verifyConversion(const std::string& input, const std::string& output,
                                                  const ConvertOptions& options, double tolerance);

}  // namespace texflow::cli
