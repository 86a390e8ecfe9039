#include "tensor_values.h"

#include <algorithm>
#include <cstring>

#include "weights.h"

namespace texflow {
namespace {

std::int32_t wrapped(std::int64_t value) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(value)); }

/// "DT_FLOAT" for "float".
bool isProtoName(std::string_view written, std::string_view name) {
  return written.starts_with("DT_") &&
         std::equal(written.begin() + 3, written.end(), name.begin(), name.end(), [](char upper, char lower) {
           return upper == (lower >= 'a' && lower <= 'z' ? lower - 'a' + 'A' : lower);
         });
}

}  // namespace

const DataTypeInfo* findDType(const Json& value) {
  for (const DataTypeInfo& entry : dataTypes()) {
    if (value.is_string() ? isProtoName(textOf(&value), entry.name) : integerOf(value) == entry.number) return &entry;
  }
  return nullptr;
}

std::optional<std::string> bytesOf(const Json& value) {
  if (value.is_string()) return decodeBase64(textOf(&value));
  if (!value.is_array()) return std::nullopt;
  std::string bytes;
  for (const Json& item : value) {
    const auto byte = integerOf(item);
    if (!byte || *byte < 0 || *byte > 255) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
  }
  return bytes;
}

const char* listField(const DataTypeInfo& type) {
  switch (type.number) {
    case 1: return "floatVal";
    case 2: return "doubleVal";
    case 7: return "stringVal";
    case 8: return "scomplexVal";
    case 9: return "int64Val";
    case 10: return "boolVal";
    case 14:
    case 19: return "halfVal";
    case 18: return "dcomplexVal";
    case 22: return "uint32Val";
    case 23: return "uint64Val";
    default: return "intVal";
  }
}

bool storeListed(const DataTypeInfo& type, const Json& list, std::size_t from, std::int64_t i, Tensor& tensor) {
  const Json& value = list[from];
  switch (tensor.dtype()) {
    case DType::kFloat32: {
      if (type.number == 19 || type.number == 14) {  // halfVal holds bits.
        const auto bits = integerOf(value);
        if (!bits || *bits < 0 || *bits > 0xFFFF) return false;
        const std::uint32_t wide = static_cast<std::uint32_t>(*bits) << 16;
        if (type.number == 19) tensor.mutableData<float>()[i] = halfToFloat(static_cast<std::uint16_t>(*bits));
        else std::memcpy(tensor.mutableData<float>() + i, &wide, 4);
        return true;
      }
      const auto number = realOf(value);
      if (number) tensor.mutableData<float>()[i] = static_cast<float>(*number);
      return number.has_value();
    }
    case DType::kInt32: {
      const auto number = integerOf(value);
      if (number) tensor.mutableData<std::int32_t>()[i] = wrapped(*number);
      return number.has_value();
    }
    case DType::kBool:
      if (!value.is_boolean()) return false;
      tensor.mutableData<std::uint8_t>()[i] = value.get<bool>();
      return true;
    case DType::kString: {
      auto bytes = bytesOf(value);
      if (bytes) tensor.mutableData<std::string>()[i] = std::move(*bytes);
      return bytes.has_value();
    }
    case DType::kComplex64: {
      const auto real = realOf(value), imaginary = realOf(list[from + 1]);
      if (!real || !imaginary) return false;
      tensor.mutableData<std::complex<float>>()[i] = {static_cast<float>(*real), static_cast<float>(*imaginary)};
      return true;
    }
  }
  return false;
}

}  // namespace texflow
