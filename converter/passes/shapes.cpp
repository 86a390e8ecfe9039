#include <algorithm>
#include <numeric>

#include "passes/known_shapes.h"
#include "passes/pass.h"

namespace texflow {
namespace {

bool isReshape(std::string_view op) { return op == "Reshape" || op == "Squeeze" || op == "ExpandDims"; }

/// Equal for certain: at most one dimension is unknown, at the same place. Only for tensors of equally many elements.
bool sameShape(const Shape* a, const Shape* b) { return a && b && *a == *b && std::count(a->begin(), a->end(), -1) <= 1; }
bool sameKnownShape(const Shape* a, const Shape* b) {
  return a && b && *a == *b && std::count(a->begin(), a->end(), -1) == 0;
}

bool isAll(const Tensor* tensor, std::int64_t value) {
  if (!tensor || tensor->dtype() != DType::kInt32) return false;
  const auto values = tensor->toInts();
  return std::all_of(values.begin(), values.end(), [&](std::int64_t item) { return item == value; });
}

std::vector<std::int64_t> permutation(const Rewriter& graph, int index) {
  const Node& node = graph.node(index);
  if (node.op != "Transpose" || node.inputs.size() != 2) return {};
  const Tensor* perm = graph.constant(node.inputs[1]);
  if (!perm || perm->dtype() != DType::kInt32) return {};
  auto order = perm->toInts();
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<std::int64_t>(i)) return {};
  return order;
}

bool isSorted(const std::vector<std::int64_t>& order) { return std::is_sorted(order.begin(), order.end()); }

/// Two transposes in a row are one, or none.
void joinTransposes(Rewriter& graph, int index) {
  auto order = permutation(graph, index);
  if (order.empty()) return;
  const Port source = graph.node(index).inputs[0];
  if (isSorted(order)) return graph.replace({index, 0}, source);
  const auto inner = permutation(graph, source.node);
  if (inner.size() != order.size() || graph.isConditional(index)) return;
  for (std::int64_t& axis : order) axis = inner[static_cast<std::size_t>(axis)];
  const Port first = graph.node(source).inputs[0];
  if (isSorted(order)) return graph.replace({index, 0}, first);
  const int perm = graph.addConstant(graph.node(index).name + "/perm", Tensor::ints(order));
  graph.setInputs(index, {first, {perm, 0}});
}

/// Only the last of several reshapes counts; one that changes nothing goes.
void joinReshapes(Rewriter& graph, const KnownShapes& known, int index) {
  const Shape* result = known.shape({index, 0});
  Port source = graph.node(index).inputs[0];
  while (true) {
    if (sameShape(known.shape(source), result)) return graph.replace({index, 0}, source);
    const Node& before = graph.node(source);
    if (!isReshape(before.op) || before.inputs.empty() || !before.controls.empty()) break;
    source = before.inputs[0];
  }
  if (graph.node(index).op == "Reshape" && source != graph.node(index).inputs[0]) graph.setInput(index, 0, source);
}

/// A target with one dimension that is computed from the input needs no computing: Reshape finds it.
void fixTarget(Rewriter& graph, const KnownShapes& known, int index) {
  const Node& node = graph.node(index);
  if (node.inputs.size() != 2 || graph.constant(node.inputs[1])) return;
  const auto sizes = known.sizes(node.inputs[1]);
  // Beside a zero the dimension could be any.
  if (!sizes || std::count(sizes->begin(), sizes->end(), 0) > 0 || std::count(sizes->begin(), sizes->end(), -1) > 1) return;
  const int target = graph.addConstant(node.name + "/shape", Tensor::ints(*sizes));
  graph.setInput(index, 1, {target, 0});
}

/// Pad by nothing, Tile by one, slices of everything and their like.
bool changesNothing(const Rewriter& graph, const KnownShapes& known, int index) {
  const Node& node = graph.node(index);
  const std::size_t inputs = node.inputs.size();
  const auto constant = [&](std::size_t slot) { return inputs > slot ? graph.constant(node.inputs[slot]) : nullptr; };
  const bool same = sameKnownShape(known.shape(node.inputs[0]), known.shape({index, 0}));
  if (node.op == "Pad" || node.op == "PadV2" || node.op == "MirrorPad") return isAll(constant(1), 0);
  if (node.op == "Tile") return isAll(constant(1), 1);
  if (node.op == "Slice") return same || (isAll(constant(1), 0) && isAll(constant(2), -1));
  if (node.op == "StridedSlice") return same && isAll(constant(3), 1);
  if (node.op == "BroadcastTo" || node.op == "EnsureShape") return same;
  if (node.op == "ConcatV2") return inputs == 2;
  if (node.op == "AddN") return inputs == 1;
  if (node.op == "Cast") {
    const auto* from = node.attrs.find<DType>("SrcT");
    const auto* to = node.attrs.find<DType>("DstT");
    const auto actual = known.dtype(node.inputs[0]);
    return from && to && *from == *to && (!actual || *actual == *to);
  }
  return false;
}

/// Concat of all pieces of a Split along the same axis.
bool undoesSplit(const Rewriter& graph, int index, Port& source) {
  const Node& node = graph.node(index);
  if (node.op != "ConcatV2" || node.inputs.size() < 3) return false;
  const Node& split = graph.node(node.inputs[0]);
  const bool byNumber = split.op == "Split";
  if (!byNumber && split.op != "SplitV") return false;
  const std::size_t pieces = node.inputs.size() - 1;
  if (split.attrs.number("num_split", 0) != static_cast<double>(pieces) || split.inputs.size() != (byNumber ? 2u : 3u))
    return false;
  for (std::size_t i = 0; i < pieces; ++i)
    if (node.inputs[i] != Port{node.inputs[0].node, static_cast<int>(i)}) return false;
  const Tensor* axis = graph.constant(node.inputs[pieces]);
  const Tensor* splitAxis = graph.constant(split.inputs[byNumber ? 0 : 2]);
  if (!axis || !splitAxis || axis->size() != 1 || splitAxis->size() != 1 || axis->number(0) != splitAxis->number(0))
    return false;
  source = split.inputs[byNumber ? 1 : 0];
  return true;
}

/// A Concat whose only reader is a Concat along the same axis becomes part of it.
void joinConcats(Rewriter& graph, int index) {
  const Node& node = graph.node(index);
  if (node.op != "ConcatV2" || node.inputs.size() < 2) return;
  const Tensor* axis = graph.constant(node.inputs.back());
  std::vector<Port> inputs;
  for (std::size_t i = 0; i + 1 < node.inputs.size(); ++i) {
    const Port port = node.inputs[i];
    const Node& inner = graph.node(port);
    const Tensor* innerAxis =
        inner.op == "ConcatV2" && inner.inputs.size() > 1 ? graph.constant(inner.inputs.back()) : nullptr;
    const bool joins = axis && innerAxis && axis->size() == 1 && innerAxis->size() == 1 &&
                       axis->number(0) == innerAxis->number(0) && graph.onlyReader(port.node) == index &&
                       inner.controls.empty();
    if (joins) inputs.insert(inputs.end(), inner.inputs.begin(), inner.inputs.end() - 1);
    else inputs.push_back(port);
  }
  inputs.push_back(node.inputs.back());
  if (inputs.size() == node.inputs.size()) return;
  graph.edit(index).attrs.set("N", static_cast<std::int64_t>(inputs.size()) - 1);
  graph.setInputs(index, std::move(inputs));
}

}  // namespace

Status simplifyShapes(Rewriter& graph, const ConvertOptions&) {
  const KnownShapes known(graph.graph());
  const int count = graph.size();
  for (int i = 0; i < count; ++i) {
    const std::string op = graph.node(i).op;
    if (op == "Const" || graph.node(i).inputs.empty() || !graph.isPure(i)) continue;
    const bool pinned = graph.isFunction() && graph.isOutput(i);
    // Values that follow from shapes: the shape of a tensor of known size, an element of it, products of such.
    if (const Tensor* value = known.value({i, 0}); value && !graph.isOutput(i) && !graph.isConditional(i) &&
                                                   graph.node(i).op != "Unpack" && graph.node(i).op != "Split") {
      graph.takePlace(i, graph.addConstant(graph.node(i).name, *value));
      continue;
    }
    if (op == "Transpose" && !pinned) joinTransposes(graph, i);
    if (op == "Reshape") fixTarget(graph, known, i);
    if (isReshape(op) && !pinned) joinReshapes(graph, known, i);
    joinConcats(graph, i);
    if (graph.node(i).inputs.empty() || pinned || graph.isConditional(i)) continue;
    Port source;
    if (changesNothing(graph, known, i)) graph.replace({i, 0}, Port(graph.node(i).inputs[0]));
    else if (undoesSplit(graph, i, source)) graph.replace({i, 0}, source);
  }
  return {};
}

}  // namespace texflow
