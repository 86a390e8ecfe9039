#include "tensorflow/slices.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "saved_model.pb.h"

namespace texflow::tf {
namespace {

/// TensorFlow's order-preserving codes, of which a checkpoint's slice keys are made. A string: each byte, with 0 and 255
/// escaped, and an end mark.
void appendOrdered(std::string& to, const std::string& text) {
  for (const char c : text) {
    to.push_back(c);
    if (c == '\0') to.push_back('\xff');
    if (c == '\xff') to.push_back('\0');
  }
  to.append("\0\1", 2);
}

/// A number that is not negative: its length in bytes, then its bytes from the highest.
void appendOrdered(std::string& to, std::uint64_t value) {
  std::string bytes;
  for (; value; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value & 255));
  to.push_back(static_cast<char>(bytes.size()));
  to += bytes;
}

/// A signed number: as many bytes as it needs, the length as leading ones of the first, the sign as its complement.
void appendOrdered(std::string& to, std::int64_t value) {
  const std::uint64_t magnitude = value < 0 ? ~static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  int bits = 0;
  while (bits < 64 && magnitude >> bits) ++bits;
  const int length = bits / 7 + 1;  // Each byte gives seven bits, one of all is the sign.
  char bytes[11] = {};
  for (int i = 0; i < 8; ++i) bytes[10 - i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  for (int i = 0; i < 3; ++i) bytes[i] = value < 0 ? '\xff' : '\0';
  char* begin = bytes + 11 - length;
  // The first `length` bits are ones and the next is a zero; for negative numbers the other way round.
  for (int bit = 0; bit < length; ++bit) begin[bit / 8] = static_cast<char>(begin[bit / 8] ^ (0x80 >> (bit % 8)));
  to.append(begin, static_cast<std::size_t>(length));
}

}  // namespace

Box wholeBox(const Shape& shape) {
  Box box;
  for (const std::int64_t dim : shape) box.emplace_back(0, dim);
  return box;
}

Shape lengthsOf(const Box& box) {
  Shape shape;
  for (const auto& [begin, length] : box) shape.push_back(length);
  return shape;
}

Box intersection(const Box& a, const Box& b) {
  Box common;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t begin = std::max(a[i].first, b[i].first);
    const std::int64_t end = std::min(a[i].first + a[i].second, b[i].first + b[i].second);
    common.emplace_back(begin, std::max<std::int64_t>(0, end - begin));
  }
  return common;
}

Result<Box> parseSlice(const std::string& text, const Shape& shape, const std::string& where) {
  const auto wrong = [&] {
    return Status::invalid(where + " of shape " + shapeText(shape) + " is read in the part '" + text.substr(0, 100) +
                           "', which does not fit.");
  };
  const std::size_t space = text.rfind(' ');
  std::istringstream parts(space == std::string::npos ? text : text.substr(space + 1));
  Box box;
  for (std::string part; std::getline(parts, part, ':');) {
    if (box.size() == shape.size()) return wrong();
    const std::int64_t dim = shape[box.size()];
    if (part == "-") {
      box.emplace_back(0, dim);
      continue;
    }
    long long begin = 0, length = 0;
    if (std::sscanf(part.c_str(), "%lld,%lld", &begin, &length) != 2 || begin < 0 || length < 0 || begin > dim ||
        length > dim - begin)
      return wrong();
    box.emplace_back(begin, length);
  }
  if (box.size() != shape.size()) return wrong();
  return box;
}

Result<Box> boxOf(const TensorSliceProto& proto, const Shape& shape, const std::string& where) {
  Box box;
  if (proto.extent_size() != static_cast<int>(shape.size()))
    return Status::invalid(where + " of shape " + shapeText(shape) + " has a slice of " +
                           std::to_string(proto.extent_size()) + " dimensions.");
  for (int i = 0; i < proto.extent_size(); ++i) {
    const auto& extent = proto.extent(i);
    const std::int64_t dim = shape[static_cast<std::size_t>(i)];
    const bool all = extent.has_length_case() == TensorSliceProto::Extent::HAS_LENGTH_NOT_SET;
    const std::int64_t begin = all ? 0 : extent.start(), length = all ? dim : extent.length();
    if (begin < 0 || length < 0 || begin > dim || length > dim - begin)
      return Status::invalid(where + " of shape " + shapeText(shape) + " has a slice from " + std::to_string(begin) +
                             " of length " + std::to_string(length) + " in dimension " + std::to_string(i) + ".");
    box.emplace_back(begin, length);
  }
  return box;
}

std::string sliceKeyOf(const std::string& key, const TensorSliceProto& slice) {
  std::string code;
  appendOrdered(code, std::uint64_t{0});
  appendOrdered(code, key);
  appendOrdered(code, static_cast<std::uint64_t>(slice.extent_size()));
  for (const auto& extent : slice.extent()) {
    // A slice that takes a whole dimension without saying how long that is has the length -1.
    const bool all = extent.has_length_case() == TensorSliceProto::Extent::HAS_LENGTH_NOT_SET;
    appendOrdered(code, all ? std::int64_t{0} : std::int64_t{extent.start()});
    appendOrdered(code, all ? std::int64_t{-1} : std::int64_t{extent.length()});
  }
  return code;
}

void copyBox(const Tensor& from, const Box& fromBox, const Box& toBox, Tensor& to) {
  const Box common = intersection(fromBox, toBox);
  const Shape lengths = lengthsOf(common);
  const std::int64_t count = elementCount(lengths);
  if (count == 0 || from.dtype() == DType::kString) return;
  const std::size_t rank = common.size();
  const std::size_t width = from.bytes() / static_cast<std::size_t>(from.size());
  const auto fromStrides = rowMajorStrides(lengthsOf(fromBox)), toStrides = rowMajorStrides(lengthsOf(toBox));
  const std::int64_t run = rank ? lengths[rank - 1] : 1;
  std::vector<std::int64_t> at(rank, 0);
  for (std::int64_t done = 0; done < count; done += run) {
    std::int64_t source = 0, target = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      source += (common[i].first - fromBox[i].first + at[i]) * fromStrides[i];
      target += (common[i].first - toBox[i].first + at[i]) * toStrides[i];
    }
    std::memcpy(to.mutableData<char>() + static_cast<std::size_t>(target) * width,
                from.data<char>() + static_cast<std::size_t>(source) * width, static_cast<std::size_t>(run) * width);
    for (std::size_t i = rank - (rank ? 1 : 0); i-- > 0;) {
      if (++at[i] < lengths[i]) break;
      at[i] = 0;
    }
  }
}

}  // namespace texflow::tf
