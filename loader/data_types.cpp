#include "data_types.h"

#include <array>
#include <cstring>

#include "weights.h"

namespace texflow {
namespace {

// The numbers are those of TensorFlow's types.proto.
constexpr std::array kTypes = {
    DataTypeInfo{1, "float", DType::kFloat32, 4},
    DataTypeInfo{2, "double", DType::kFloat32, 8},
    DataTypeInfo{3, "int32", DType::kInt32, 4},
    DataTypeInfo{4, "uint8", DType::kInt32, 1},
    DataTypeInfo{5, "int16", DType::kInt32, 2},
    DataTypeInfo{6, "int8", DType::kInt32, 1},
    DataTypeInfo{7, "string", DType::kString, 0},
    DataTypeInfo{8, "complex64", DType::kComplex64, 8},
    DataTypeInfo{9, "int64", DType::kInt32, 8},
    DataTypeInfo{10, "bool", DType::kBool, 1},
    DataTypeInfo{14, "bfloat16", DType::kFloat32, 2},
    DataTypeInfo{17, "uint16", DType::kInt32, 2},
    DataTypeInfo{18, "complex128", DType::kComplex64, 16},
    DataTypeInfo{19, "half", DType::kFloat32, 2},
    DataTypeInfo{22, "uint32", DType::kInt32, 4},
    DataTypeInfo{23, "uint64", DType::kInt32, 8},
};

template <class T>
T readAt(const char* from, std::int64_t i) {
  T value;
  std::memcpy(&value, from + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

/// Elements of type From as To.
template <class From, class To>
void convert(const char* from, To* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<To>(readAt<From>(from, i));
}

}  // namespace

std::span<const DataTypeInfo> dataTypes() { return kTypes; }

void decodeElements(const DataTypeInfo& type, std::string_view bytes, Tensor& tensor, std::int64_t at) {
  if (bytes.empty() || type.bytes == 0) return;
  const auto count = static_cast<std::int64_t>(bytes.size()) / type.bytes;
  const char* from = bytes.data();
  float* floats = tensor.mutableData<float>() + at;
  auto* ints = tensor.mutableData<std::int32_t>() + at;
  switch (type.number) {
    case 1:
    case 3:
    case 22: std::memcpy(ints, from, bytes.size()); break;
    case 2: convert<double>(from, floats, count); break;
    case 4: convert<std::uint8_t>(from, ints, count); break;
    case 5: convert<std::int16_t>(from, ints, count); break;
    case 6: convert<std::int8_t>(from, ints, count); break;
    case 8: std::memcpy(tensor.mutableData<std::complex<float>>() + at, from, bytes.size()); break;
    case 9:
    case 23:
      // Wraps as a cast in TensorFlow does.
      for (std::int64_t i = 0; i < count; ++i)
        ints[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(readAt<std::uint64_t>(from, i)));
      break;
    case 10:
      for (std::int64_t i = 0; i < count; ++i) tensor.mutableData<std::uint8_t>()[at + i] = from[i] != 0;
      break;
    case 14:
      for (std::int64_t i = 0; i < count; ++i) {
        const std::uint32_t bits = static_cast<std::uint32_t>(readAt<std::uint16_t>(from, i)) << 16;
        std::memcpy(floats + i, &bits, sizeof bits);
      }
      break;
    case 17: convert<std::uint16_t>(from, ints, count); break;
    case 18:
      for (std::int64_t i = 0; i < count; ++i)
        tensor.mutableData<std::complex<float>>()[at + i] = {static_cast<float>(readAt<double>(from, 2 * i)),
                                                             static_cast<float>(readAt<double>(from, 2 * i + 1))};
      break;
    case 19:
      for (std::int64_t i = 0; i < count; ++i) floats[i] = halfToFloat(readAt<std::uint16_t>(from, i));
      break;
    default: break;
  }
}

}  // namespace texflow
