#include <algorithm>

#include "tensorflow/attr_value.h"
#include "tensorflow/wire.h"

namespace texflow::tf {
namespace {

/// A repeated scalar field in both spellings: packed and one by one.
template <class Take>
void eachScalar(const WireField& field, int wire, Take take) {
  if (field.wire == wire) {
    if (wire == 0) take(field.value);
    else {
      std::uint64_t bits = 0;
      std::memcpy(&bits, field.bytes.data(), field.bytes.size());
      take(bits);
    }
    return;
  }
  if (field.wire != 2) return;
  if (wire == 0) {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char c : field.bytes) {
      const auto byte = static_cast<std::uint8_t>(c);
      if (shift < 64) value |= static_cast<std::uint64_t>(byte & 127) << shift;
      shift += 7;
      if (byte >= 128) continue;
      take(value);
      value = 0;
      shift = 0;
    }
    return;
  }
  const std::size_t width = wire == 5 ? 4 : 8;
  for (std::size_t at = 0; at + width <= field.bytes.size(); at += width) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, field.bytes.data() + at, width);
    take(bits);
  }
}

/// The values listed one by one, as the bytes that tensor_content would have.
struct Listed {
  std::string bytes;
  std::vector<std::string_view> strings;
};

template <class T>
void append(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// The field of TensorProto that lists values of a type, and its wire type.
std::pair<std::uint32_t, int> listField(const DataTypeInfo& type) {
  switch (type.number) {
    case 1: return {5, 5};
    case 2: return {6, 1};
    case 7: return {8, 2};
    case 8: return {9, 5};
    case 9: return {10, 0};
    case 10: return {11, 0};
    case 14:
    case 19: return {13, 0};
    case 18: return {12, 1};
    case 22: return {16, 0};
    case 23: return {17, 0};
    default: return {7, 0};
  }
}

Listed listedValues(std::string_view tensorProto, const DataTypeInfo& type) {
  Listed listed;
  const auto [number, wire] = listField(type);
  WireReader reader(tensorProto);
  for (WireField field; reader.next(field);) {
    if (field.number != number) continue;
    if (type.dtype == DType::kString) {
      if (field.wire == 2) listed.strings.push_back(field.bytes);
      continue;
    }
    // Complex values are pairs of halves of an element.
    const int width = type.dtype == DType::kComplex64 ? type.bytes / 2 : type.bytes;
    eachScalar(field, wire, [&](std::uint64_t bits) {
      listed.bytes.append(reinterpret_cast<const char*>(&bits), static_cast<std::size_t>(width));
    });
  }
  return listed;
}

}  // namespace

Result<ShapeInfo> readShape(std::string_view message) {
  ShapeInfo shape;
  shape.knownRank = true;
  WireReader reader(message);
  for (WireField field; reader.next(field);) {
    if (field.number == 3 && field.wire == 0 && field.value) shape.knownRank = false;
    if (field.number != 2 || field.wire != 2) continue;
    std::int64_t size = 0;
    WireReader dim(field.bytes);
    for (WireField part; dim.next(part);)
      if (part.number == 1 && part.wire == 0) size = static_cast<std::int64_t>(part.value);
    if (size < -1 || size > kMaxElements)
      return Status::invalid("the dimension " + std::to_string(size) + " of its shape is out of range.");
    shape.dims.push_back(size);
    if (shape.dims.size() > static_cast<std::size_t>(kMaxRank))
      return Status::invalid("its shape has more than " + std::to_string(kMaxRank) + " dimensions.");
  }
  if (!shape.knownRank) shape.dims.clear();
  return shape;
}

Result<Tensor> AttrReader::readTensor(std::string_view message) {
  wide_.clear();
  std::int64_t number = 0;
  std::string_view content;
  ShapeInfo shape;
  shape.knownRank = true;
  WireReader reader(message);
  for (WireField field; reader.next(field);) {
    if (field.number == 1 && field.wire == 0) number = static_cast<std::int64_t>(field.value);
    if (field.number == 2 && field.wire == 2) {
      TEXFLOW_ASSIGN(shape, readShape(field.bytes));
    }
    if (field.number == 4 && field.wire == 2) content = field.bytes;
  }
  if (reader.failed()) return Status::invalid("its tensor is cut off or damaged.");
  const DataTypeInfo* type = dataType(number);
  if (!type)
    return Status::unsupported("its tensor has the dtype " + std::to_string(number) + ", which has no values here.");
  if (!shape.knownRank) return Status::invalid("its tensor has an unknown shape.");
  TEXFLOW_ASSIGN(const std::int64_t count, checkedElementCount(shape.dims));

  if (!content.empty() && type->bytes > 0) {
    if (content.size() != static_cast<std::size_t>(count) * static_cast<std::size_t>(type->bytes))
      return Status::invalid("its tensor_content has " + std::to_string(content.size()) + " bytes where a " +
                             std::string(type->name) + " tensor of shape " + shapeText(shape.dims) + " has " +
                             std::to_string(count * type->bytes) + ".");
    Tensor tensor(type->dtype, shape.dims);
    decodeElements(*type, content, tensor);
    wide_ = wideElements(*type, content);
    return tensor;
  }

  const Listed listed = listedValues(message, *type);
  const auto given = type->dtype == DType::kString ? static_cast<std::int64_t>(listed.strings.size())
                                                   : static_cast<std::int64_t>(listed.bytes.size()) / type->bytes;
  if (given > count)
    return Status::invalid("its tensor of shape " + shapeText(shape.dims) + " lists " + std::to_string(given) + " values.");
  repeatBudget_ -= count - given;
  if (repeatBudget_ < 0)
    return Status::unsupported("its tensor of shape " + shapeText(shape.dims) + " lists " + std::to_string(given) +
                               " values, and the last would be repeated too often.");
  Tensor tensor(type->dtype, shape.dims);
  if (given == 0) return tensor;  // Zeros.
  if (type->dtype == DType::kString) {
    auto* strings = tensor.mutableData<std::string>();
    for (std::int64_t i = 0; i < count; ++i) strings[i] = listed.strings[static_cast<std::size_t>(std::min(i, given - 1))];
    return tensor;
  }
  decodeElements(*type, listed.bytes, tensor);
  const std::string_view last = std::string_view(listed.bytes).substr(static_cast<std::size_t>((given - 1) * type->bytes));
  for (std::int64_t i = given; i < count; ++i) decodeElements(*type, last, tensor, i);
  wide_ = wideElements(*type, listed.bytes);
  if (!wide_.empty()) wide_.resize(static_cast<std::size_t>(count), wide_.back());
  return tensor;
}

}  // namespace texflow::tf
