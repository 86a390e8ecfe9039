// TensorFlow's element types: what the engine makes of them, and elements as they lie in memory (tensor_content,
// checkpoints).
#pragma once
#include <span>
#include <string_view>

#include "texflow/tensor.h"

namespace texflow {

/// A value type of types.proto and what the engine makes of it.
struct DataTypeInfo {
  int number;
  std::string_view name;
  DType dtype;
  int bytes;  ///< Of one element in tensor_content and in checkpoints; 0 for strings.
};
/// All that the engine has values for: no resources, variants or quantized types.
std::span<const DataTypeInfo> dataTypes();

/// Decodes the elements of `type` (not a string) in `bytes` into `tensor`, from its element `at` on, which must have room.
void decodeElements(const DataTypeInfo& type, std::string_view bytes, Tensor& tensor, std::int64_t at = 0);

}  // namespace texflow
