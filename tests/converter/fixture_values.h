// Arrays of ../shared/fixtures, with the dtypes that TensorFlow's cases use beyond those of the command line.
#pragma once
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "texflow/tensor.h"
#include "weights.h"

namespace texflow::testing {

inline std::string fileText(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// Version 1 .npy files in C order, as the engine's dtypes.
inline Tensor readArray(const std::filesystem::path& path) {
  const std::string bytes = fileText(path);
  if (bytes.size() < 10) return {};
  const std::size_t headerBytes =
      static_cast<std::uint8_t>(bytes[8]) | static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[9])) << 8;
  const std::string header = bytes.substr(10, headerBytes);
  const char* data = bytes.data() + 10 + headerBytes;
  const std::size_t quote = header.find("'descr': '") + 10;
  const std::string type = header.substr(quote, header.find('\'', quote) - quote);
  Shape shape;
  const std::size_t open = header.find("'shape': (") + 10;
  std::istringstream dims(header.substr(open, header.find(')', open) - open));
  for (std::string dim; std::getline(dims, dim, ',');)
    if (dim.find_first_of("0123456789") != std::string::npos) shape.push_back(std::stoll(dim));
  const char kind = type[1];
  const std::size_t width = std::stoul(type.substr(2));
  const DType dtype = kind == 'f'   ? DType::kFloat32
                      : kind == 'b' ? DType::kBool
                      : kind == 'S' ? DType::kString
                      : kind == 'c' ? DType::kComplex64
                                    : DType::kInt32;
  Tensor tensor(dtype, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const char* at = data + static_cast<std::size_t>(i) * width;
    double real = 0;
    std::int64_t integer = 0;
    if (kind == 'f' && width == 8) std::memcpy(&real, at, 8);
    if (kind == 'f' && width == 4) {
      float value = 0;
      std::memcpy(&value, at, 4);
      real = static_cast<double>(value);
    }
    if (kind == 'f' && width == 2) {
      std::uint16_t half = 0;
      std::memcpy(&half, at, 2);
      real = static_cast<double>(halfToFloat(half));
    }
    if (kind == 'i' || kind == 'u') {
      std::memcpy(&integer, at, width);
      const int shift = static_cast<int>(64 - 8 * width);
      if (kind == 'i') integer = integer << shift >> shift;
    }
    if (kind == 'f') tensor.mutableData<float>()[i] = static_cast<float>(real);
    if (kind == 'i' || kind == 'u') tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(integer);
    if (kind == 'b') tensor.mutableData<std::uint8_t>()[i] = *at != 0;
    if (kind == 'S') tensor.mutableData<std::string>()[i] = std::string(at, strnlen(at, width));
    if (kind == 'c' && width == 8) std::memcpy(tensor.mutableData<std::complex<float>>() + i, at, 8);
  }
  return tensor;
}

}  // namespace texflow::testing
