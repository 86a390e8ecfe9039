#include "npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "weights.h"

namespace texflow::cli {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderBytes = 1 << 16;

struct Header {
  std::string descr;
  bool fortranOrder = false;
  Shape shape;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

/// Reads the Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  bool parse(Header& header) {
    if (!take('{')) return false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':')) return false;
      if (key == "descr") header.hasDescr = string(header.descr);
      if (key == "fortran_order") header.hasOrder = boolean(header.fortranOrder);
      if (key == "shape") header.hasShape = tuple(header.shape);
      if (key != "descr" && key != "fortran_order" && key != "shape") return false;
      if (!take(',') && (skip(), text_.empty() || text_[0] != '}')) return false;
    }
    skip();
    return text_.empty() && header.hasDescr && header.hasOrder && header.hasShape;
  }

 private:
  void skip() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t' || text_[0] == '\r'))
      text_.remove_prefix(1);
  }
  bool take(char c) {
    skip();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view expected) {
    skip();
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  bool string(std::string& value) {
    skip();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) return false;
    const auto end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) return false;
    value = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return true;
  }
  bool boolean(bool& value) {
    value = word("True");
    return value || word("False");
  }
  bool tuple(Shape& shape) {
    if (!take('(')) return false;
    while (!take(')')) {
      skip();
      std::int64_t dim = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), dim);
      if (error != std::errc() || shape.size() > 64) return false;
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (!text_.empty() && text_[0] == 'L') text_.remove_prefix(1);  // Written by Python 2.
      shape.push_back(dim);
      if (!take(',') && (skip(), text_.empty() || text_[0] != ')')) return false;
    }
    return true;
  }

  std::string_view text_;
};

template <class T>
T readAt(const char* data, std::int64_t i) {
  T value;
  std::memcpy(&value, data + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

/// Position in Fortran order of element i of row-major order.
std::int64_t fortranIndex(const Shape& shape, std::int64_t i) {
  std::int64_t index = 0, below = elementCount(shape);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    below /= shape[axis];
    index += i % shape[axis] * below;
    i /= shape[axis];
  }
  return index;
}

/// Texts of a fixed length ("|S5"), without the zero bytes that fill them up.
Result<Tensor> parseStrings(std::string_view bytes, const Header& header, const std::string& what) {
  std::size_t width = 0;
  const char* end = header.descr.data() + header.descr.size();
  const auto parsed = std::from_chars(header.descr.data() + 2, end, width);
  const auto count = static_cast<std::size_t>(elementCount(header.shape));
  const bool fits = width == 0 ? count == 0 && bytes.empty() : bytes.size() % width == 0 && bytes.size() / width == count;
  if (parsed.ec != std::errc() || parsed.ptr != end || !fits)
    return Status::invalid("The file '" + what + "' has " + std::to_string(bytes.size()) +
                           " bytes of values, which are not " + std::to_string(count) + " texts of the dtype '" +
                           header.descr + "'.");
  Tensor tensor(DType::kString, header.shape);
  for (std::size_t i = 0; i < count; ++i) {
    const auto from =
        header.fortranOrder ? static_cast<std::size_t>(fortranIndex(header.shape, static_cast<std::int64_t>(i))) : i;
    std::string_view text = bytes.substr(from * width, width);
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    tensor.mutableData<std::string>()[i] = text;
  }
  return tensor;
}

}  // namespace

Result<Tensor> parseNpy(std::string_view bytes, const std::string& what) {
  const auto wrong = [&](const std::string& why) { return Status::invalid("The file '" + what + "' " + why + "."); };
  if (!bytes.starts_with(kMagic) || bytes.size() < 10) return wrong("is not a .npy file");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) return wrong("has the .npy version " + std::to_string(version) + "; 1 to 3 are supported");
  const std::size_t lengthBytes = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + lengthBytes) return wrong("is truncated");
  std::size_t headerBytes = 0;
  for (std::size_t i = 0; i < lengthBytes; ++i)
    headerBytes |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  bytes.remove_prefix(8 + lengthBytes);
  if (headerBytes > kMaxHeaderBytes || headerBytes > bytes.size())
    return wrong("has a header of " + std::to_string(headerBytes) + " bytes, which is beyond its end or too long");

  Header header;
  if (!HeaderParser(bytes.substr(0, headerBytes)).parse(header))
    return wrong("has a header that is not a plain array description");
  bytes.remove_prefix(headerBytes);
  const auto count = checkedElementCount(header.shape);
  if (!count.ok()) return count.status().during("reading '" + what + "'");

  if (header.descr.starts_with("|S")) return parseStrings(bytes, header, what);
  const std::string_view kind = std::string_view(header.descr).substr(header.descr.empty() ? 0 : 1);
  const bool single = kind == "u1" || kind == "b1" || kind == "i1";
  std::size_t width = single ? 1 : 0;
  if (kind == "f2" || kind == "i2" || kind == "u2") width = 2;
  if (kind == "f4" || kind == "i4") width = 4;
  if (kind == "f8" || kind == "i8") width = 8;
  if (width == 0 || (header.descr[0] != '<' && !(single && (header.descr[0] == '|' || header.descr[0] == '='))))
    return wrong("has the dtype '" + header.descr +
                 "'; bool, |S strings and little-endian float16, float32, float64, int8 to int64, uint8 and uint16 are "
                 "supported");
  if (bytes.size() != static_cast<std::size_t>(*count) * width)
    return wrong("has " + std::to_string(bytes.size()) + " bytes of values where the shape " + shapeText(header.shape) +
                 " needs " + std::to_string(static_cast<std::size_t>(*count) * width));

  const DType dtype = kind[0] == 'f' ? DType::kFloat32 : kind == "b1" ? DType::kBool : DType::kInt32;
  Tensor tensor(dtype, header.shape);
  const char* data = bytes.data();
  for (std::int64_t i = 0; i < *count; ++i) {
    const std::int64_t from = header.fortranOrder ? fortranIndex(header.shape, i) : i;
    if (kind == "f4") tensor.mutableData<float>()[i] = readAt<float>(data, from);
    if (kind == "f2") tensor.mutableData<float>()[i] = halfToFloat(readAt<std::uint16_t>(data, from));
    if (kind == "f8") tensor.mutableData<float>()[i] = static_cast<float>(readAt<double>(data, from));
    if (kind == "i4") tensor.mutableData<std::int32_t>()[i] = readAt<std::int32_t>(data, from);
    if (kind == "i1") tensor.mutableData<std::int32_t>()[i] = readAt<std::int8_t>(data, from);
    if (kind == "i2") tensor.mutableData<std::int32_t>()[i] = readAt<std::int16_t>(data, from);
    if (kind == "u2") tensor.mutableData<std::int32_t>()[i] = readAt<std::uint16_t>(data, from);
    if (kind == "u1") tensor.mutableData<std::int32_t>()[i] = readAt<std::uint8_t>(data, from);
    if (kind == "b1") tensor.mutableData<std::uint8_t>()[i] = readAt<std::uint8_t>(data, from) != 0;
    if (kind == "i8") {
      const auto value = readAt<std::int64_t>(data, from);
      if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
        return wrong("holds the value " + std::to_string(value) + ", which does not fit int32");
      tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(value);
    }
  }
  return tensor;
}

Result<std::string> formatNpy(const Tensor& tensor) {
  std::string descr;
  std::size_t width = 1;  // Of strings.
  switch (tensor.dtype()) {
    case DType::kFloat32: descr = "<f4"; break;
    case DType::kInt32: descr = "<i4"; break;
    case DType::kBool: descr = "|b1"; break;
    case DType::kComplex64: descr = "<c8"; break;
    case DType::kString:
      for (std::int64_t i = 0; i < tensor.size(); ++i) width = std::max(width, tensor.data<std::string>()[i].size());
      descr = "|S" + std::to_string(width);
      break;
  }
  std::string header = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t dim : tensor.shape()) header += std::to_string(dim) + ", ";
  header += "), }";
  // Magic, version and length take 10 bytes; the values start at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\1', '\0', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  bytes += header;
  if (tensor.dtype() != DType::kString) {
    bytes.append(tensor.data<char>(), tensor.bytes());
    return bytes;
  }
  constexpr std::size_t kMaxBytes = std::size_t{1} << 31;
  if (width > kMaxBytes / std::max<std::size_t>(static_cast<std::size_t>(tensor.size()), 1))
    return Status::unsupported(
        "The strings are too long for a .npy file, which gives all of them the longest one's length.");
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const std::string& text = tensor.data<std::string>()[i];
    bytes += text;
    bytes.append(width - text.size(), '\0');
  }
  return bytes;
}

}  // namespace texflow::cli
