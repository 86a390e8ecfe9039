// Sources, passthroughs, shape queries and reshapes.
#include <cmath>

#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

Result<Shape> reshapeTarget(const TensorInfo& input, const TensorInfo& target) {
  TEXFLOW_ASSIGN(Shape shape, knownInts(target, "shape"));
  const std::int64_t count = elementCount(input.shape);
  std::int64_t known = 1, knownPositive = 1;
  std::size_t wildcard = shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == -1 && wildcard == shape.size()) {
      wildcard = d;
      continue;
    }
    if (shape[d] < 0 || shape[d] > kMaxElements)
      return Status::invalid("The reshape target " + shapeText(shape) + " has a dimension that is not a size.");
    known *= shape[d];
    if (shape[d] > 0) knownPositive *= shape[d];
    if (knownPositive > kMaxElements) return Status::invalid("The reshape target " + shapeText(shape) + " is too large.");
  }
  if (wildcard < shape.size()) {
    // Where the target has a zero, TensorFlow leaves out the zeros of both sides: [0,2,3] as [0,-1] is [0,6].
    std::int64_t rest = 1;
    for (const std::int64_t dim : input.shape) rest *= dim == 0 && known == 0 ? 1 : dim;
    shape[wildcard] = rest / knownPositive;
    known *= shape[wildcard];
  }
  if (known != count)
    return Status::invalid("A tensor of shape " + shapeText(input.shape) + " cannot be reshaped to " + shapeText(shape) +
                           ".");
  return shape;
}

Result<std::vector<TensorInfo>> sameAsInputs(std::span<const TensorInfo> inputs) {
  return std::vector<TensorInfo>(inputs.begin(), inputs.end());
}

Result<std::vector<Tensor>> reshapeTo(const Result<std::vector<TensorInfo>>& infos, const Tensor& input) {
  if (!infos.ok()) return infos.status();
  return std::vector<Tensor>{input.reshaped((*infos)[0].shape)};
}

}  // namespace

Result<std::vector<TensorInfo>> placeholderShape(const Node& node, std::span<const TensorInfo>) {
  const Shape shape = node.attrs.get<Shape>("shape", {});
  for (std::int64_t dim : shape)
    if (dim < 0) return Status::dataDependent("The size of the input '" + node.name + "' is not known before it is fed.");
  return oneOutput(node.attrs.get<DType>("dtype", DType::kFloat32), shape);
}

Result<std::vector<Tensor>> placeholderHost(const Node& node, std::span<const Tensor>) {
  return Status::invalid("The input '" + node.name + "' has not been fed.");
}

Result<std::vector<TensorInfo>> constShape(const Node& node, std::span<const TensorInfo>) {
  return std::vector<TensorInfo>{{node.value.dtype(), node.value.shape(), &node.value}};
}

Result<std::vector<Tensor>> constHost(const Node& node, std::span<const Tensor>) { return std::vector<Tensor>{node.value}; }

Result<std::vector<TensorInfo>> identityShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  return sameAsInputs(inputs);
}

Result<std::vector<TensorInfo>> identityNShape(const Node&, std::span<const TensorInfo> inputs) {
  return sameAsInputs(inputs);
}

Result<std::vector<Tensor>> identityHost(const Node&, std::span<const Tensor> inputs) {
  return std::vector<Tensor>(inputs.begin(), inputs.end());
}

Status identityLower(Lowering& lowering) {
  for (std::size_t i = 0; i < lowering.inputs.size(); ++i) {
    TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(static_cast<int>(i)));
    lowering.alias(static_cast<int>(i), input);
  }
  return {};
}

// Print: its first input; what it would write is not written.
Result<std::vector<TensorInfo>> printShape(const Node&, std::span<const TensorInfo> inputs) {
  if (inputs.empty()) return Status::invalid("The op has no input.");
  return std::vector<TensorInfo>{inputs[0]};
}

Result<std::vector<Tensor>> printHost(const Node&, std::span<const Tensor> inputs) { return std::vector<Tensor>{inputs[0]}; }

Status printLower(Lowering& lowering) {
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(0));
  lowering.alias(0, input);
  return {};
}

Result<std::vector<TensorInfo>> noOpShape(const Node&, std::span<const TensorInfo>) { return std::vector<TensorInfo>{}; }
Result<std::vector<Tensor>> noOpHost(const Node&, std::span<const Tensor>) { return std::vector<Tensor>{}; }

Result<std::vector<TensorInfo>> ensureShapeShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  if (const Shape* wanted = node.attrs.find<Shape>("shape")) {
    const Shape& shape = inputs[0].shape;
    bool fits = wanted->size() == shape.size();
    for (std::size_t d = 0; fits && d < shape.size(); ++d) fits = (*wanted)[d] < 0 || (*wanted)[d] == shape[d];
    if (!fits)
      return Status::invalid("The tensor of shape " + shapeText(shape) + " is not compatible with " + shapeText(*wanted) +
                             ".");
  }
  return sameAsInputs(inputs);
}

Result<std::vector<TensorInfo>> rankShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  return oneOutput(DType::kInt32, {});
}

Result<std::vector<Tensor>> rankHost(const Node&, std::span<const Tensor> inputs) {
  return std::vector<Tensor>{Tensor::scalar(static_cast<std::int32_t>(inputs[0].shape().size()))};
}

Result<std::vector<Tensor>> sizeHost(const Node&, std::span<const Tensor> inputs) {
  return std::vector<Tensor>{Tensor::scalar(static_cast<std::int32_t>(inputs[0].size()))};
}

Result<std::vector<TensorInfo>> shapeShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  return oneOutput(DType::kInt32, {static_cast<std::int64_t>(inputs[0].shape.size())});
}

Result<std::vector<TensorInfo>> shapeNShape(const Node&, std::span<const TensorInfo> inputs) {
  std::vector<TensorInfo> outputs;
  for (const TensorInfo& input : inputs)
    outputs.push_back({DType::kInt32, {static_cast<std::int64_t>(input.shape.size())}, nullptr});
  return outputs;
}

Result<std::vector<Tensor>> shapeHost(const Node&, std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs;
  for (const Tensor& input : inputs) outputs.push_back(Tensor::ints(input.shape()));
  return outputs;
}

Result<std::vector<TensorInfo>> reshapeShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(Shape shape, reshapeTarget(inputs[0], inputs[1]));
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> reshapeHost(const Node& node, std::span<const Tensor> inputs) {
  return reshapeTo(reshapeShape(node, infosOf(inputs)), inputs[0]);
}

Status reshapeLower(Lowering& lowering) {
  return lowerMove(lowering, 0, reshapeMove(lowering.inputs[0].shape, lowering.outputs[0].shape));
}

Result<std::vector<TensorInfo>> expandDimsShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(std::int64_t axis, knownInt(inputs[1], "axis"));
  Shape shape = inputs[0].shape;
  TEXFLOW_ASSIGN(axis, checkedAxis(axis, shape.size() + 1, "axis"));
  shape.insert(shape.begin() + axis, 1);
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> expandDimsHost(const Node& node, std::span<const Tensor> inputs) {
  return reshapeTo(expandDimsShape(node, infosOf(inputs)), inputs[0]);
}

Result<std::vector<TensorInfo>> squeezeShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  using Ints = std::vector<std::int64_t>;
  const Ints axes = node.attrs.get<Ints>("squeeze_dims", node.attrs.get<Ints>("axis", {}));
  const Shape& from = inputs[0].shape;
  std::vector<bool> drop(from.size(), axes.empty());
  for (std::int64_t value : axes) {
    TEXFLOW_ASSIGN(const std::int64_t axis, checkedAxis(value, from.size(), "squeeze_dims"));
    const auto d = static_cast<std::size_t>(axis);
    if (from[d] != 1)
      return Status::invalid("Dimension " + std::to_string(axis) + " of the shape " + shapeText(from) +
                             " cannot be squeezed; its size is not 1.");
    drop[d] = true;
  }
  Shape shape;
  for (std::size_t d = 0; d < from.size(); ++d)
    if (!drop[d] || from[d] != 1) shape.push_back(from[d]);
  return oneOutput(inputs[0].dtype, std::move(shape));
}

Result<std::vector<Tensor>> squeezeHost(const Node& node, std::span<const Tensor> inputs) {
  return reshapeTo(squeezeShape(node, infosOf(inputs)), inputs[0]);
}

}  // namespace texflow
