// Dense, shapes, embedding, masks, and what is the identity outside training.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {

void identityLayer(LayerCall& call) { call.give(call.input()); }

Value bothMasks(GraphBuilder& g, const Value& a, const Value& b) {
  if (!a) return b;
  return b ? g.binary("LogicalAnd", a, b) : a;
}

Value denseProduct(GraphBuilder& g, const Value& x, const Value& kernel) { return g.matmul(g.floats(x), kernel); }

void denseLayer(LayerCall& call) {
  Value x = call.input();
  const std::int64_t units = call.integer("units", -1);
  if (x.rank() == 1) x = call.graph.expandDims(x, -1);
  const Value kernel = call.weight("kernel", {x.dim(-1), units});
  const Value bias = call.weightIf(call.flag("use_bias", true), "bias", {units});
  call.give(call.activated(addBias(call.graph, denseProduct(call.graph, x, kernel), bias)));
}

void einsumDenseLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  std::string equation = call.text("equation", "");
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const auto comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow || equation.find('.') != std::string::npos) {
    call.fail("Its equation '" + equation + "' is not of the form 'abc,cd->abd'.");
    return;
  }
  const std::string left = equation.substr(0, comma), middle = equation.substr(comma + 1, arrow - comma - 1),
                    right = equation.substr(arrow + 2);
  const Value kernel = call.weight("kernel", Shape(middle.size(), -1));
  Shape shape;
  for (const char letter : right) {
    const auto inX = left.find(letter), inKernel = middle.find(letter);
    shape.push_back(inKernel != std::string::npos ? kernel.dim(static_cast<int>(inKernel))
                    : inX != std::string::npos    ? x.dim(static_cast<int>(inX))
                                                  : -1);
  }
  Value y = g.node("Einsum", {g.floats(x), kernel}, DType::kFloat32, shape,
                   {{"equation", equation.c_str()}, {"N", std::int64_t{2}}});
  if (call.find("bias_axes")) {
    const std::string axes = call.text("bias_axes", "");
    // The bias has the size of its axes and 1 in those after the first of them.
    const int index = call.weights.find("bias", call.weightCount);
    const int rank =
        index < 0 ? 0 : static_cast<int>(call.weights.table().weights()[static_cast<std::size_t>(index)].shape.size());
    y = g.binary("AddV2", y, call.weight("bias", Shape(static_cast<std::size_t>(rank), -1)));
  }
  call.give(call.activated(y));
}

void flattenLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  if (x.rank() == 1) return call.give(g.expandDims(x, -1));
  std::int64_t size = 1;
  for (int i = 1; i < x.rank(); ++i) size = size < 0 || x.dim(i) < 0 ? -1 : std::min(size * x.dim(i), kMaxElements);
  call.give(g.reshape(x, {size < 0 ? g.dim(x, 0) : Dim(x.dim(0)), size}));
}

void reshapeLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  const Json* target = call.find("target_shape");
  std::vector<Dim> shape{Dim(x.dim(0))};
  std::int64_t product = 1, elements = 1;
  bool open = false;
  if (target && target->is_array())
    for (const Json& size : *target) {
      const std::int64_t number = integerOf(size).value_or(-1);
      open = open || number < 0;
      shape.emplace_back(std::max<std::int64_t>(number, -1));
      if (number >= 0) product = std::min(product * std::max<std::int64_t>(number, 1), kMaxElements);
    }
  for (int i = 1; i < x.rank(); ++i)
    elements = elements < 0 || x.dim(i) < 0 ? -1 : std::min(elements * x.dim(i), kMaxElements);
  for (std::size_t i = 1; i < shape.size(); ++i)
    if (shape[i].size < 0 && elements >= 0) shape[i] = elements / product;
  if (open && elements < 0 && x.dim(0) < 0) shape[0] = g.dim(x, 0);
  // A -1 beside a computed batch: the vector holds -1, which Reshape fills in.
  call.give(g.reshape(x, shape));
}

void permuteLayer(LayerCall& call) {
  const Value x = call.input();
  std::vector<std::int64_t> order{0};
  for (const std::int64_t axis : call.ints("dims", x.shape.empty() ? 0 : x.shape.size() - 1, 1)) order.push_back(axis);
  call.give(call.graph.transpose(x, order));
}

void repeatVectorLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  const std::int64_t n = call.integer("n", 1);
  call.give(g.node("Tile", {g.expandDims(x, 1), g.ints({1, n, 1})}, x.dtype, {x.dim(0), n, x.dim(1)}));
}

void embeddingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value ids = g.cast(call.input(), DType::kInt32);
  const std::int64_t rows = call.integer("input_dim", -1), columns = call.integer("output_dim", -1);
  const Value table = call.weight("embeddings", {rows, columns});
  Shape shape = ids.shape;
  shape.push_back(columns);
  call.give(g.node("GatherV2", {table, ids, g.scalar(0, DType::kInt32)}, DType::kFloat32, shape,
                   {{"batch_dims", std::int64_t{0}}}));
  if (call.flag("mask_zero")) call.outputMask = g.binary("NotEqual", ids, g.scalar(0, DType::kInt32));
}

void maskingLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  const Value differs = g.binary("NotEqual", x, g.scalar(call.number("mask_value", 0)));
  const Value kept = g.reduce("Any", differs, {-1}, true);
  call.give(g.binary("Mul", x, g.floats(kept)));
  call.outputMask = g.squeeze(kept, -1);
}

void layerScaleLayer(LayerCall& call) {
  const Value x = call.input();
  // ConvNeXt's own layer, whose variable Keras 2 leaves without a name.
  const bool nameless = call.weights.find("gamma", 0) < 0 && call.weights.find("Variable", 0) >= 0;
  call.give(call.graph.binary("Mul", x, call.weight(nameless ? "Variable" : "gamma", {x.dim(-1)})));
}

}  // namespace texflow
