// Node attributes, shapes and dtypes in proto3-JSON.
#pragma once
#include <optional>
#include <string_view>

#include "json.h"
#include "texflow/graph.h"

namespace texflow {

/// The value type for "DT_FLOAT" or its enum number; nothing for dtypes that the engine has no value type for.
std::optional<DType> parseDType(const Json& value);

struct ParsedShape {
  bool knownRank = false;
  Shape dims;  ///< -1 = unknown.
};
/// A TensorShapeProto; null reads as unknown rank.
Result<ParsedShape> parseShape(const Json* value);

/// Turns attributes into values, with a budget on what a few bytes of JSON may expand to.
class AttributeParser {
 public:
  /// Sets all supported attributes of the "attr" object.
  Status parse(const Json& attrs, Attrs& to);

 private:
  Result<std::optional<Attr>> parseValue(const Json& value);
  Result<std::optional<Attr>> parseList(const Json& list);
  Result<std::optional<Attr>> parseTensor(const Json& value);

  /// A single value may stand for a whole tensor; all such expansions of a graph together stay within this.
  std::int64_t repeatBudget_ = std::int64_t{1} << 26;
};

}  // namespace texflow
