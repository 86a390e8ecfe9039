#include <algorithm>
#include <unordered_map>

#include "ops/op.h"

namespace texflow {

using Infos = std::vector<TensorInfo>;
using Tensors = std::vector<Tensor>;

// Every function that the table names.
#define GPU_OP(name, shape, host, lower)                         \
  Result<Infos> shape(const Node&, std::span<const TensorInfo>); \
  Result<Tensors> host(const Node&, std::span<const Tensor>);    \
  Status lower(Lowering&);
#define HOST_OP(name, shape, host)                               \
  Result<Infos> shape(const Node&, std::span<const TensorInfo>); \
  Result<Tensors> host(const Node&, std::span<const Tensor>);
#include "ops/table.def"
#undef GPU_OP
#undef HOST_OP

namespace {

#define GPU_OP(name, shape, host, lower) Op{name, shape, host, lower},
#define HOST_OP(name, shape, host) Op{name, shape, host, nullptr},
const std::vector<Op> kOps = {
#include "ops/table.def"
};
#undef GPU_OP
#undef HOST_OP

}  // namespace

std::span<const Op> allOps() { return kOps; }

const Op* findOp(std::string_view name) {
  static const std::unordered_map<std::string_view, const Op*> byName = [] {
    std::unordered_map<std::string_view, const Op*> map;
    for (const Op& op : kOps) map.emplace(op.name, &op);
    return map;
  }();
  const auto it = byName.find(name);
  return it == byName.end() ? nullptr : it->second;
}

}  // namespace texflow
