// Lists of coordinates: SparseFillEmptyRows, SparseReshape.
#include <algorithm>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// Indices [n, rank] and the dense shape they point into.
struct Coordinates {
  std::int64_t count = 0, rank = 0;
  Ints dense;
};

Result<Coordinates> coordinatesOf(std::span<const TensorInfo> inputs, std::size_t shapeAt) {
  TEXFLOW_TRY(expectOperandDType(inputs[0], "indices", {DType::kInt32}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "indices", 2));
  TEXFLOW_TRY(expectOperandRank(inputs[shapeAt], "dense shape", 1));
  Coordinates c;
  TEXFLOW_ASSIGN(c.dense, intsOperand(inputs, shapeAt, "dense shape"));
  TEXFLOW_TRY(checkedElementCount(c.dense).status());
  c.count = inputs[0].shape[0];
  c.rank = inputs[0].shape[1];
  if (c.rank != static_cast<std::int64_t>(c.dense.size()))
    return Status::invalid("Indices of shape " + shapeText(inputs[0].shape) + " do not point into a tensor of shape " +
                           shapeText(c.dense) + ".");
  return c;
}

Status outside(const Ints& dense) {
  return Status::invalid("An index is outside a tensor of shape " + shapeText(dense) + ".");
}

}  // namespace

Result<std::vector<Tensor>> sparseFillEmptyRowsHost(const Node&, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 4));
  TEXFLOW_ASSIGN(const Coordinates c, coordinatesOf(infos, 2));
  if (infos[1].shape != Shape{c.count} || inputs[3].size() != 1 || inputs[1].dtype() != inputs[3].dtype())
    return Status::invalid("Values of shape " + shapeText(infos[1].shape) + " and a default of shape " +
                           shapeText(infos[3].shape) + " do not belong to " + std::to_string(c.count) + " indices.");
  if (c.rank < 1) return Status::invalid("A sparse scalar has no rows.");
  const auto* indices = inputs[0].data<std::int32_t>();
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(c.dense[0]));
  for (std::int64_t i = 0; i < c.count; ++i) {
    const std::int64_t row = indices[i * c.rank];
    if (row < 0 || row >= c.dense[0]) return outside(c.dense);
    rows[static_cast<std::size_t>(row)].push_back(i);
  }
  std::vector<std::int64_t> order;  // What stands at every place of the output; -1: the default.
  std::vector<std::int32_t> filled, places(static_cast<std::size_t>(c.count));
  std::vector<std::uint8_t> isEmpty;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    isEmpty.push_back(rows[row].empty());
    if (rows[row].empty()) rows[row].push_back(-1);
    for (const std::int64_t i : rows[row]) {
      if (i >= 0) places[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(order.size());
      order.push_back(i);
      for (std::int64_t d = 0; d < c.rank; ++d)
        filled.push_back(i >= 0 ? indices[i * c.rank + d] : d == 0 ? static_cast<std::int32_t>(row) : 0);
    }
  }
  const auto total = static_cast<std::int64_t>(order.size());
  TEXFLOW_TRY(checkedElementCount({total, c.rank}).status());
  Tensor values(inputs[1].dtype(), {total});
  withElementType(values.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < total; ++i) {
      const std::int64_t from = order[static_cast<std::size_t>(i)];
      values.mutableData<T>()[i] = from < 0 ? *inputs[3].data<T>() : inputs[1].data<T>()[from];
    }
  });
  return std::vector<Tensor>{Tensor(DType::kInt32, {total, c.rank}, filled), values,
                             Tensor(DType::kBool, {c.dense[0]}, isEmpty), Tensor(DType::kInt32, {c.count}, places)};
}

Result<std::vector<TensorInfo>> sparseFillEmptyRowsShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(sparseFillEmptyRowsHost, node, inputs);
}

Result<std::vector<Tensor>> sparseReshapeHost(const Node&, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 3));
  TEXFLOW_ASSIGN(const Coordinates c, coordinatesOf(infos, 1));
  TEXFLOW_TRY(expectOperandRank(infos[2], "new_shape", 1));
  TEXFLOW_ASSIGN(Ints to, intsOperand(infos, 2, "new_shape"));
  const std::int64_t size = elementCount(c.dense);
  std::int64_t known = 1;
  std::size_t wildcard = to.size();
  for (std::size_t d = 0; d < to.size(); ++d) {
    if (to[d] == -1 && wildcard == to.size()) wildcard = d;
    else if (to[d] < 0 || (to[d] > 0 && known > kMaxElements / to[d]))
      return Status::invalid("The new_shape " + shapeText(to) + " is not a shape.");
    else known *= to[d];
  }
  if (wildcard < to.size()) {
    to[wildcard] = known > 0 ? size / known : 0;
    known *= to[wildcard];
  }
  if (known != size)
    return Status::invalid("A sparse tensor of shape " + shapeText(c.dense) + " cannot be reshaped to " + shapeText(to) +
                           ".");
  const std::vector<std::int64_t> fromStrides = rowMajorStrides(c.dense), toStrides = rowMajorStrides(to);
  std::vector<std::int32_t> moved;
  for (std::int64_t i = 0; i < c.count; ++i) {
    std::int64_t flat = 0;
    for (std::size_t d = 0; d < c.dense.size(); ++d) {
      const std::int64_t index = inputs[0].data<std::int32_t>()[i * c.rank + static_cast<std::int64_t>(d)];
      if (index < 0 || index >= c.dense[d]) return outside(c.dense);
      flat += index * fromStrides[d];
    }
    for (std::size_t d = 0; d < to.size(); ++d) moved.push_back(static_cast<std::int32_t>(flat / toStrides[d] % to[d]));
  }
  const Shape shape{c.count, static_cast<std::int64_t>(to.size())};
  return std::vector<Tensor>{Tensor(DType::kInt32, shape, moved), Tensor::ints(to)};
}

Result<std::vector<TensorInfo>> sparseReshapeShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(sparseReshapeHost, node, inputs);
}

}  // namespace texflow
