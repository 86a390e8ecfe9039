#include "passes/known_shapes.h"

#include <algorithm>
#include <set>

#include "ops/op.h"

namespace texflow {
namespace {

// Unknown batches and unknown sizes. Multiples of 32, so that strides divide them; the first batch is one, so that what
// broadcasts only then stays unknown.
constexpr std::array<std::int64_t, 3> kBatches = {1, 96, 160};
constexpr std::array<std::int64_t, 3> kSizes = {64, 96, 160};
constexpr std::int64_t kMaxValueElements = 64;

/// Ops whose output elements are elements of their first inputs: running them on flags says where each flag goes.
bool movesElements(std::string_view op) {
  static const std::set<std::string_view> kOps = {"StridedSlice", "Slice",    "Gather",   "GatherV2", "Reshape",
                                                  "ExpandDims",   "Squeeze",  "Identity", "Unpack",   "Split",
                                                  "Pack",         "ConcatV2", "Concat"};
  return kOps.contains(op);
}

/// Ops that may be run on values which depend on unknown dimensions: others, such as Minimum and Less, can come out the same
/// for all three sizes and still differ for a fourth.
bool isSmooth(std::string_view op) {
  static const std::set<std::string_view> kOps = {"Add",     "AddV2", "Sub", "Mul",  "FloorDiv", "Div",
                                                  "RealDiv", "Prod",  "Sum", "Cast", "Neg",      "Range"};
  return kOps.contains(op);
}

bool allOnes(const Tensor& flags) {
  for (std::int64_t i = 0; i < flags.size(); ++i)
    if (flags.data<std::int32_t>()[i] == 0) return false;
  return true;
}

Tensor ones(const Shape& shape) {
  Tensor flags(DType::kInt32, shape);
  std::fill_n(flags.mutableData<std::int32_t>(), flags.size(), 1);
  return flags;
}

}  // namespace

KnownShapes::KnownShapes(const Graph& graph) : infos_(graph.nodes.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) infer(graph, static_cast<int>(i));
}

const KnownShapes::Info* KnownShapes::find(const Port& port) const {
  const auto node = static_cast<std::size_t>(port.node), slot = static_cast<std::size_t>(port.slot);
  return node < infos_.size() && slot < infos_[node].size() ? &infos_[node][slot] : nullptr;
}

const Shape* KnownShapes::shape(const Port& port) const {
  const Info* info = find(port);
  return info ? &info->known : nullptr;
}

std::optional<DType> KnownShapes::dtype(const Port& port) const {
  const Info* info = find(port);
  return info ? std::optional(info->dtype) : std::nullopt;
}

const Tensor* KnownShapes::value(const Port& port) const {
  const Info* info = find(port);
  return info && info->values[0] && info->fixed && allOnes(*info->fixed) ? &*info->values[0] : nullptr;
}

std::optional<std::vector<std::int64_t>> KnownShapes::sizes(const Port& port) const {
  const Info* info = find(port);
  if (!info || !info->values[0] || !info->fixed || info->dtype != DType::kInt32 || info->known.size() != 1)
    return std::nullopt;
  std::vector<std::int64_t> sizes = info->values[0]->toInts();
  int free = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (info->fixed->data<std::int32_t>()[i] != 0) continue;
    sizes[i] = -1;
    ++free;
  }
  return free <= 1 ? std::optional(std::move(sizes)) : std::nullopt;
}

std::vector<const KnownShapes::Info*> KnownShapes::inputsOf(const Node& node) const {
  std::vector<const Info*> inputs;
  for (const Port& port : node.inputs) {
    inputs.push_back(find(port));
    if (!inputs.back()) return {};
  }
  return inputs;
}

void KnownShapes::infer(const Graph& graph, int index) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  auto& to = infos_[static_cast<std::size_t>(index)];
  if (node.op == "Const") {
    Info info;
    info.dtype = node.value.dtype();
    info.shapes.fill(node.value.shape());
    info.known = node.value.shape();
    info.values.fill(node.value);
    if (node.value.size() <= kMaxValueElements) info.fixed = ones(node.value.shape());
    to.push_back(std::move(info));
    return;
  }
  if (node.op == "Placeholder") {
    const auto* dtype = node.attrs.find<DType>("dtype");
    const Shape* declared = node.attrs.find<Shape>("shape");
    for (const Endpoint& input : graph.inputs)
      if (input.port.node == index && input.knownRank) declared = &input.shape;
    if (!dtype || !declared) return;
    Info info;
    info.dtype = *dtype;
    info.known = *declared;
    for (std::size_t p = 0; p < kProbes; ++p) {
      info.shapes[p] = *declared;
      for (std::size_t d = 0; d < declared->size(); ++d)
        if (info.shapes[p][d] < 0) info.shapes[p][d] = d == 0 ? kBatches[p] : kSizes[p];
    }
    to.push_back(std::move(info));
    return;
  }
  const Op* op = findOp(node.op);
  const auto inputs = inputsOf(node);
  if (!op || inputs.size() != node.inputs.size() || node.op == "PlaceholderWithDefault") return;
  std::vector<Info> outputs;
  for (std::size_t p = 0; p < kProbes; ++p) {
    std::vector<TensorInfo> infos;
    for (const Info* input : inputs)
      infos.push_back({input->dtype, input->shapes[p], input->values[p] ? &*input->values[p] : nullptr});
    const auto results = op->shape(node, infos);
    if (!results.ok() || (p > 0 && results->size() != outputs.size())) return;
    if (p == 0) outputs.resize(results->size());
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) {
      const TensorInfo& result = (*results)[slot];
      if (p > 0 && result.shape.size() != outputs[slot].shapes[0].size()) return;
      outputs[slot].dtype = result.dtype;
      outputs[slot].shapes[p] = result.shape;
    }
  }
  for (Info& output : outputs) {
    output.known = output.shapes[0];
    for (std::size_t d = 0; d < output.known.size(); ++d)
      for (const Shape& shape : output.shapes)
        if (shape[d] != output.known[d]) output.known[d] = -1;
  }
  // A slice up to an unknown place is cut off at the end of the tensor, for large sizes always at the same place.
  if (node.op == "StridedSlice" || node.op == "Slice") {
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i]->fixed && allOnes(*inputs[i]->fixed)) continue;
      for (Info& output : outputs) std::fill(output.known.begin(), output.known.end(), -1);
    }
  }
  inferValues(node, outputs);
  to = std::move(outputs);
}

void KnownShapes::inferValues(const Node& node, std::vector<Info>& outputs) {
  const auto inputs = inputsOf(node);
  for (const Info& output : outputs)
    for (const Shape& shape : output.shapes)
      if (output.dtype == DType::kString || elementCount(shape) > kMaxValueElements) return;
  if ((node.op == "Shape" || node.op == "Size" || node.op == "Rank") && inputs.size() == 1) {
    const Shape& known = inputs[0]->known;
    const bool whole = std::find(known.begin(), known.end(), -1) == known.end();
    for (std::size_t p = 0; p < kProbes; ++p) {
      const Shape& shape = inputs[0]->shapes[p];
      if (node.op == "Shape") outputs[0].values[p] = Tensor::ints(shape);
      else if (node.op == "Rank") outputs[0].values[p] = Tensor::scalar(static_cast<std::int32_t>(shape.size()));
      else outputs[0].values[p] = Tensor::scalar(static_cast<std::int32_t>(elementCount(shape)));
    }
    outputs[0].fixed = ones(outputs[0].known);
    for (std::int64_t i = 0; i < outputs[0].fixed->size(); ++i) {
      const bool fixed = node.op == "Rank" || (node.op == "Shape" ? known[static_cast<std::size_t>(i)] >= 0 : whole);
      outputs[0].fixed->mutableData<std::int32_t>()[i] = fixed;
    }
    return;
  }
  if (inputs.empty() || node.op.starts_with("Random") || node.op == "Multinomial" || node.op == "TruncatedNormal") return;
  bool wholly = true;
  for (const Info* input : inputs) {
    if (!input->values[0] || !input->fixed) return;
    wholly = wholly && allOnes(*input->fixed);
  }
  if (!wholly && !movesElements(node.op) && !isSmooth(node.op)) return;
  for (std::size_t p = 0; p < kProbes; ++p) {
    std::vector<Tensor> tensors;
    for (const Info* input : inputs) tensors.push_back(*input->values[p]);
    auto results = runOnHost(node, tensors);
    if (!results.ok() || results->size() != outputs.size()) return;
    for (std::size_t slot = 0; slot < outputs.size(); ++slot) outputs[slot].values[p] = std::move((*results)[slot]);
  }
  if (wholly) {
    for (Info& output : outputs) output.fixed = ones(output.shapes[0]);
    return;
  }
  for (Info& output : outputs) output.fixed = Tensor(DType::kInt32, output.shapes[0]);  // None.
  if (!movesElements(node.op)) return;
  std::vector<Tensor> flags;
  const bool variadic = node.op == "Pack" || node.op == "ConcatV2" || node.op == "Concat";
  const std::size_t data = node.op == "Split" || node.op == "Concat" ? 1 : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool axis = (node.op == "ConcatV2" && i + 1 == inputs.size()) || (node.op == "Concat" && i == 0);
    const bool moved = variadic ? !axis : i == data;
    if (!moved && !allOnes(*inputs[i]->fixed)) return;
    flags.push_back(moved ? *inputs[i]->fixed : *inputs[i]->values[0]);
  }
  Node onFlags = node;
  onFlags.attrs.set("T", DType::kInt32);
  auto moved = runOnHost(onFlags, flags);
  if (!moved.ok() || moved->size() != outputs.size()) return;
  for (std::size_t slot = 0; slot < outputs.size(); ++slot)
    if ((*moved)[slot].dtype() == DType::kInt32) outputs[slot].fixed = std::move((*moved)[slot]);
}

}  // namespace texflow
