#include "tensor_values.h"

#include <array>
#include <cstring>

#include "weights.h"

namespace texflow {
namespace {

// The numbers are those of TensorFlow's types.proto.
constexpr std::array kDTypes = {
    DTypeName{1, "DT_FLOAT", DType::kFloat32, 4},
    DTypeName{2, "DT_DOUBLE", DType::kFloat32, 8},
    DTypeName{3, "DT_INT32", DType::kInt32, 4},
    DTypeName{4, "DT_UINT8", DType::kInt32, 1},
    DTypeName{5, "DT_INT16", DType::kInt32, 2},
    DTypeName{6, "DT_INT8", DType::kInt32, 1},
    DTypeName{7, "DT_STRING", DType::kString, 0},
    DTypeName{8, "DT_COMPLEX64", DType::kComplex64, 8},
    DTypeName{9, "DT_INT64", DType::kInt32, 8},
    DTypeName{10, "DT_BOOL", DType::kBool, 1},
    DTypeName{14, "DT_BFLOAT16", DType::kFloat32, 2},
    DTypeName{17, "DT_UINT16", DType::kInt32, 2},
    DTypeName{18, "DT_COMPLEX128", DType::kComplex64, 16},
    DTypeName{19, "DT_HALF", DType::kFloat32, 2},
    DTypeName{22, "DT_UINT32", DType::kInt32, 4},
    DTypeName{23, "DT_UINT64", DType::kInt32, 8},
};

std::int32_t wrapped(std::int64_t value) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(value)); }

template <class T>
T readAt(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

const DTypeName* findDType(const Json& value) {
  for (const DTypeName& entry : kDTypes) {
    if (value.is_string() ? textOf(&value) == entry.name : integerOf(value) == entry.number) return &entry;
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

const char* listField(const DTypeName& type) {
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

void storeContent(const DTypeName& type, const std::string& bytes, std::int64_t i, Tensor& tensor) {
  const auto at = static_cast<std::size_t>(i) * static_cast<std::size_t>(type.bytes);
  float* floats = tensor.mutableData<float>();
  auto* ints = tensor.mutableData<std::int32_t>();
  auto* complexes = tensor.mutableData<std::complex<float>>();
  switch (type.number) {
    case 1: floats[i] = readAt<float>(bytes, at); break;
    case 2: floats[i] = static_cast<float>(readAt<double>(bytes, at)); break;
    case 3:
    case 22: ints[i] = readAt<std::int32_t>(bytes, at); break;
    case 4: ints[i] = readAt<std::uint8_t>(bytes, at); break;
    case 5: ints[i] = readAt<std::int16_t>(bytes, at); break;
    case 6: ints[i] = readAt<std::int8_t>(bytes, at); break;
    case 8: complexes[i] = {readAt<float>(bytes, at), readAt<float>(bytes, at + 4)}; break;
    case 9:
    case 23: ints[i] = wrapped(readAt<std::int64_t>(bytes, at)); break;
    case 10: tensor.mutableData<std::uint8_t>()[i] = bytes[at] != 0; break;
    case 14: {
      const std::uint32_t bits = static_cast<std::uint32_t>(readAt<std::uint16_t>(bytes, at)) << 16;
      std::memcpy(floats + i, &bits, 4);
      break;
    }
    case 17: ints[i] = readAt<std::uint16_t>(bytes, at); break;
    case 18:
      complexes[i] = {static_cast<float>(readAt<double>(bytes, at)), static_cast<float>(readAt<double>(bytes, at + 8))};
      break;
    case 19: floats[i] = halfToFloat(readAt<std::uint16_t>(bytes, at)); break;
    default: break;
  }
}

bool storeListed(const DTypeName& type, const Json& list, std::size_t from, std::int64_t i, Tensor& tensor) {
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
