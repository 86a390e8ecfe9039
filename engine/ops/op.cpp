#include "ops/op.h"

namespace texflow {

Result<std::vector<Tensor>> runOnHost(const Node& node, std::span<const Tensor> inputs) {
  const Op* op = findOp(node.op);
  const std::string where = Graph::describe(node);
  if (!op || !op->host) return Status::unsupported("There is no host kernel for " + where + ".");
  std::vector<TensorInfo> infos;
  for (const Tensor& input : inputs) infos.push_back({input.dtype(), input.shape(), &input});
  auto shapes = op->shape(node, infos);
  if (!shapes.ok()) return shapes.status().during("checking " + where);
  auto outputs = op->host(node, inputs);
  if (!outputs.ok()) return outputs.status().during("running " + where);
  return outputs;
}

}  // namespace texflow
