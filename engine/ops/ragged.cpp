// Ragged tensors: RaggedGather, RaggedRange, RaggedTensorToTensor.
#include <algorithm>
#include <cmath>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// Offsets of rows: from 0, never falling, up to `total`.
Status expectSplits(const Ints& splits, std::int64_t total, const std::string& what) {
  if (splits.empty() || splits.front() != 0 || splits.back() != total || !std::is_sorted(splits.begin(), splits.end()))
    return Status::invalid("The " + what + " " + shapeText(splits) + " are not row splits from 0 to " +
                           std::to_string(total) + ".");
  return {};
}

Shape withRows(const Shape& shape, std::int64_t rows) {
  Shape result = shape;
  result[0] = rows;
  return result;
}

}  // namespace

Result<std::vector<Tensor>> raggedGatherHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  const auto levels = node.attrs.get<std::int64_t>("PARAMS_RAGGED_RANK", static_cast<std::int64_t>(inputs.size()) - 2);
  if (levels < 1 || levels + 2 != static_cast<std::int64_t>(inputs.size()))
    return Status::invalid("A ragged rank of " + std::to_string(levels) + " does not fit " + std::to_string(inputs.size()) +
                           " inputs.");
  const auto depth = static_cast<std::size_t>(levels);
  const Tensor &values = inputs[depth], &indices = inputs[depth + 1];
  TEXFLOW_TRY(expectOperandRank(infos[depth], "params_dense_values", 1, kMaxRank));
  TEXFLOW_TRY(expectOperandDType(infos[depth + 1], "indices", {DType::kInt32}));
  std::vector<Ints> splits;
  for (std::size_t i = 0; i < depth; ++i) {
    TEXFLOW_ASSIGN(splits.emplace_back(), intsOperand(infos, i, "params_nested_splits"));
    const std::int64_t total = i + 1 == depth ? values.shape()[0] : inputs[i + 1].size() - 1;
    TEXFLOW_TRY(expectSplits(splits.back(), total, "params_nested_splits"));
  }
  const Shape& picks = indices.shape();
  const std::size_t outer = picks.size();
  std::vector<Ints> out(outer + depth, Ints{0});
  // Splits of the indices' own dimensions, all but the last.
  std::int64_t rows = 1;
  for (std::size_t d = 0; d + 1 < outer; ++d) {
    rows *= picks[d];
    for (std::int64_t i = 1; i <= rows; ++i) out[d].push_back(i * picks[d + 1]);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> slices;
  std::int64_t count = 0;
  for (const std::int64_t index : indices.toInts()) {
    if (index < 0 || index + 1 >= static_cast<std::int64_t>(splits[0].size()))
      return Status::invalid("The index " + std::to_string(index) + " is outside [0, " +
                             std::to_string(splits[0].size() - 1) + ").");
    std::int64_t begin = index, end = index + 1;
    for (std::size_t d = 0; d < depth; ++d) {
      const auto at = [&](std::int64_t i) { return splits[d][static_cast<std::size_t>(i)]; };
      if (outer + d >= 1) {
        Ints& to = out[outer + d - 1];
        const std::int64_t delta = to.back() - at(begin);
        for (std::int64_t j = begin; j < end; ++j) to.push_back(at(j + 1) + delta);
        TEXFLOW_TRY(checkedElementCount({static_cast<std::int64_t>(to.size())}).status());
      }
      begin = at(begin);
      end = at(end);
    }
    slices.emplace_back(begin, end);
    count += end - begin;
  }
  out.resize(outer + depth - 1);
  std::vector<Tensor> outputs;
  for (const Ints& split : out) outputs.push_back(Tensor::ints(split));
  const Shape shape = withRows(values.shape(), count);
  TEXFLOW_TRY(checkedElementCount(shape).status());
  Tensor gathered(values.dtype(), shape);
  const std::int64_t width = elementCount(withRows(shape, 1));
  withElementType(values.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = gathered.mutableData<T>();
    for (const auto& [begin, end] : slices)
      to = std::copy(values.data<T>() + begin * width, values.data<T>() + end * width, to);
  });
  outputs.push_back(std::move(gathered));
  return outputs;
}

Result<std::vector<TensorInfo>> raggedGatherShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(raggedGatherHost, node, inputs);
}

Result<std::vector<Tensor>> raggedRangeHost(const Node&, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 3));
  std::int64_t rows = 1;
  for (const TensorInfo& info : infos) {
    TEXFLOW_TRY(expectOperandDType(info, "operand", {DType::kFloat32, DType::kInt32}));
    TEXFLOW_TRY(expectOperandRank(info, "operand", 0, 1));
    if (info.dtype != infos[0].dtype) return Status::invalid("The starts, limits and deltas differ in dtype.");
    if (info.shape.empty()) continue;
    if (rows != 1 && info.shape[0] != rows) return Status::invalid("The starts, limits and deltas differ in length.");
    rows = info.shape[0];
  }
  const bool whole = infos[0].dtype == DType::kInt32;
  Ints splits{0};
  std::vector<float> reals;
  std::vector<std::int32_t> integers;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto at = [&](std::size_t i) { return inputs[i].number(inputs[i].shape().empty() ? 0 : row); };
    const double start = at(0), limit = at(1), delta = at(2);
    if (delta == 0) return Status::invalid("The delta of row " + std::to_string(row) + " is 0.");
    const double steps =
        whole ? (limit - start) / delta : static_cast<double>(static_cast<float>(limit - start) / static_cast<float>(delta));
    const double count = steps > 0 ? std::ceil(steps) : 0;
    if (!(count + static_cast<double>(splits.back()) <= static_cast<double>(kMaxElements)))
      return Status::invalid("The ranges have too many elements at row " + std::to_string(row) + ".");
    splits.push_back(splits.back() + static_cast<std::int64_t>(count));
    auto value = static_cast<float>(start);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i, value += static_cast<float>(delta)) {
      if (whole) integers.push_back(static_cast<std::int32_t>(start + static_cast<double>(i) * delta));
      else reals.push_back(value);
    }
  }
  const Shape shape{splits.back()};
  return std::vector<Tensor>{Tensor::ints(splits),
                             whole ? Tensor(DType::kInt32, shape, integers) : Tensor(DType::kFloat32, shape, reals)};
}

Result<std::vector<TensorInfo>> raggedRangeShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(raggedRangeHost, node, inputs);
}

namespace {

/// One dimension of a ragged tensor: the row of every value.
struct Partition {
  Ints rowOf;
  std::int64_t rows = 0;  ///< Known for splits; for row ids the values of the dimension before.
};

Result<Partition> partitionOf(const std::string& type, const Tensor& tensor, std::int64_t rows) {
  Partition partition;
  const Ints numbers = tensor.toInts();
  if (type == "VALUE_ROWIDS") {
    partition.rows = rows;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (numbers[i] < 0 || numbers[i] >= rows || (i > 0 && numbers[i] < numbers[i - 1]))
        return Status::invalid("The row ids " + shapeText(numbers) + " are not in order within [0, " + std::to_string(rows) +
                               ").");
    partition.rowOf = numbers;
    return partition;
  }
  if (type != "ROW_SPLITS") return Status::unsupported("The row partition type '" + type + "' is not supported here.");
  if (numbers.empty()) return Status::invalid("The row splits are empty.");
  TEXFLOW_TRY(expectSplits(numbers, numbers.back(), "row splits"));
  TEXFLOW_TRY(checkedElementCount({numbers.back()}).status());
  partition.rows = static_cast<std::int64_t>(numbers.size()) - 1;
  for (std::int64_t row = 0; row < partition.rows; ++row)
    partition.rowOf.resize(static_cast<std::size_t>(numbers[static_cast<std::size_t>(row) + 1]), row);
  return partition;
}

std::int64_t widest(const Ints& rowOf) {
  std::int64_t most = 0, length = 0;
  for (std::size_t i = 0; i < rowOf.size(); ++i) {
    length = i > 0 && rowOf[i] == rowOf[i - 1] ? length + 1 : 1;
    most = std::max(most, length);
  }
  return most;
}

}  // namespace

Result<std::vector<Tensor>> raggedTensorToTensorHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 4, 64));
  TEXFLOW_ASSIGN(const Ints wanted, intsOperand(infos, 0, "shape"));
  const Tensor& values = inputs[1];
  TEXFLOW_TRY(expectOperandRank(infos[1], "values", 1, kMaxRank));
  if (inputs[2].dtype() != values.dtype()) return Status::invalid("The default_value has another dtype than the values.");
  const auto types = node.attrs.get<std::vector<std::string>>("row_partition_types", {});
  if (types.size() + 3 != inputs.size())
    return Status::invalid("There are " + std::to_string(types.size()) + " row_partition_types for " +
                           std::to_string(inputs.size() - 3) + " row partitions.");
  std::vector<Partition> partitions;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (infos[3 + i].dtype != DType::kInt32) return Status::invalid("A row partition is not int32.");
    if (types[i] == "FIRST_DIM_SIZE" && i == 0) {
      TEXFLOW_ASSIGN(rows, intOperand(infos, 3, "first dimension"));
      continue;
    }
    TEXFLOW_ASSIGN(Partition partition, partitionOf(types[i], inputs[3 + i], rows));
    if (!partitions.empty() && partition.rows != rows)
      return Status::invalid("The row partitions do not follow each other.");
    if (partitions.empty() && types[0] == "ROW_SPLITS") rows = partition.rows;
    rows = static_cast<std::int64_t>(partition.rowOf.size());
    partitions.push_back(std::move(partition));
  }
  if (partitions.empty() || rows != values.shape()[0])
    return Status::invalid("The row partitions are for " + std::to_string(rows) + " values, not " +
                           std::to_string(values.shape()[0]) + ".");
  // The output: rows, the widest of every ragged dimension, then the values' own dimensions; `shape` overrides.
  Shape shape{partitions[0].rows};
  for (const Partition& partition : partitions) shape.push_back(widest(partition.rowOf));
  const std::size_t ragged = shape.size();
  shape.insert(shape.end(), values.shape().begin() + 1, values.shape().end());
  if (!inputs[0].shape().empty()) {
    if (wanted.size() != shape.size())
      return Status::invalid("The shape " + shapeText(wanted) + " must have " + std::to_string(shape.size()) +
                             " dimensions.");
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (wanted[d] < 0) continue;
      if (d >= ragged && wanted[d] != shape[d])
        return Status::invalid("The shape " + shapeText(wanted) + " does not fit values of shape " +
                               shapeText(values.shape()) + ".");
      shape[d] = wanted[d];
    }
  }
  TEXFLOW_TRY(checkedElementCount(shape).status());
  std::int64_t width = 1;
  for (std::size_t d = ragged; d < shape.size(); ++d) width *= shape[d];
  const Shape inner(shape.begin() + static_cast<std::ptrdiff_t>(ragged), shape.end());
  const Shape& fill = inputs[2].shape();
  bool fits = fill.size() <= inner.size();
  for (std::size_t d = 0; fits && d < fill.size(); ++d)
    fits = fill[d] == 1 || fill[d] == inner[inner.size() - fill.size() + d];
  if (!fits)
    return Status::invalid("A default_value of shape " + shapeText(fill) + " does not broadcast to " + shapeText(inner) +
                           ".");
  // Where every row of the dimension at hand begins in the output, in slots of `width` elements; -1: cut off.
  Ints places;
  for (std::int64_t row = 0; row < partitions[0].rows; ++row) places.push_back(row < shape[0] ? row : -1);
  for (std::size_t d = 0; d < partitions.size(); ++d) {
    Ints next;
    std::int64_t within = 0;
    const Ints& rowOf = partitions[d].rowOf;
    for (std::size_t i = 0; i < rowOf.size(); ++i) {
      within = i > 0 && rowOf[i] == rowOf[i - 1] ? within + 1 : 0;
      const std::int64_t place = places[static_cast<std::size_t>(rowOf[i])];
      next.push_back(place < 0 || within >= shape[d + 1] ? -1 : place * shape[d + 1] + within);
    }
    places = std::move(next);
  }
  Tensor output(values.dtype(), shape);
  const std::vector<std::int64_t> innerStrides = rowMajorStrides(inner), fillStrides = rowMajorStrides(fill);
  withElementType(values.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = output.mutableData<T>();
    for (std::int64_t i = 0; i < output.size(); ++i) {
      std::int64_t from = 0;
      for (std::size_t d = 0; d < fill.size(); ++d) {
        const std::size_t at = inner.size() - fill.size() + d;
        if (fill[d] != 1) from += i % width / innerStrides[at] % inner[at] * fillStrides[d];
      }
      to[i] = inputs[2].data<T>()[from];
    }
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i] >= 0) {
        const T* row = values.data<T>() + static_cast<std::int64_t>(i) * width;
        std::copy(row, row + width, to + places[i] * width);
      }
  });
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> raggedTensorToTensorShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(raggedTensorToTensorHost, node, inputs);
}

}  // namespace texflow
