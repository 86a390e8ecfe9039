// Bincount and DenseBincount: how often, or with which weight, every number occurs.
#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

struct Bins {
  std::int64_t count = 0, rows = 1, columns = 0;
  bool weighted = false;
  Shape shape;
  DType dtype = DType::kFloat32;
};

Result<Bins> binsOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 3));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kInt32}));
  TEXFLOW_TRY(expectOperandDType(inputs[2], "weights", {DType::kFloat32, DType::kInt32}));
  Bins bins;
  TEXFLOW_ASSIGN(bins.count, intOperand(inputs, 1, "size"));
  if (bins.count < 0) return Status::invalid("The size " + std::to_string(bins.count) + " is negative.");
  const Shape& shape = inputs[0].shape;
  const bool dense = node.op == "DenseBincount";
  if (dense && shape.size() > 2) return Status::invalid("The input " + shapeText(shape) + " must be a vector or matrix.");
  bins.columns = elementCount(shape);
  if (dense && shape.size() == 2) {
    bins.rows = shape[0];
    bins.columns = shape[1];
    bins.shape.push_back(shape[0]);
  }
  bins.shape.push_back(bins.count);
  bins.weighted = elementCount(inputs[2].shape) > 0;
  if (bins.weighted && inputs[2].shape != shape)
    return Status::invalid("The weights of shape " + shapeText(inputs[2].shape) +
                           " must be empty or have the input's shape " + shapeText(shape) + ".");
  bins.dtype = inputs[2].dtype;
  return bins;
}

template <class T>
void count(const Bins& bins, bool binary, const std::int32_t* numbers, const T* weights, T* to) {
  for (std::int64_t i = 0; i < bins.rows * bins.columns; ++i) {
    if (numbers[i] >= bins.count) continue;
    T& bin = to[i / bins.columns * bins.count + numbers[i]];
    bin = binary ? T{1} : bin + (bins.weighted ? weights[i] : T{1});
  }
}

}  // namespace

Result<std::vector<TensorInfo>> bincountShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Bins bins, binsOf(node, inputs));
  return oneOutput(bins.dtype, std::move(bins.shape));
}

Result<std::vector<Tensor>> bincountHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Bins bins, binsOf(node, infosOf(inputs)));
  const auto* numbers = inputs[0].data<std::int32_t>();
  for (std::int64_t i = 0; i < inputs[0].size(); ++i)
    if (numbers[i] < 0) return Status::invalid("The number " + std::to_string(numbers[i]) + " to count is negative.");
  const bool binary = node.attrs.get<bool>("binary_output", false);
  Tensor output(bins.dtype, bins.shape);
  if (bins.dtype == DType::kFloat32) count(bins, binary, numbers, inputs[2].data<float>(), output.mutableData<float>());
  else count(bins, binary, numbers, inputs[2].data<std::uint32_t>(), output.mutableData<std::uint32_t>());
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
