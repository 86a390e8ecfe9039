// Tensors made from few values: Fill, Range, LinSpace, OneHot and the like.
#include <algorithm>
#include <cmath>

#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

Tensor filled(DType dtype, Shape shape, float value) {
  Tensor tensor(dtype, std::move(shape));
  withElementType(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, std::string>)
      std::fill_n(tensor.mutableData<T>(), tensor.size(), static_cast<T>(value));
  });
  return tensor;
}

Status expectScalar(const TensorInfo& input, const std::string& field) {
  if (elementCount(input.shape) == 1) return {};
  return Status::invalid("The " + field + " must be a scalar, but its shape is " + shapeText(input.shape) + ".");
}

Result<std::int64_t> rangeCount(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  const char* fields[] = {"start", "limit", "delta"};
  for (std::size_t i = 0; i < 3; ++i) {
    TEXFLOW_TRY(expectScalar(inputs[i], fields[i]));
    if (inputs[i].dtype != inputs[0].dtype || (inputs[i].dtype != DType::kInt32 && inputs[i].dtype != DType::kFloat32))
      return Status::invalid("The start, limit and delta of a range must be all int32 or all float32.");
    if (!inputs[i].value) return Status::dataDependent("The value of " + std::string(fields[i]) + " is not known yet.");
  }
  const double start = inputs[0].value->number(0), limit = inputs[1].value->number(0), delta = inputs[2].value->number(0);
  if (delta == 0 || !std::isfinite(start) || !std::isfinite(limit) || !std::isfinite(delta))
    return Status::invalid("A range from " + std::to_string(start) + " to " + std::to_string(limit) + " by " +
                           std::to_string(delta) + " has no length.");
  if (delta > 0 ? start > limit : start < limit)
    return Status::invalid("A range from " + std::to_string(start) + " cannot reach " + std::to_string(limit) +
                           " by steps of " + std::to_string(delta) + ".");
  // TensorFlow divides in the dtype of the range.
  const double steps =
      inputs[0].dtype == DType::kInt32
          ? (limit - start) / delta
          : static_cast<double>((static_cast<float>(limit) - static_cast<float>(start)) / static_cast<float>(delta));
  const double count = std::ceil(std::abs(steps));
  if (!(count <= static_cast<double>(kMaxElements)))
    return Status::invalid("A range of " + std::to_string(count) + " elements is too long.");
  return static_cast<std::int64_t>(count);
}

Result<Shape> oneHotTarget(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 4));
  if (inputs[0].dtype != DType::kInt32)
    return Status::invalid("The indices must be int32, not " + std::string(dtypeName(inputs[0].dtype)) + ".");
  TEXFLOW_ASSIGN(const std::int64_t depth, knownInt(inputs[1], "depth"));
  if (depth < 0) return Status::invalid("The depth " + std::to_string(depth) + " is negative.");
  TEXFLOW_TRY(expectScalar(inputs[2], "on_value"));
  TEXFLOW_TRY(expectScalar(inputs[3], "off_value"));
  if (inputs[2].dtype != inputs[3].dtype) return Status::invalid("The on_value and off_value differ in dtype.");
  Shape shape = inputs[0].shape;
  TEXFLOW_ASSIGN(const std::int64_t axis, checkedAxis(node.attrs.get<std::int64_t>("axis", -1), shape.size() + 1, "axis"));
  shape.insert(shape.begin() + axis, depth);
  return shape;
}

}  // namespace

Result<std::vector<TensorInfo>> fillShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(Shape shape, knownInts(inputs[0], "dims"));
  TEXFLOW_TRY(expectScalar(inputs[1], "value"));
  return oneOutput(inputs[1].dtype, std::move(shape));
}

Result<std::vector<Tensor>> fillHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, fillShape(node, infosOf(inputs)));
  Tensor output(infos[0].dtype, infos[0].shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(output.mutableData<T>(), output.size(), *inputs[1].data<T>());
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> constantShape(const Node& node, std::span<const TensorInfo>) {
  return oneOutput(node.attrs.get<DType>("dtype", DType::kFloat32), node.attrs.get<Shape>("shape", {}));
}

Result<std::vector<Tensor>> constantHost(const Node& node, std::span<const Tensor>) {
  TEXFLOW_ASSIGN(const auto infos, constantShape(node, {}));
  return std::vector<Tensor>{filled(infos[0].dtype, infos[0].shape, node.op == "Ones" ? 1.0F : 0.0F)};
}

Result<std::vector<TensorInfo>> likeShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  return oneOutput(inputs[0].dtype, inputs[0].shape);
}

Result<std::vector<Tensor>> likeHost(const Node& node, std::span<const Tensor> inputs) {
  return std::vector<Tensor>{filled(inputs[0].dtype(), inputs[0].shape(), node.op == "OnesLike" ? 1.0F : 0.0F)};
}

Status likeLower(Lowering& lowering) {
  const std::int64_t count = elementCount(lowering.inputs[0].shape);
  // A move that finds every element outside its input draws the fill.
  const Move nothing{lowering.inputs[0].shape, {{count, 0, 0, 0, 1, MoveDim::kNone}}};
  return lowerMove(lowering, 0, nothing, lowering.node.op == "OnesLike" ? 1.0F : 0.0F);
}

Result<std::vector<TensorInfo>> rangeShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const std::int64_t count, rangeCount(inputs));
  return oneOutput(inputs[0].dtype, {count});
}

Result<std::vector<Tensor>> rangeHost(const Node&, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const std::int64_t count, rangeCount(infosOf(inputs)));
  Tensor output(inputs[0].dtype(), {count});
  if (output.dtype() == DType::kInt32) {
    const std::int64_t start = *inputs[0].data<std::int32_t>(), delta = *inputs[2].data<std::int32_t>();
    for (std::int64_t i = 0; i < count; ++i)
      output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(start + i * delta);
  } else {
    float value = *inputs[0].data<float>();  // Summed up as TensorFlow does.
    for (std::int64_t i = 0; i < count; ++i, value += *inputs[2].data<float>()) output.mutableData<float>()[i] = value;
  }
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> linSpaceShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  TEXFLOW_TRY(expectScalar(inputs[0], "start"));
  TEXFLOW_TRY(expectScalar(inputs[1], "stop"));
  if (inputs[0].dtype != DType::kFloat32 || inputs[1].dtype != DType::kFloat32)
    return Status::invalid("The start and stop of LinSpace must be float32.");
  TEXFLOW_ASSIGN(const std::int64_t count, knownInt(inputs[2], "num"));
  if (count < 1) return Status::invalid("The num " + std::to_string(count) + " must be positive.");
  return oneOutput(DType::kFloat32, {count});
}

Result<std::vector<Tensor>> linSpaceHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, linSpaceShape(node, infosOf(inputs)));
  Tensor output(DType::kFloat32, infos[0].shape);
  const float start = *inputs[0].data<float>(), stop = *inputs[1].data<float>();
  const std::int64_t last = output.size() - 1;
  float* to = output.mutableData<float>();
  const float step = last > 0 ? (stop - start) / static_cast<float>(last) : 0.0F;
  for (std::int64_t i = 0; i < last; ++i) to[i] = start + step * static_cast<float>(i);
  to[last] = last > 0 ? stop : start;
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> oneHotShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Shape shape, oneHotTarget(node, inputs));
  return oneOutput(inputs[2].dtype, std::move(shape));
}

Result<std::vector<Tensor>> oneHotHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, oneHotTarget(node, infosOf(inputs)));
  const std::int64_t depth = *inputs[1].data<std::int32_t>();
  const std::int64_t axis = node.attrs.get<std::int64_t>("axis", -1);
  const std::size_t at = axis < 0 ? shape.size() - static_cast<std::size_t>(-axis) : static_cast<std::size_t>(axis);
  std::int64_t inner = 1;
  for (std::size_t d = at + 1; d < shape.size(); ++d) inner *= shape[d];
  Tensor output(inputs[2].dtype(), shape);
  withElementType(output.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    std::fill_n(to, output.size(), *inputs[3].data<T>());
    for (std::int64_t i = 0; i < inputs[0].size(); ++i) {
      const std::int64_t hot = inputs[0].data<std::int32_t>()[i];
      if (hot >= 0 && hot < depth) to[(i / inner * depth + hot) * inner + i % inner] = *inputs[2].data<T>();
    }
  });
  return std::vector<Tensor>{std::move(output)};
}

Status oneHotLower(Lowering& lowering) {
  TEXFLOW_ASSIGN(const Shape shape, oneHotTarget(lowering.node, lowering.inputs));
  const TensorInfo &on = lowering.inputs[2], &off = lowering.inputs[3];
  constexpr std::int64_t kMostElements = std::int64_t{1} << 24;  // Indices travel through float32.
  if (!on.value || !off.value || on.dtype == DType::kComplex64 || elementCount(shape) > kMostElements)
    return Status::unsupported("Values that are computed, or too many of them, run on the host.");
  const std::int64_t axis = lowering.node.attrs.get<std::int64_t>("axis", -1);
  const std::size_t at = axis < 0 ? shape.size() - static_cast<std::size_t>(-axis) : static_cast<std::size_t>(axis);
  std::int64_t inner = 1;
  for (std::size_t d = at + 1; d < shape.size(); ++d) inner *= shape[d];
  TEXFLOW_ASSIGN(const GpuTensor indices, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  const float params[] = {static_cast<float>(inner), static_cast<float>(shape[at]), static_cast<float>(on.value->number(0)),
                          static_cast<float>(off.value->number(0))};
  lowering.draw({"move", {{"ELEMENTS", "1"}, {"ONE_HOT", "1"}}}, output, {indices}, params);
  return {};
}

}  // namespace texflow
