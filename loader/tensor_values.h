// The values of a TensorProto in proto3-JSON: how elements of each dtype are written.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json.h"
#include "texflow/tensor.h"

namespace texflow {

struct DTypeName {
  int number;
  std::string_view name;
  DType dtype;
  int bytes;  ///< Of one element in tensorContent.
};

/// The dtype of "DT_FLOAT" or of its number; null for those that the engine has no value type for.
const DTypeName* findDType(const Json& value);
/// The bytes field `value` ("s", "tensorContent"): base64, or a list of byte values as old converters wrote it.
std::optional<std::string> bytesOf(const Json& value);
/// The field that lists the values of a tensor: "floatVal" and so on.
const char* listField(const DTypeName& type);
/// Stores element i of tensorContent, which must be that long.
void storeContent(const DTypeName& type, const std::string& bytes, std::int64_t i, Tensor& tensor);
/// Stores element i from the value at `from` of one of the ...Val lists; false when it has the wrong JSON type.
bool storeListed(const DTypeName& type, const Json& list, std::size_t from, std::int64_t i, Tensor& tensor);

}  // namespace texflow
