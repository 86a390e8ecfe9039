// NumPy's .npy files, format versions 1 to 3.
#pragma once
#include <string>
#include <string_view>

#include "texflow/tensor.h"

namespace texflow::cli {

/// Little-endian float32, int32 and bool as they are; uint8, int64 (within int32's range) become int32, float64 becomes
/// float32. Both storage orders. `what` names the file in messages.
Result<Tensor> parseNpy(std::string_view bytes, const std::string& what);
/// Version 1.0; every dtype but string.
Result<std::string> formatNpy(const Tensor& tensor);

}  // namespace texflow::cli
