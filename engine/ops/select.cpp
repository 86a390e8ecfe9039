// Select and SelectV2: elements of one of two operands by a condition.
#include <algorithm>

#include "ops/broadcast.h"
#include "ops/elementwise.h"

namespace texflow {
namespace {

/// The condition's shape as it broadcasts: Select's vector condition picks whole rows of the first dimension.
Shape conditionShape(const Node& node, const Shape& condition, const Shape& values) {
  Shape shape = condition;
  if (node.op == "Select" && condition.size() == 1 && values.size() > 1) shape.resize(values.size(), 1);
  return shape;
}

template <class T>
Tensor choose(const Tensor& condition, const Shape& conditionShape, const Tensor& yes, const Tensor& no,
              const Shape& shape) {
  Tensor result(yes.dtype(), shape);
  T* to = result.mutableData<T>();
  const T *fromYes = yes.data<T>(), *fromNo = no.data<T>();
  const std::uint8_t* flags = condition.data<std::uint8_t>();
  forEachBroadcast<3>(
      shape, {conditionShape, yes.shape(), no.shape()},
      [&](std::int64_t i, const std::array<std::int64_t, 3>& at) { to[i] = flags[at[0]] ? fromYes[at[1]] : fromNo[at[2]]; });
  return result;
}

}  // namespace

Result<std::vector<TensorInfo>> selectShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  TEXFLOW_TRY(expectSameDType(inputs.subspan(1)));
  if (inputs[0].dtype != DType::kBool)
    return Status::invalid("The condition has the dtype " + std::string(dtypeName(inputs[0].dtype)) + "; it must be bool.");
  const Shape &condition = inputs[0].shape, &yes = inputs[1].shape, &no = inputs[2].shape;
  if (node.op == "Select") {
    if (yes != no)
      return Status::invalid("The operands have the shapes " + shapeText(yes) + " and " + shapeText(no) +
                             "; they must be the same.");
    const bool rows = condition.size() == 1 && !yes.empty() && condition[0] == yes[0];
    if (!condition.empty() && condition != yes && !rows)
      return Status::invalid("The condition has the shape " + shapeText(condition) + "; for the operands " + shapeText(yes) +
                             " it must be a scalar, their shape, or a vector of their first dimension.");
    return std::vector<TensorInfo>{{inputs[1].dtype, yes}};
  }
  TEXFLOW_ASSIGN(const Shape values, broadcastShapes(yes, no));
  TEXFLOW_ASSIGN(Shape shape, broadcastShapes(condition, values));
  return std::vector<TensorInfo>{{inputs[1].dtype, shape}};
}

Result<std::vector<Tensor>> selectHost(const Node& node, std::span<const Tensor> inputs) {
  const Tensor &yes = inputs[1], &no = inputs[2];
  const Shape condition = conditionShape(node, inputs[0].shape(), yes.shape());
  TEXFLOW_ASSIGN(const Shape values, broadcastShapes(yes.shape(), no.shape()));
  TEXFLOW_ASSIGN(const Shape shape, broadcastShapes(condition, values));
  switch (yes.dtype()) {
    case DType::kFloat32: return std::vector<Tensor>{choose<float>(inputs[0], condition, yes, no, shape)};
    case DType::kInt32: return std::vector<Tensor>{choose<std::int32_t>(inputs[0], condition, yes, no, shape)};
    case DType::kBool: return std::vector<Tensor>{choose<std::uint8_t>(inputs[0], condition, yes, no, shape)};
    case DType::kString: return std::vector<Tensor>{choose<std::string>(inputs[0], condition, yes, no, shape)};
    case DType::kComplex64: return std::vector<Tensor>{choose<std::complex<float>>(inputs[0], condition, yes, no, shape)};
  }
  return dtypeUnsupported(node, yes.dtype());
}

Status selectLower(Lowering& lowering) {
  const DType dtype = lowering.inputs[1].dtype;
  if (dtype == DType::kString || dtype == DType::kComplex64) return dtypeUnsupported(lowering.node, dtype);
  if (lowering.inputs[0].shape != conditionShape(lowering.node, lowering.inputs[0].shape, lowering.inputs[1].shape))
    return Status::unsupported("A vector condition over rows has no GPU kernel.");
  return lowerElementwise(lowering, "mix(c, b, notEqual(a, vec4(0.0)))");
}

}  // namespace texflow
