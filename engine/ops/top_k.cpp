#include <algorithm>
#include <numeric>

#include "ops/operands.h"

namespace texflow {
namespace {

// The larger value first; of equal ones the lower index; NaN last, as in TensorFlow.js.
template <class T>
void topOfLine(const T* line, std::int64_t depth, std::int64_t k, bool sorted, T* values, std::int32_t* indices) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(depth));
  std::iota(order.begin(), order.end(), 0);
  const auto before = [line](std::int32_t a, std::int32_t b) {
    if (line[a] > line[b]) return true;
    if (line[b] > line[a]) return false;
    const bool aNan = line[a] != line[a], bNan = line[b] != line[b];
    return aNan != bNan ? bNan : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), before);
  if (!sorted) std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));  // Any order will do: the input's.
  for (std::int64_t i = 0; i < k; ++i) {
    indices[i] = order[static_cast<std::size_t>(i)];
    values[i] = line[indices[i]];
  }
}

template <class T>
std::vector<Tensor> topK(const Tensor& input, std::int64_t k, bool sorted) {
  Shape shape = input.shape();
  const std::int64_t depth = shape.back();
  shape.back() = k;
  Tensor values(input.dtype(), shape), indices(DType::kInt32, shape);
  for (std::int64_t line = 0; depth > 0 && line < input.size() / depth; ++line)
    topOfLine(input.data<T>() + line * depth, depth, k, sorted, values.mutableData<T>() + line * k,
              indices.mutableData<std::int32_t>() + line * k);
  return {values, indices};
}

}  // namespace

Result<std::vector<TensorInfo>> topKShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input 'input'", {DType::kFloat32, DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input 'input'", 1, kMaxRank));
  TEXFLOW_ASSIGN(const std::int64_t k, intOperand(inputs, 1, "k"));
  Shape shape = inputs[0].shape;
  if (k < 0 || k > shape.back())
    return Status::invalid("k is " + std::to_string(k) + "; the last dimension of " + shapeText(shape) + " allows 0 to " +
                           std::to_string(shape.back()) + ".");
  shape.back() = k;
  return std::vector<TensorInfo>{{inputs[0].dtype, shape}, {DType::kInt32, shape}};
}

Result<std::vector<Tensor>> topKHost(const Node& node, std::span<const Tensor> inputs) {
  const auto k = static_cast<std::int64_t>(inputs[1].number(0));
  const bool sorted = node.attrs.get<bool>("sorted", true);
  return inputs[0].dtype() == DType::kInt32 ? topK<std::int32_t>(inputs[0], k, sorted) : topK<float>(inputs[0], k, sorted);
}

}  // namespace texflow
