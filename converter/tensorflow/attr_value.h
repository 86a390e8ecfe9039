// AttrValue, TensorProto and TensorShapeProto messages as attributes, tensors and shapes of the engine.
#pragma once
#include <optional>
#include <string_view>
#include <utility>

#include "data_types.h"
#include "texflow/graph.h"

namespace texflow::tf {

/// Null for types without values (resource, variant), quantized ones and unknown numbers. Reference types are their base.
const DataTypeInfo* dataType(std::int64_t number);
constexpr int kResourceType = 20, kVariantType = 21;

struct ShapeInfo {
  Shape dims;
  bool knownRank = false;
};

/// The values of int64 and uint64 elements when one of them does not fit int32, else nothing.
std::vector<std::int64_t> wideElements(const DataTypeInfo& type, std::string_view bytes);

/// Reads attributes of one graph; not thread-safe.
class AttrReader {
 public:
  /// `messageBytes`: how large the input is; tensors that repeat a value may not become much larger.
  explicit AttrReader(std::size_t messageBytes) : repeatBudget_((1 << 24) + 16 * static_cast<std::int64_t>(messageBytes)) {}

  /// Nothing for types that the engine has no value type for. Functions become their names.
  Result<std::optional<Attr>> read(std::string_view attrValue);
  Result<Tensor> readTensor(std::string_view tensorProto);
  /// Of the tensor that was read last: its values where they are integers that do not fit int32, else nothing.
  std::vector<std::int64_t> takeWide() { return std::exchange(wide_, {}); }

 private:
  Result<std::optional<Attr>> readList(std::string_view list);

  std::int64_t repeatBudget_;
  std::vector<std::int64_t> wide_;
};

Result<ShapeInfo> readShape(std::string_view tensorShapeProto);
/// The `type` of an AttrValue, 0 when it has none.
std::int64_t typeOf(const std::string_view* attrValue);
/// The types of a list AttrValue.
std::vector<std::int64_t> typesOf(const std::string_view* attrValue);
/// The name of the function that an AttrValue refers to, empty when it does not.
std::string_view functionOf(const std::string_view* attrValue);
/// The names of a list of functions.
std::vector<std::string_view> functionsOf(const std::string_view* attrValue);
/// The `i` or `b` of an AttrValue.
std::int64_t intOf(const std::string_view* attrValue, std::int64_t fallback);
/// The `s` of an AttrValue.
std::string_view bytesOf(const std::string_view* attrValue);
/// The name that an attribute inside a function body refers to its caller by; empty when it does not.
std::string_view placeholderOf(std::string_view attrValue);

}  // namespace texflow::tf
