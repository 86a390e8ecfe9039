// What scales the channels in front of a convolution or a matrix product goes into its weights.
#include <algorithm>
#include <array>
#include <cmath>

#include "passes/known_shapes.h"
#include "passes/linear.h"
#include "passes/pass.h"

namespace texflow {
namespace {

/// y = factor * x + term, for each channel of x.
struct Affine {
  Port x;
  std::vector<float> factors, terms;
};

/// A batch norm with constant statistics.
std::optional<Affine> affineOfNorm(const Rewriter& graph, int index, std::int64_t channels) {
  const Node& node = graph.node(index);
  if (node.inputs.size() != 5 || node.attrs.get<std::string>("data_format", "NHWC").back() != 'C') return std::nullopt;
  if (const bool* training = node.attrs.find<bool>("is_training"); !training || *training) return std::nullopt;
  std::array<const float*, 4> parameters{};  // scale, offset, mean, variance
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor* tensor = graph.constant(node.inputs[i + 1]);
    if (!tensor || tensor->dtype() != DType::kFloat32 || tensor->shape() != Shape{channels}) return std::nullopt;
    parameters[i] = tensor->data<float>();
  }
  const double epsilon = node.attrs.number("epsilon", 1e-4);
  Affine affine{node.inputs[0], {}, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(channels); ++i) {
    const double factor = static_cast<double>(parameters[0][i]) / std::sqrt(static_cast<double>(parameters[3][i]) + epsilon);
    affine.factors.push_back(static_cast<float>(factor));
    affine.terms.push_back(
        static_cast<float>(static_cast<double>(parameters[1][i]) - static_cast<double>(parameters[2][i]) * factor));
  }
  return affine;
}

/// x * c, x / c, x + c, x - c
std::optional<Affine> affineOf(const Rewriter& graph, int index, std::int64_t channels, std::size_t rank) {
  const Node& node = graph.node(index);
  if (!graph.isPure(index)) return std::nullopt;
  if (node.op.starts_with("FusedBatchNorm")) return affineOfNorm(graph, index, channels);
  const bool product = node.op == "Mul", quotient = node.op == "RealDiv", difference = node.op == "Sub";
  const bool sum = node.op == "Add" || node.op == "AddV2" || node.op == "BiasAdd";
  if ((!product && !quotient && !difference && !sum) || node.inputs.size() != 2) return std::nullopt;
  for (const std::size_t slot : {1u, 0u}) {
    if (slot == 0 && (quotient || difference || node.op == "BiasAdd")) break;
    const Tensor* constant = graph.constant(node.inputs[slot]);
    if (!constant || constant->shape().size() > rank) continue;
    auto values = perChannel(constant, channels);
    if (!values) continue;
    Affine affine{node.inputs[1 - slot], std::vector<float>(values->size(), 1), std::vector<float>(values->size(), 0)};
    for (std::size_t i = 0; i < values->size(); ++i) {
      const float value = (*values)[i];
      if (product || quotient) affine.factors[i] = quotient ? 1 / value : value;
      else affine.terms[i] = sum ? value : -value;
    }
    return affine;
  }
  return std::nullopt;
}

/// Zeros around the image are put there behind a term: it would be missing from them.
bool readsPadding(const Node& node, const Shape& filter) {
  if (node.op == "MatMul") return false;
  return node.attrs.get<std::string>("padding", "SAME") != "VALID" && (filter[0] != 1 || filter[1] != 1);
}

/// Takes one node in front of the op; answers whether there was one.
bool foldBefore(Rewriter& graph, const KnownShapes& known, int index) {
  const auto linear = linearOf(graph, index);
  const Node& node = graph.node(index);
  if (!linear || node.op == "Conv3D" || node.attrs.get<bool>("transpose_a", false)) return false;
  const int before = node.inputs[0].node;
  if (node.inputs[0].slot != 0 || graph.onlyReader(before) != index || graph.isConditional(before)) return false;
  const Tensor weights = graph.node(node.inputs[1]).value;
  const Shape shape = weights.shape();
  const bool isMatMul = node.op == "MatMul", isDepthwise = node.op == "DepthwiseConv2dNative";
  const std::size_t axis = isMatMul ? 1 - linear->axis : 2;
  const std::int64_t channels = shape[axis];
  if (channels < 1) return false;
  const auto affine = affineOf(graph, before, channels, shape.size());
  // An input that the op in front makes larger has other channels than its result.
  const Shape* input = affine ? known.shape(affine->x) : nullptr;
  if (!input || input->size() != shape.size() || input->back() != channels) return false;
  const bool hasTerms = std::any_of(affine->terms.begin(), affine->terms.end(), [](float term) { return term != 0; });
  if (hasTerms && readsPadding(node, shape)) return false;
  for (const auto* values : {&affine->factors, &affine->terms})
    if (!std::all_of(values->begin(), values->end(), [](float value) { return std::isfinite(value); })) return false;

  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  Tensor scaled(DType::kFloat32, shape);
  std::vector<double> sums(static_cast<std::size_t>(linear->channels), 0);
  for (std::int64_t i = 0; i < weights.size(); ++i) {
    const std::int64_t channel = i / inner % channels;
    const float weight = weights.data<float>()[i];
    scaled.mutableData<float>()[i] = weight * affine->factors[static_cast<std::size_t>(channel)];
    const std::int64_t to = isMatMul && axis == 1 ? i / channels : isDepthwise ? i % (channels * inner) : i % inner;
    sums[static_cast<std::size_t>(to)] +=
        static_cast<double>(weight) * static_cast<double>(affine->terms[static_cast<std::size_t>(channel)]);
  }
  const std::string name = graph.node(node.inputs[1]).name;
  graph.setInput(index, 1, {graph.addConstant(name, std::move(scaled)), 0});
  graph.replace({before, 0}, affine->x);
  if (!hasTerms) return true;
  Tensor bias(DType::kFloat32, {linear->channels});
  for (std::size_t i = 0; i < sums.size(); ++i) bias.mutableData<float>()[i] = static_cast<float>(sums[i]);
  Node conv = graph.node(index);
  const int product = graph.add(std::move(conv));
  const int offset = graph.addConstant(graph.node(index).name + "/offset", std::move(bias));
  graph.takePlace(index, graph.add("BiasAdd", graph.node(index).name, {{product, 0}, {offset, 0}},
                                   {{"T", DType::kFloat32}, {"data_format", std::string("NHWC")}}));
  return true;
}

}  // namespace

Status foldInputScales(Rewriter& graph, const ConvertOptions&) {
  const KnownShapes known(graph.graph());
  for (int i = 0; i < graph.size(); ++i) {  // Also what is added.
    if (graph.isConditional(i) || (graph.isFunction() && graph.isOutput(i))) continue;
    while (foldBefore(graph, known, i)) {
    }
  }
  return {};
}

}  // namespace texflow
