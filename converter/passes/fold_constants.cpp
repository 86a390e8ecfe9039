#include <algorithm>

#include "ops/op.h"
#include "passes/pass.h"

namespace texflow {
namespace {

/// A constant may grow the file by this much at most.
constexpr std::size_t kMaxGrowth = 64 * 1024;

std::size_t bytesOf(const Tensor& tensor) {
  if (tensor.dtype() != DType::kString) return tensor.bytes();
  std::size_t bytes = 0;
  for (std::int64_t i = 0; i < tensor.size(); ++i) bytes += tensor.data<std::string>()[i].size() + 4;
  return bytes;
}

/// Bytes of constants that nothing reads once the node is folded.
std::size_t freedBytes(const Rewriter& graph, int index) {
  std::size_t bytes = 0;
  for (const Port& port : graph.node(index).inputs)
    if (graph.onlyReader(port.node) == index) bytes += bytesOf(graph.node(port).value);
  return bytes;
}

/// Size of the outputs before they are computed: a few bytes of a file must not become gigabytes.
bool staysSmall(const Rewriter& graph, int index, const std::vector<Tensor>& inputs) {
  const Op* op = findOp(graph.node(index).op);
  std::vector<TensorInfo> infos;
  for (const Tensor& tensor : inputs) infos.push_back({tensor.dtype(), tensor.shape(), &tensor});
  const auto shapes = op->shape(graph.node(index), infos);
  if (!shapes.ok()) return shapes.status().code() == StatusCode::kDataDependent;
  std::size_t bytes = 0;
  for (const TensorInfo& info : *shapes) {
    const auto count = checkedElementCount(info.shape);
    if (!count.ok()) return false;
    bytes += static_cast<std::size_t>(*count) * (info.dtype == DType::kBool ? 1 : info.dtype == DType::kComplex64 ? 8 : 4);
  }
  return bytes <= kMaxGrowth + freedBytes(graph, index);
}

bool isFoldable(const Rewriter& graph, int index) {
  const Node& node = graph.node(index);
  if (node.op == "Const" || node.inputs.empty() || !graph.isPure(index) || graph.isConditional(index)) return false;
  if (graph.isOutput(index)) return false;  // An output needs a node that runs.
  const auto isConstant = [&](const Port& port) { return graph.constant(port) != nullptr; };
  return std::all_of(node.inputs.begin(), node.inputs.end(), isConstant);
}

}  // namespace

Status foldConstants(Rewriter& graph, const ConvertOptions&) {
  const int count = graph.size();
  for (int i = 0; i < count; ++i) {
    if (!isFoldable(graph, i)) continue;
    std::vector<Tensor> inputs;
    for (const Port& port : graph.node(i).inputs) inputs.push_back(graph.node(port).value);
    if (!staysSmall(graph, i, inputs)) continue;
    auto outputs = runOnHost(graph.node(i), inputs);
    if (!outputs.ok()) continue;  // The node stays and says why when the graph runs.
    const std::string name = graph.node(i).name;
    for (std::size_t slot = 0; slot < outputs->size(); ++slot) {
      const Port port{i, static_cast<int>(slot)};
      if (graph.isUnread(port)) continue;
      const bool single = outputs->size() == 1;
      const int constant = graph.addConstant(single ? name : name + "_" + std::to_string(slot), std::move((*outputs)[slot]));
      if (single) graph.takePlace(i, constant);
      else graph.replace(port, {constant, 0});
    }
  }
  return {};
}

}  // namespace texflow
