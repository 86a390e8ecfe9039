// JPEG and PNG files as input tensors.
#pragma once
#include <string>

#include "texflow/graph.h"

namespace texflow::cli {

/// Range that the byte values 0..255 are mapped to.
struct ImageScale {
  double low = 0, high = 1;
};

/// Decodes the file, resizes it to the input's height and width (its own size where they are unknown), and gives it the
/// input's rank, channels (1, 3 or 4) and dtype.
Result<Tensor> readImage(const std::string& path, const Endpoint& input, const ImageScale& scale);

}  // namespace texflow::cli
