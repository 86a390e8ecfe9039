// Comparisons and logic: results are bool.
#include "ops/broadcast.h"
#include "ops/elementwise.h"

namespace texflow {
namespace {

enum class Relation { kEqual, kNotEqual, kGreater, kGreaterEqual, kLess, kLessEqual, kAnd, kOr };

struct CompareOp {
  std::string_view name;
  Relation relation;
  const char* glsl;
};

const CompareOp kCompareOps[] = {
    {"Equal", Relation::kEqual, "vec4(equal(a, b))"},
    {"NotEqual", Relation::kNotEqual, "vec4(notEqual(a, b))"},
    {"Greater", Relation::kGreater, "vec4(greaterThan(a, b))"},
    {"GreaterEqual", Relation::kGreaterEqual, "vec4(greaterThanEqual(a, b))"},
    {"Less", Relation::kLess, "vec4(lessThan(a, b))"},
    {"LessEqual", Relation::kLessEqual, "vec4(lessThanEqual(a, b))"},
    {"LogicalAnd", Relation::kAnd, "a * b"},
    {"LogicalOr", Relation::kOr, "max(a, b)"},
};

const CompareOp* findCompare(std::string_view name) {
  for (const CompareOp& op : kCompareOps)
    if (op.name == name) return &op;
  return nullptr;
}

bool ordered(Relation relation) {
  return relation == Relation::kGreater || relation == Relation::kGreaterEqual || relation == Relation::kLess ||
         relation == Relation::kLessEqual;
}

// Strings are ordered by their bytes, as TensorFlow.js does with ASCII; TensorFlow itself orders none.
template <class T>
using Holds = bool (*)(const T& a, const T& b);
template <class T>
Holds<T> orderOf(Relation relation) {
  switch (relation) {
    case Relation::kGreater: return [](const T& a, const T& b) { return a > b; };
    case Relation::kGreaterEqual: return [](const T& a, const T& b) { return a >= b; };
    case Relation::kLess: return [](const T& a, const T& b) { return a < b; };
    default: return [](const T& a, const T& b) { return a <= b; };
  }
}

template <class T>
Holds<T> relationOf(Relation relation) {
  switch (relation) {
    case Relation::kEqual: return [](const T& a, const T& b) { return a == b; };
    case Relation::kNotEqual: return [](const T& a, const T& b) { return a != b; };
    case Relation::kAnd: return [](const T& a, const T& b) { return a != T() && b != T(); };
    case Relation::kOr: return [](const T& a, const T& b) { return a != T() || b != T(); };
    default: return nullptr;
  }
}

// One loop a dtype, whatever the relation: a loop for each would be a hundredth of the browser package.
template <class T>
Tensor apply(std::span<const Tensor> inputs, const Shape& shape, Holds<T> holds) {
  Tensor result(DType::kBool, shape);
  std::uint8_t* to = result.mutableData<std::uint8_t>();
  const T *a = inputs[0].data<T>(), *b = inputs[1].data<T>();
  forEachBroadcast<2>(shape, {inputs[0].shape(), inputs[1].shape()},
                      [&](std::int64_t i, const std::array<std::int64_t, 2>& at) { to[i] = holds(a[at[0]], b[at[1]]); });
  return result;
}

template <class T>
Tensor compare(Relation relation, std::span<const Tensor> inputs, const Shape& shape) {
  return apply<T>(inputs, shape, ordered(relation) ? orderOf<T>(relation) : relationOf<T>(relation));
}

}  // namespace

Result<std::vector<TensorInfo>> compareShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_TRY(expectSameDType(inputs));
  const DType dtype = inputs[0].dtype;
  const Relation relation = findCompare(node.op)->relation;
  const bool logic = relation == Relation::kAnd || relation == Relation::kOr;
  if (logic && dtype != DType::kBool) return dtypeUnsupported(node, dtype);
  if (ordered(relation) && dtype != DType::kFloat32 && dtype != DType::kInt32 && dtype != DType::kString)
    return dtypeUnsupported(node, dtype);
  // Unequal shapes that do not broadcast are allowed to compare as "not equal" where the graph says so.
  auto shape = broadcastShapes(inputs[0].shape, inputs[1].shape);
  if (!shape.ok() && !logic && !ordered(relation) && !node.attrs.get<bool>("incompatible_shape_error", true))
    return std::vector<TensorInfo>{{DType::kBool, {}}};
  if (!shape.ok()) return shape.status();
  return std::vector<TensorInfo>{{DType::kBool, *shape}};
}

Result<std::vector<Tensor>> compareHost(const Node& node, std::span<const Tensor> inputs) {
  const Relation relation = findCompare(node.op)->relation;
  const auto shape = broadcastShapes(inputs[0].shape(), inputs[1].shape());
  if (!shape.ok()) {
    Tensor result(DType::kBool, {});
    result.mutableData<std::uint8_t>()[0] = relation == Relation::kNotEqual;
    return std::vector<Tensor>{result};
  }
  switch (inputs[0].dtype()) {
    case DType::kFloat32: return std::vector<Tensor>{compare<float>(relation, inputs, *shape)};
    case DType::kInt32: return std::vector<Tensor>{compare<std::int32_t>(relation, inputs, *shape)};
    case DType::kBool: return std::vector<Tensor>{compare<std::uint8_t>(relation, inputs, *shape)};
    case DType::kString: return std::vector<Tensor>{compare<std::string>(relation, inputs, *shape)};
    case DType::kComplex64:
      return std::vector<Tensor>{apply<std::complex<float>>(inputs, *shape, relationOf<std::complex<float>>(relation))};
  }
  return dtypeUnsupported(node, inputs[0].dtype());
}

Status compareLower(Lowering& lowering) {
  const DType dtype = lowering.inputs[0].dtype;
  if (dtype == DType::kString || dtype == DType::kComplex64) return dtypeUnsupported(lowering.node, dtype);
  if (!broadcastShapes(lowering.inputs[0].shape, lowering.inputs[1].shape).ok())
    return Status::unsupported("Shapes that do not broadcast are compared on the host.");
  return lowerElementwise(lowering, findCompare(lowering.node.op)->glsl);
}

Result<std::vector<TensorInfo>> logicalNotShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  if (inputs[0].dtype != DType::kBool) return dtypeUnsupported(node, inputs[0].dtype);
  return std::vector<TensorInfo>{{DType::kBool, inputs[0].shape}};
}

Result<std::vector<Tensor>> logicalNotHost(const Node&, std::span<const Tensor> inputs) {
  Tensor result(DType::kBool, inputs[0].shape());
  for (std::int64_t i = 0; i < result.size(); ++i)
    result.mutableData<std::uint8_t>()[i] = inputs[0].data<std::uint8_t>()[i] == 0;
  return std::vector<Tensor>{result};
}

Status logicalNotLower(Lowering& lowering) { return lowerElementwise(lowering, "1.0 - a"); }

}  // namespace texflow
