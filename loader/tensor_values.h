// The values of a TensorProto in proto3-JSON: how elements of each dtype are written.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "data_types.h"
#include "json.h"

namespace texflow {

/// The dtype of "DT_FLOAT" or of its number; null for those that the engine has no value type for.
const DataTypeInfo* findDType(const Json& value);
/// The bytes field `value` ("s", "tensorContent"): base64, or a list of byte values as old converters wrote it.
std::optional<std::string> bytesOf(const Json& value);
/// The field that lists the values of a tensor: "floatVal" and so on.
const char* listField(const DataTypeInfo& type);
/// Stores element i from the value at `from` of one of the ...Val lists; false when it has the wrong JSON type.
bool storeListed(const DataTypeInfo& type, const Json& list, std::size_t from, std::int64_t i, Tensor& tensor);

}  // namespace texflow
