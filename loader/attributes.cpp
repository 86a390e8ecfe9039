#include "attributes.h"

#include "tensor_values.h"

namespace texflow {
namespace {

template <class T, class Parse>
Result<std::optional<Attr>> parseItems(const Json& items, const char* kind, Parse parse) {
  std::vector<T> values;
  values.reserve(items.size());
  for (const Json& item : items) {
    auto value = parse(item);
    if (!value) return Status::invalid(std::string("it holds ") + excerpt(item) + ", which is not " + kind + ".");
    values.push_back(std::move(*value));
  }
  return std::optional<Attr>(std::move(values));
}

std::optional<std::int64_t> boolOf(const Json& value) {
  if (!value.is_boolean()) return std::nullopt;
  return value.get<bool>() ? 1 : 0;
}

}  // namespace

std::optional<DType> parseDType(const Json& value) {
  const DataTypeInfo* type = findDType(value);
  return type ? std::optional(type->dtype) : std::nullopt;
}

Result<ParsedShape> parseShape(const Json* value) {
  ParsedShape shape;
  if (!value || value->is_null()) return shape;
  if (!value->is_object()) return Status::invalid("the shape " + excerpt(*value) + " is not an object.");
  if (const Json* unknown = member(*value, "unknownRank"); unknown && unknown->is_boolean() && unknown->get<bool>())
    return shape;
  shape.knownRank = true;
  const Json* dims = member(*value, "dim");
  if (!dims || dims->is_null()) return shape;
  if (!dims->is_array()) return Status::invalid("the dimensions " + excerpt(*dims) + " are not a list.");
  if (dims->size() > static_cast<std::size_t>(kMaxRank))
    return Status::invalid("the shape has " + std::to_string(dims->size()) + " dimensions; at most " +
                           std::to_string(kMaxRank) + " are supported.");
  for (const Json& dim : *dims) {
    const Json* size = member(dim, "size");
    const auto number = size ? integerOf(*size) : std::optional<std::int64_t>(0);
    if (!number || *number < -1 || *number > kMaxElements)
      return Status::invalid("the dimension " + excerpt(dim) + " is out of range.");
    shape.dims.push_back(*number);
  }
  return shape;
}

Status AttributeParser::parse(const Json& attrs, Attrs& to) {
  if (!attrs.is_object()) return Status::invalid("Its attr is " + excerpt(attrs) + ", which is not an object.");
  for (auto it = attrs.begin(); it != attrs.end(); ++it) {
    auto value = parseValue(it.value());
    // Notes of TensorFlow's optimizer, such as _input_shapes, where sizes from -2 down stand for equal unknown ones.
    if (!value.ok() && it.key().starts_with('_')) continue;
    if (!value.ok())
      return Status(value.status().code(), "The attribute '" + it.key() + "' cannot be read: " + value.status().message());
    if (*value) to.set(it.key(), std::move(**value));
  }
  return {};
}

Result<std::optional<Attr>> AttributeParser::parseValue(const Json& value) {
  if (!value.is_object()) return Status::invalid("it is " + excerpt(value) + ", which is not an object.");
  const auto wrong = [](const Json& item, const char* kind) {
    return Status::invalid("it is " + excerpt(item) + ", which is not " + kind + ".");
  };
  if (const Json* s = member(value, "s")) {
    auto bytes = bytesOf(*s);
    if (!bytes) return wrong(*s, "base64");
    return std::optional<Attr>(std::move(*bytes));
  }
  if (const Json* i = member(value, "i")) {
    const auto number = integerOf(*i);
    if (!number) return wrong(*i, "an integer");
    return std::optional<Attr>(*number);
  }
  if (const Json* f = member(value, "f")) {
    const auto number = realOf(*f);
    if (!number) return wrong(*f, "a number");
    return std::optional<Attr>(*number);
  }
  if (const Json* b = member(value, "b")) {
    if (!b->is_boolean()) return wrong(*b, "true or false");
    return std::optional<Attr>(b->get<bool>());
  }
  if (const Json* type = member(value, "type")) {
    const auto dtype = parseDType(*type);
    return dtype ? std::optional<Attr>(*dtype) : std::nullopt;
  }
  if (const Json* shape = member(value, "shape")) {
    TEXFLOW_ASSIGN(ParsedShape parsed, parseShape(shape));
    return parsed.knownRank ? std::optional<Attr>(std::move(parsed.dims)) : std::nullopt;
  }
  if (const Json* tensor = member(value, "tensor")) return parseTensor(*tensor);
  if (const Json* list = member(value, "list")) return parseList(*list);
  return std::optional<Attr>();  // Functions, placeholders and fields of later versions.
}

Result<std::optional<Attr>> AttributeParser::parseList(const Json& list) {
  if (!list.is_object()) return Status::invalid("its list is " + excerpt(list) + ", which is not an object.");
  for (auto it = list.begin(); it != list.end(); ++it) {
    const Json& items = it.value();
    if (!items.is_array()) return Status::invalid("its list is " + excerpt(items) + ", which is not an array.");
    if (items.empty()) continue;
    if (it.key() == "i") return parseItems<std::int64_t>(items, "an integer", integerOf);
    if (it.key() == "f") return parseItems<double>(items, "a number", realOf);
    if (it.key() == "s") return parseItems<std::string>(items, "base64", bytesOf);
    if (it.key() == "b") return parseItems<std::int64_t>(items, "true or false", boolOf);
    if (it.key() == "type") {
      std::vector<DType> dtypes;
      for (const Json& item : items) {
        const auto dtype = parseDType(item);
        if (!dtype) return std::optional<Attr>();
        dtypes.push_back(*dtype);
      }
      return std::optional<Attr>(std::move(dtypes));
    }
    if (it.key() == "shape") {
      std::vector<Shape> shapes;
      for (const Json& item : items) {
        TEXFLOW_ASSIGN(ParsedShape shape, parseShape(&item));
        if (!shape.knownRank) return std::optional<Attr>();
        shapes.push_back(std::move(shape.dims));
      }
      return std::optional<Attr>(std::move(shapes));
    }
    return std::optional<Attr>();  // Lists of tensors or functions.
  }
  return std::optional<Attr>(std::vector<std::int64_t>{});
}

Result<std::optional<Attr>> AttributeParser::parseTensor(const Json& value) {
  const Json* dtypeField = member(value, "dtype");
  const DataTypeInfo* type = dtypeField ? findDType(*dtypeField) : nullptr;
  if (!type) return std::optional<Attr>();
  const Json* content = member(value, "tensorContent");
  const Json* listed = member(value, listField(*type));
  const bool hasContent = content && !content->empty() && !(content->is_string() && textOf(content).empty());
  const bool hasList = listed && listed->is_array() && !listed->empty();

  ParsedShape shape;
  shape.knownRank = true;
  if (const Json* shapeField = member(value, "tensorShape")) {
    TEXFLOW_ASSIGN(shape, parseShape(shapeField));
  }
  if (!shape.knownRank) return Status::invalid("its tensor has an unknown shape.");
  TEXFLOW_ASSIGN(const std::int64_t count, checkedElementCount(shape.dims));
  if (count > 0 && !hasContent && !hasList) return std::optional<Attr>();  // The values are among the weights.

  if (hasContent && type->bytes > 0) {
    const auto bytes = bytesOf(*content);
    if (!bytes) return Status::invalid("its tensorContent is not base64.");
    if (bytes->size() != static_cast<std::size_t>(count) * static_cast<std::size_t>(type->bytes))
      return Status::invalid("its tensorContent has " + std::to_string(bytes->size()) + " bytes where " +
                             std::to_string(count * type->bytes) + " are expected.");
    Tensor tensor(type->dtype, shape.dims);
    decodeElements(*type, *bytes, tensor);
    return std::optional<Attr>(std::move(tensor));
  }
  if (count == 0) return std::optional<Attr>(Tensor(type->dtype, shape.dims));
  if (!hasList) return Status::invalid("its tensor has no values.");

  const std::size_t width = type->dtype == DType::kComplex64 ? 2 : 1;
  const auto given = static_cast<std::int64_t>(listed->size() / width);
  if (listed->size() % width != 0 || given > count)
    return Status::invalid("its tensor of shape " + shapeText(shape.dims) + " has " + std::to_string(listed->size()) +
                           " values in " + listField(*type) + ".");
  repeatBudget_ -= count - given;
  if (repeatBudget_ < 0)
    return Status::unsupported("its tensor of shape " + shapeText(shape.dims) +
                               " repeats a value too often; such tensors belong into the weights.");
  Tensor tensor(type->dtype, shape.dims);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::size_t>(std::min(i, given - 1)) * width;
    if (!storeListed(*type, *listed, from, i, tensor))
      return Status::invalid(std::string("its ") + listField(*type) + " holds " + excerpt((*listed)[from]) +
                             ", which is not a " + std::string(dtypeName(type->dtype)) + " value.");
  }
  return std::optional<Attr>(std::move(tensor));
}

}  // namespace texflow
