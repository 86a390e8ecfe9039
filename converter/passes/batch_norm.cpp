#include <cmath>

#include "passes/linear.h"
#include "passes/pass.h"

namespace texflow {
namespace {

bool isInference(const Node& node, const Tensor& mean) {
  if (const bool* training = node.attrs.find<bool>("is_training")) return !*training;
  return mean.size() > 0;  // A graph without defaults leaves out `true`, and has empty averages then.
}

void fold(Rewriter& graph, int index) {
  const Node& node = graph.node(index);
  if (node.inputs.size() != 5 || !graph.isPure(index)) return;
  for (int slot = 1; slot < 6; ++slot)
    if (!graph.isUnread({index, slot})) return;
  const Tensor* parameters[4];  // scale, offset, mean, variance
  for (std::size_t i = 0; i < 4; ++i) {
    parameters[i] = graph.constant(node.inputs[i + 1]);
    if (!parameters[i] || parameters[i]->dtype() != DType::kFloat32) return;
  }
  if (!isInference(node, *parameters[2]) || node.attrs.get<std::string>("data_format", "NHWC").back() != 'C') return;
  const auto linear = linearBefore(graph, node.inputs[0], index);
  if (!linear || linear->op < 0 || graph.node(linear->op).op == "MatMul") return;
  for (const Tensor* parameter : parameters)
    if (parameter->shape() != Shape{linear->channels}) return;

  const double epsilon = node.attrs.number("epsilon", 1e-4);
  std::vector<double> factors(static_cast<std::size_t>(linear->channels));
  Tensor bias(DType::kFloat32, {linear->channels});
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto at = [&](std::size_t which) { return static_cast<double>(parameters[which]->data<float>()[i]); };
    factors[i] = at(0) / std::sqrt(at(3) + epsilon);
    const double before = linear->bias >= 0 ? static_cast<double>(linear->biasValue.data<float>()[i]) : 0;
    bias.mutableData<float>()[i] = static_cast<float>(at(1) + (before - at(2)) * factors[i]);
  }
  scaleWeights(graph, *linear, factors);
  const int offset = graph.addConstant(graph.node(index).name + "/offset", std::move(bias));
  const int sum = graph.add("BiasAdd", graph.node(index).name, {{linear->op, 0}, {offset, 0}},
                            {{"T", DType::kFloat32}, {"data_format", std::string("NHWC")}});
  graph.takePlace(index, sum);
}

/// y = x * factor, x / factor, x + term or x - term behind a linear op: into its weights and bias.
bool foldElementwise(Rewriter& graph, int index) {
  const std::string op = graph.node(index).op;
  const bool product = op == "Mul", quotient = op == "RealDiv", sum = op == "Add" || op == "AddV2" || op == "BiasAdd",
             difference = op == "Sub";
  if ((!product && !quotient && !sum && !difference) || graph.node(index).inputs.size() != 2 || !graph.isPure(index))
    return false;
  for (const std::size_t slot : {1u, 0u}) {
    if (slot == 0 && (quotient || difference || op == "BiasAdd")) break;
    const Tensor* constant = graph.constant(graph.node(index).inputs[slot]);
    if (!constant) continue;
    const Port source = graph.node(index).inputs[1 - slot];
    const auto linear = linearBefore(graph, source, index);
    if (!linear) continue;
    const std::size_t rank = graph.node(graph.node(linear->op).inputs[1]).value.shape().size();
    const auto values = constant->shape().size() <= rank ? perChannel(constant, linear->channels) : std::nullopt;
    if (!values) continue;
    if ((sum || difference) && linear->bias < 0) return false;  // It is the bias itself; fusing takes it.
    Tensor bias(DType::kFloat32, {linear->channels});
    std::vector<double> factors(values->size());
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const double value = (*values)[i];
      const double before = linear->bias >= 0 ? static_cast<double>(linear->biasValue.data<float>()[i]) : 0;
      factors[i] = quotient ? 1 / value : value;
      if (!std::isfinite(factors[i])) return false;
      bias.mutableData<float>()[i] = static_cast<float>(sum          ? before + value
                                                        : difference ? before - value
                                                                     : before * factors[i]);
    }
    if (product || quotient) scaleWeights(graph, *linear, factors);
    if (linear->bias < 0) {
      graph.replace({index, 0}, {linear->op, 0});
      return true;
    }
    const int offset = graph.addConstant(graph.node(index).name + "/offset", std::move(bias));
    const int added = graph.add("BiasAdd", graph.node(index).name, {{linear->op, 0}, {offset, 0}},
                                {{"T", DType::kFloat32}, {"data_format", std::string("NHWC")}});
    graph.takePlace(index, added);
    return true;
  }
  return false;
}

}  // namespace

Status foldBatchNorms(Rewriter& graph, const ConvertOptions&) {
  const int count = graph.size();
  for (int i = 0; i < count; ++i)
    if (graph.node(i).op.starts_with("FusedBatchNorm") && !graph.isConditional(i)) fold(graph, i);
  return {};
}

Status foldScales(Rewriter& graph, const ConvertOptions&) {
  const int count = graph.size();
  for (int i = 0; i < count; ++i)
    if (!graph.isConditional(i) && !(graph.isFunction() && graph.isOutput(i))) foldElementwise(graph, i);
  return {};
}

}  // namespace texflow
