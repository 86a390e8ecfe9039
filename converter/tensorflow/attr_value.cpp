#include "tensorflow/attr_value.h"

#include "tensorflow/wire.h"

namespace texflow::tf {
namespace {

/// The field of an AttrValue that is set.
WireField valueOf(std::string_view attrValue) {
  WireField last;
  WireReader reader(attrValue);
  for (WireField field; reader.next(field);) last = field;
  return last;
}

double floatOf(std::string_view bytes) {
  float value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<double>(value);
}

/// Calls `take` for each varint of a field, packed or not.
template <class Take>
void eachVarint(const WireField& field, Take take) {
  if (field.wire == 0) return take(field.value);
  if (field.wire != 2) return;
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
}

std::string_view nameOf(std::string_view nameAttrList) {
  WireReader reader(nameAttrList);
  for (WireField field; reader.next(field);)
    if (field.number == 1 && field.wire == 2) return field.bytes;
  return {};
}

std::string_view listOf(const std::string_view* attrValue) {
  if (!attrValue) return {};
  const WireField field = valueOf(*attrValue);
  return field.number == 1 && field.wire == 2 ? field.bytes : std::string_view();
}

}  // namespace

Result<std::optional<Attr>> AttrReader::read(std::string_view attrValue) {
  WireReader reader(attrValue);
  WireField field;
  for (WireField next; reader.next(next);) field = next;
  if (reader.failed()) return Status::invalid("it is cut off or damaged.");
  const bool delimited = field.wire == 2;
  switch (field.number) {
    case 1:
      if (delimited) return readList(field.bytes);
      break;
    case 2:
      if (delimited) return std::optional<Attr>(std::string(field.bytes));
      break;
    case 3: return std::optional<Attr>(static_cast<std::int64_t>(field.value));
    case 4:
      if (field.wire == 5) return std::optional<Attr>(floatOf(field.bytes));
      break;
    case 5: return std::optional<Attr>(field.value != 0);
    case 6: {
      const DataTypeInfo* type = dataType(static_cast<std::int64_t>(field.value));
      return type ? std::optional<Attr>(type->dtype) : std::nullopt;
    }
    case 7:
      if (delimited) {
        TEXFLOW_ASSIGN(ShapeInfo shape, readShape(field.bytes));
        return shape.knownRank ? std::optional<Attr>(std::move(shape.dims)) : std::nullopt;
      }
      break;
    case 8:
      if (delimited) {
        TEXFLOW_ASSIGN(Tensor tensor, readTensor(field.bytes));
        return std::optional<Attr>(std::move(tensor));
      }
      break;
    case 10:
      if (delimited) return std::optional<Attr>(std::string(nameOf(field.bytes)));
      break;
    default: break;
  }
  return std::optional<Attr>();  // Not set, or a field of a later version.
}

Result<std::optional<Attr>> AttrReader::readList(std::string_view list) {
  std::vector<std::int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string> strings;
  std::vector<DType> types;
  std::vector<Shape> shapes;
  bool valueless = false;
  WireReader reader(list);
  for (WireField field; reader.next(field);) {
    switch (field.number) {
      case 2: strings.emplace_back(field.bytes); break;
      case 3:
      case 5: eachVarint(field, [&](std::uint64_t value) { ints.push_back(static_cast<std::int64_t>(value)); }); break;
      case 4:
        if (field.wire == 5 || field.wire == 2)
          for (std::size_t at = 0; at + 4 <= field.bytes.size(); at += 4) floats.push_back(floatOf(field.bytes.substr(at)));
        break;
      case 6:
        eachVarint(field, [&](std::uint64_t value) {
          const DataTypeInfo* type = dataType(static_cast<std::int64_t>(value));
          if (type) types.push_back(type->dtype);
          else valueless = true;
        });
        break;
      case 7: {
        TEXFLOW_ASSIGN(ShapeInfo shape, readShape(field.bytes));
        if (shape.knownRank) shapes.push_back(std::move(shape.dims));
        else valueless = true;
        break;
      }
      case 9: strings.emplace_back(nameOf(field.bytes)); break;
      default: valueless = true;  // Tensors and fields of later versions.
    }
  }
  if (reader.failed()) return Status::invalid("its list is cut off or damaged.");
  if (valueless) return std::optional<Attr>();
  if (!floats.empty()) return std::optional<Attr>(std::move(floats));
  if (!strings.empty()) return std::optional<Attr>(std::move(strings));
  if (!types.empty()) return std::optional<Attr>(std::move(types));
  if (!shapes.empty()) return std::optional<Attr>(std::move(shapes));
  return std::optional<Attr>(std::move(ints));
}

std::int64_t typeOf(const std::string_view* attrValue) {
  if (!attrValue) return 0;
  const WireField field = valueOf(*attrValue);
  return field.number == 6 ? static_cast<std::int64_t>(field.value) : 0;
}

std::vector<std::int64_t> typesOf(const std::string_view* attrValue) {
  std::vector<std::int64_t> types;
  WireReader reader(listOf(attrValue));
  for (WireField field; reader.next(field);)
    if (field.number == 6)
      eachVarint(field, [&](std::uint64_t value) { types.push_back(static_cast<std::int64_t>(value)); });
  return types;
}

std::string_view functionOf(const std::string_view* attrValue) {
  if (!attrValue) return {};
  const WireField field = valueOf(*attrValue);
  return field.number == 10 && field.wire == 2 ? nameOf(field.bytes) : std::string_view();
}

std::vector<std::string_view> functionsOf(const std::string_view* attrValue) {
  std::vector<std::string_view> names;
  WireReader reader(listOf(attrValue));
  for (WireField field; reader.next(field);)
    if (field.number == 9 && field.wire == 2) names.push_back(nameOf(field.bytes));
  return names;
}

std::int64_t intOf(const std::string_view* attrValue, std::int64_t fallback) {
  if (!attrValue) return fallback;
  const WireField field = valueOf(*attrValue);
  return field.wire == 0 && (field.number == 3 || field.number == 5) ? static_cast<std::int64_t>(field.value) : fallback;
}

std::string_view bytesOf(const std::string_view* attrValue) {
  if (!attrValue) return {};
  const WireField field = valueOf(*attrValue);
  return field.number == 2 && field.wire == 2 ? field.bytes : std::string_view();
}

std::string_view placeholderOf(std::string_view attrValue) {
  const WireField field = valueOf(attrValue);
  return field.number == 9 && field.wire == 2 ? field.bytes : std::string_view();
}

}  // namespace texflow::tf
