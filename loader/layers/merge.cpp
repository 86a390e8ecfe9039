// Layers of several inputs. Keras 3 has operations of the same names, called with two arguments instead of a list.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {
namespace {

/// Keras adds axes of size 1 behind the batch where ranks differ.
std::vector<Value> sameRank(GraphBuilder& g, std::vector<Value> values) {
  int rank = 0;
  for (const Value& value : values) rank = std::max(rank, value.rank());
  for (Value& value : values)
    while (value.rank() < rank && value.rank() > 0 && g.status().ok()) value = g.expandDims(value, 1);
  return values;
}

void merge(LayerCall& call, std::string_view op, const char* operation) {
  GraphBuilder& g = call.graph;
  if (call.args.size() == 2 && lowerOperation(call, operation)) return;
  if (!call.needInputs(1)) return;
  const std::vector<Value> values = sameRank(g, call.inputs);
  Value result = values[0];
  if (op == "Sub" && values.size() != 2)
    call.fail("It is called with " + std::to_string(values.size()) + " inputs; 2 are needed.");
  for (std::size_t i = 1; i < values.size(); ++i) result = g.binary(op, result, values[i]);
  call.give(result);
  for (const Value& mask : call.masks) call.outputMask = bothMasks(g, call.outputMask, mask);
}

}  // namespace

void addLayer(LayerCall& call) { merge(call, "AddV2", "add"); }
void subtractLayer(LayerCall& call) { merge(call, "Sub", "subtract"); }
void multiplyLayer(LayerCall& call) { merge(call, "Mul", "multiply"); }
void maximumLayer(LayerCall& call) { merge(call, "Maximum", "maximum"); }
void minimumLayer(LayerCall& call) { merge(call, "Minimum", "minimum"); }

void averageLayer(LayerCall& call) {
  merge(call, "AddV2", "average");
  if (!call.outputs.empty() && !call.inputs.empty())
    call.outputs[0] = call.graph.binary("Mul", call.outputs[0], 1.0 / static_cast<double>(call.inputs.size()));
}

void concatenateLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  if (!call.needInputs(1)) return;
  const auto axis = static_cast<int>(call.integer("axis", -1));
  call.give(g.concat(call.inputs, axis));
  // Masks go on where all inputs have one and time is not the axis.
  if (normalAxis(axis, call.inputs[0].rank()) > 1)
    for (const Value& mask : call.masks) call.outputMask = bothMasks(g, call.outputMask, mask);
}

void dotLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  if (!call.needInputs(2)) return;
  Value a = call.inputs[0], b = call.inputs[1];
  const auto axes = call.ints("axes", 2, -1);
  int axisA = normalAxis(axes[0], a.rank()), axisB = normalAxis(axes[1], b.rank());
  if (axisA < 1 || axisB < 1 || a.rank() > 3 || b.rank() > 3)
    return call.fail("Its axes " + shapeText(axes) + " do not fit inputs of shapes " + shapeText(a.shape) + " and " +
                     shapeText(b.shape) + ".");
  if (call.flag("normalize")) {
    const auto normalized = [&](const Value& x, int axis) {
      const Value sum = g.reduce("Sum", g.unary("Square", x), {axis}, true);
      return g.binary("Mul", x, g.unary("Rsqrt", g.binary("Maximum", sum, 1e-12)));
    };
    a = normalized(a, axisA);
    b = normalized(b, axisB);
  }
  const bool flatA = a.rank() == 2, flatB = b.rank() == 2;
  if (flatA) a = g.expandDims(a, 1), axisA = 2;
  if (flatB) b = g.expandDims(b, 1), axisB = 2;
  if (axisA == 1) a = g.transpose(a, {0, 2, 1});
  Value y = g.matmul(a, b, axisB == 2);
  if (flatA && flatB) y = g.squeeze(y, 1);
  else if (flatA) y = g.squeeze(y, 1);
  else if (flatB) y = g.squeeze(y, 2);
  call.give(y);
}

}  // namespace texflow
