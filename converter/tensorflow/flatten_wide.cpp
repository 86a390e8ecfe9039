// int64 constants beyond int32: the engine has no such integers, but what is computed from constants alone can still be
// exact. Hash seeds and large ids are reduced to small numbers that way.
#include <algorithm>
#include <limits>

#include "tensorflow/flatten.h"

namespace texflow::tf {
namespace {

using Wide = std::vector<std::int64_t>;

std::int64_t floorDiv(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// False for ops that are not computed here and for divisions without a result.
bool compute(std::string_view op, std::int64_t a, std::int64_t b, std::int64_t& result) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  const bool divides = b != 0 && !(b == -1 && a == std::numeric_limits<std::int64_t>::min());
  if (op == "AddV2" || op == "Add") result = static_cast<std::int64_t>(ua + ub);
  else if (op == "Sub") result = static_cast<std::int64_t>(ua - ub);
  else if (op == "Mul") result = static_cast<std::int64_t>(ua * ub);
  else if (op == "Maximum") result = std::max(a, b);
  else if (op == "Minimum") result = std::min(a, b);
  else if (op == "FloorMod" && divides) result = a - floorDiv(a, b) * b;
  else if (op == "FloorDiv" && divides) result = floorDiv(a, b);
  else if (op == "Mod" && divides) result = a % b;
  else return false;
  return true;
}

}  // namespace

void Flattener::foldWide() {
  const auto valuesOf = [&](Port port, Wide& values) {
    const auto known = wide_.find(port.node);
    const Node& node = nodes_[static_cast<std::size_t>(port.node)];
    if (known != wide_.end()) values = known->second;
    else if (node.op == "Const" && node.value.dtype() == DType::kInt32)
      values.assign(node.value.data<std::int32_t>(), node.value.data<std::int32_t>() + node.value.size());
    else return false;
    return true;
  };
  for (bool changed = !wide_.empty(); changed;) {
    changed = false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      Node& node = nodes_[i];
      if (node.op == "Const" || node.inputs.empty() || node.inputs.size() > 2) continue;
      const bool reads = wide_.count(node.inputs[0].node) || wide_.count(node.inputs.back().node);
      Wide a, b;
      if (!reads || !valuesOf(node.inputs[0], a) || !valuesOf(node.inputs.back(), b) || a.empty() || b.empty()) continue;
      const Tensor& left = nodes_[static_cast<std::size_t>(node.inputs[0].node)].value;
      const Tensor& right = nodes_[static_cast<std::size_t>(node.inputs.back().node)].value;
      if (left.size() != 1 && right.size() != 1 && left.shape() != right.shape()) continue;
      const Shape shape =
          left.size() >= right.size() && left.shape().size() >= right.shape().size() ? left.shape() : right.shape();
      Tensor value;
      if (node.op == "Cast" && node.attrs.get<DType>("DstT", DType::kInt32) == DType::kFloat32) {
        value = Tensor(DType::kFloat32, shape);
        for (std::size_t k = 0; k < a.size(); ++k) value.mutableData<float>()[k] = static_cast<float>(a[k]);
      } else {
        Wide results(std::max(a.size(), b.size()));
        bool fits = true, known = true;
        for (std::size_t k = 0; known && k < results.size(); ++k) {
          const std::int64_t x = a[a.size() == 1 ? 0 : k], y = b[b.size() == 1 ? 0 : k];
          if (node.op == "Identity") results[k] = x;
          else known = node.inputs.size() == 2 && compute(node.op, x, y, results[k]);
          fits = fits && results[k] == static_cast<std::int32_t>(results[k]);
        }
        if (!known || elementCount(shape) != static_cast<std::int64_t>(results.size())) continue;
        value = Tensor(DType::kInt32, shape);
        for (std::size_t k = 0; k < results.size(); ++k)
          value.mutableData<std::int32_t>()[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(results[k]));
        if (!fits) wide_[static_cast<int>(i)] = std::move(results);
      }
      node.op = "Const";
      node.inputs.clear();
      node.attrs = {};
      node.attrs.set("dtype", value.dtype());
      node.value = std::move(value);
      changed = true;
    }
  }
}

}  // namespace texflow::tf
