// Sets: Unique (all versions), ListDiff; and searches in sorted lines: LowerBound, UpperBound, Bucketize.
#include <algorithm>
#include <complex>
#include <map>
#include <unordered_map>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

/// The bytes that tell two elements apart. NaN equals NaN, -0 equals 0.
template <class T>
void appendKey(std::string& key, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    key += std::to_string(value.size()) + ":" + value;
  } else {
    const T plain = value + T{};
    key.append(reinterpret_cast<const char*>(&plain), sizeof plain);
  }
}

/// A tensor as `count` slices along an axis; a slice is `outer` runs of `inner` elements.
struct Slices {
  std::int64_t outer = 1, count = 1, inner = 1;
};

template <class T>
std::string sliceKey(const T* from, const Slices& s, std::int64_t index) {
  std::string key;
  for (std::int64_t o = 0; o < s.outer; ++o)
    for (std::int64_t i = 0; i < s.inner; ++i) appendKey(key, from[(o * s.count + index) * s.inner + i]);
  return key;
}

Result<std::int64_t> uniqueAxis(std::span<const Tensor> inputs) {
  const std::size_t rank = inputs[0].shape().size();
  if (inputs.size() > 1 && inputs[1].size() > 0) {
    if (inputs[1].dtype() != DType::kInt32 || inputs[1].size() != 1)
      return Status::invalid("The axis must be one integer or empty, but its shape is " + shapeText(inputs[1].shape()) +
                             ".");
    return axisInRange(*inputs[1].data<std::int32_t>(), rank);
  }
  if (rank != 1) return Status::invalid("The input " + shapeText(inputs[0].shape()) + " must be a vector.");
  return 0;
}

}  // namespace

Result<std::vector<Tensor>> uniqueHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_TRY(expectInputCount(infosOf(inputs), node.op.ends_with("V2") ? 2 : 1));
  TEXFLOW_ASSIGN(const std::int64_t axis, uniqueAxis(inputs));
  Shape shape = inputs[0].shape();
  Slices slices;
  slices.count = shape[static_cast<std::size_t>(axis)];
  for (std::size_t d = 0; d < shape.size(); ++d)
    if (static_cast<std::int64_t>(d) != axis)
      (static_cast<std::int64_t>(d) < axis ? slices.outer : slices.inner) *= shape[d];
  std::vector<std::int64_t> first;
  std::vector<std::int32_t> indices, counts;
  Tensor output;
  withElementType(inputs[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = inputs[0].data<T>();
    std::unordered_map<std::string, std::int32_t> known;
    for (std::int64_t i = 0; i < slices.count; ++i) {
      const auto [found, isNew] = known.emplace(sliceKey(from, slices, i), static_cast<std::int32_t>(first.size()));
      if (isNew) {
        first.push_back(i);
        counts.push_back(0);
      }
      indices.push_back(found->second);
      ++counts[static_cast<std::size_t>(found->second)];
    }
    shape[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(first.size());
    output = Tensor(inputs[0].dtype(), shape);
    T* to = output.mutableData<T>();
    for (std::int64_t o = 0; o < slices.outer; ++o)
      for (const std::int64_t i : first) {
        const T* run = from + (o * slices.count + i) * slices.inner;
        to = std::copy(run, run + slices.inner, to);
      }
  });
  std::vector<Tensor> outputs{output, Tensor(DType::kInt32, {slices.count}, indices)};
  if (node.op.starts_with("UniqueWithCounts"))
    outputs.emplace_back(DType::kInt32, Shape{static_cast<std::int64_t>(counts.size())}, counts);
  return outputs;
}

Result<std::vector<TensorInfo>> uniqueShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(uniqueHost, node, inputs);
}

Result<std::vector<Tensor>> listDiffHost(const Node&, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 2));
  for (const TensorInfo& info : infos) TEXFLOW_TRY(expectOperandRank(info, "operand", 1));
  if (inputs[0].dtype() != inputs[1].dtype()) return Status::invalid("The two lists differ in dtype.");
  std::vector<std::int32_t> kept;
  Tensor output;
  withElementType(inputs[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Slices left{1, inputs[0].size(), 1}, right{1, inputs[1].size(), 1};
    std::unordered_map<std::string, bool> known;
    for (std::int64_t i = 0; i < right.count; ++i) known.emplace(sliceKey(inputs[1].data<T>(), right, i), true);
    for (std::int64_t i = 0; i < left.count; ++i)
      if (!known.count(sliceKey(inputs[0].data<T>(), left, i))) kept.push_back(static_cast<std::int32_t>(i));
    output = Tensor(inputs[0].dtype(), {static_cast<std::int64_t>(kept.size())});
    for (std::size_t i = 0; i < kept.size(); ++i) output.mutableData<T>()[i] = inputs[0].data<T>()[kept[i]];
  });
  return std::vector<Tensor>{output, Tensor(DType::kInt32, output.shape(), kept)};
}

Result<std::vector<TensorInfo>> listDiffShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(listDiffHost, node, inputs);
}

Result<std::vector<TensorInfo>> searchShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  for (const TensorInfo& input : inputs) {
    TEXFLOW_TRY(expectOperandDType(input, "operand", {DType::kFloat32, DType::kInt32}));
    TEXFLOW_TRY(expectOperandRank(input, "operand", 2));
  }
  if (inputs[0].dtype != inputs[1].dtype || inputs[0].shape[0] != inputs[1].shape[0])
    return Status::invalid("Sorted lines of shape " + shapeText(inputs[0].shape) + " and values of shape " +
                           shapeText(inputs[1].shape) + " do not belong together.");
  return oneOutput(DType::kInt32, inputs[1].shape);
}

Result<std::vector<Tensor>> searchHost(const Node& node, std::span<const Tensor> inputs) {
  Tensor output(DType::kInt32, inputs[1].shape());
  const std::int64_t length = inputs[0].shape()[1], columns = inputs[1].shape()[1];
  const auto search = [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < output.size(); ++i) {
      const T *line = inputs[0].data<T>() + i / columns * length, value = inputs[1].data<T>()[i];
      const T* found = node.op == "LowerBound" ? std::lower_bound(line, line + length, value)
                                               : std::upper_bound(line, line + length, value);
      output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(found - line);
    }
  };
  if (inputs[0].dtype() == DType::kFloat32) search(float{});
  else search(std::int32_t{});
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> bucketizeShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32, DType::kInt32}));
  return oneOutput(DType::kInt32, inputs[0].shape);
}

Result<std::vector<Tensor>> bucketizeHost(const Node& node, std::span<const Tensor> inputs) {
  const auto boundaries = node.attrs.get<std::vector<double>>("boundaries", {});
  if (!std::is_sorted(boundaries.begin(), boundaries.end())) return Status::invalid("The boundaries are not in order.");
  Tensor output(DType::kInt32, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i)
    output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(
        std::upper_bound(boundaries.begin(), boundaries.end(), inputs[0].number(i)) - boundaries.begin());
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
