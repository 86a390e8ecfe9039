// Attention layers.
#include <cmath>

#include "layers/layers.h"

namespace texflow {
namespace {

/// Adds -1e9 where the mask is false, so that the softmax gives 0 there.
Value masked(GraphBuilder& g, const Value& scores, const Value& mask) {
  if (!mask) return scores;
  return g.binary("AddV2", scores, g.binary("Mul", g.binary("Sub", g.scalar(1), g.floats(mask)), -1e9));
}

/// [1, queries, keys], true where the key is not after the query.
Value causalMask(LayerCall& call, std::int64_t queries, std::int64_t keys) {
  if (queries < 0 || keys < 0 || queries * keys > kMaxElements) {
    call.fail("Its causal mask needs sequences of known length.");
    return {};
  }
  Tensor tensor(DType::kBool, {1, queries, keys});
  for (std::int64_t i = 0; i < queries; ++i)
    for (std::int64_t j = 0; j < keys; ++j) tensor.mutableData<std::uint8_t>()[i * keys + j] = j <= i;
  return call.graph.constant(std::move(tensor), "causal_mask");
}

Value maskOf(const LayerCall& call, std::size_t input) { return input < call.masks.size() ? call.masks[input] : Value{}; }

bool isTrue(const Json* value) { return value && value->is_boolean() && value->get<bool>(); }

/// x [batch, time, features] projected to [batch, heads, time, size].
Value heads(LayerCall& call, const Value& x, const char* attribute, const char* name, std::int64_t count,
            std::int64_t size) {
  GraphBuilder& g = call.graph;
  LayerCall projection = call.inner(attribute, name, "EinsumDense", call.config);
  const Value kernel = projection.weight("kernel", {x.dim(2), count, size});
  const Value bias = projection.weightIf(call.flag("use_bias", true), "bias", {count, size});
  Value y = g.matmul(x, g.reshape(kernel, {x.dim(2), count * size}));
  if (bias) y = addBias(g, y, g.reshape(bias, {count * size}));
  y = g.reshape(y, {x.dim(1) < 0 ? g.dim(x, 0) : Dim(x.dim(0)), g.dim(x, 1), count, size});
  return g.transpose(y, {0, 2, 1, 3});
}

}  // namespace

void multiHeadAttentionLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  if (!call.needInputs(1)) return;
  const Value query = call.inputs[0];
  const Value value = call.operand(1, {"value"}).value_or(call.inputs.size() > 1 ? call.inputs[1] : query);
  const Value key = call.operand(2, {"key"}).value_or(call.inputs.size() > 2 ? call.inputs[2] : value);
  const std::int64_t count = call.integer("num_heads", 1), size = call.integer("key_dim", 1);
  const std::int64_t valueSize = call.integer("value_dim", size);
  const Json* axes = call.find("attention_axes");
  if (query.rank() != 3 || value.rank() != 3 || key.rank() != 3 ||
      (axes && axes->is_array() && (axes->size() != 1 || integerOf((*axes)[0]) != 1)))
    return call.fail("It attends to inputs of shapes " + shapeText(query.shape) + " and " + shapeText(value.shape) +
                     "; inputs of 3 dimensions, along axis 1, are supported.");
  if (call.flag("use_gate") || call.find("sliding_window")) call.fail("Its use_gate and sliding_window are not supported.");

  Value q = heads(call, query, "query_dense", "query", count, size);
  const Value k = heads(call, key, "key_dense", "key", count, size);
  const Value v = heads(call, value, "value_dense", "value", count, valueSize);
  q = g.binary("Mul", q, 1 / std::sqrt(static_cast<double>(size)));
  Value scores = g.matmul(q, k, true);

  Value mask;
  if (const auto given = call.operand(3, {"attention_mask"})) mask = g.cast(*given, DType::kBool);
  if (const Value m = maskOf(call, 0)) mask = bothMasks(g, mask, g.expandDims(m, 2));
  if (const Value m = maskOf(call, 1)) mask = bothMasks(g, mask, g.expandDims(m, 1));
  if (isTrue(call.argument(99, {"use_causal_mask"}))) mask = bothMasks(g, mask, causalMask(call, query.dim(1), key.dim(1)));
  if (mask && mask.rank() == 3) mask = g.expandDims(mask, 1);
  const Value weights = g.unary("Softmax", masked(g, scores, mask));
  Value y = g.transpose(g.matmul(weights, v), {0, 2, 1, 3});
  y = g.reshape(y, {query.dim(1) < 0 ? g.dim(query, 0) : Dim(query.dim(0)), g.dim(query, 1), count * valueSize});

  LayerCall projection = call.inner("output_dense", "attention_output", "EinsumDense", call.config);
  const int index = projection.weights.find("kernel", 0);
  const std::int64_t units =
      index < 0 || projection.weights.table().weights()[static_cast<std::size_t>(index)].shape.size() != 3
          ? query.dim(2)
          : projection.weights.table().weights()[static_cast<std::size_t>(index)].shape[2];
  const Value kernel = projection.weight("kernel", {count, valueSize, units});
  const Value bias = projection.weightIf(call.flag("use_bias", true), "bias", {units});
  call.give(addBias(g, g.matmul(y, g.reshape(kernel, {count * valueSize, units})), bias));
  if (isTrue(call.argument(99, {"return_attention_scores"}))) call.outputs.push_back(weights);
  call.outputMask = maskOf(call, 0);
}

namespace {

/// Attention weights from scores [batch, queries, keys], and the values they select.
void attend(LayerCall& call, const Value& query, const Value& value, const Value& scores) {
  GraphBuilder& g = call.graph;
  Value mask;
  if (const Value m = maskOf(call, 1)) mask = g.expandDims(m, 1);
  if (call.flag("causal") || isTrue(call.argument(99, {"use_causal_mask"})))
    mask = bothMasks(g, mask, causalMask(call, query.dim(1), scores.dim(2)));
  const Value weights = g.unary("Softmax", masked(g, scores, mask));
  Value y = g.matmul(weights, value);
  if (const Value m = maskOf(call, 0)) {
    y = g.binary("Mul", y, g.floats(g.expandDims(m, -1)));
    call.outputMask = m;
  }
  call.give(y);
  if (isTrue(call.argument(99, {"return_attention_scores"}))) call.outputs.push_back(weights);
}

}  // namespace

void attentionLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  if (!call.needInputs(2)) return;
  const Value &query = call.inputs[0], &value = call.inputs[1], &key = call.inputs.size() > 2 ? call.inputs[2] : value;
  if (call.text("score_mode", "dot") != "dot")
    return call.fail("Its score_mode is '" + call.text("score_mode", "") + "'; 'dot' is supported.");
  Value scores = g.matmul(query, key, true);
  if (call.flag("use_scale")) scores = g.binary("Mul", scores, call.weight("scale", {}));
  attend(call, query, value, scores);
}

void additiveAttentionLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  if (!call.needInputs(2)) return;
  const Value &query = call.inputs[0], &value = call.inputs[1], &key = call.inputs.size() > 2 ? call.inputs[2] : value;
  Value sum = g.unary("Tanh", g.binary("AddV2", g.expandDims(query, 2), g.expandDims(key, 1)));
  if (call.flag("use_scale", true)) sum = g.binary("Mul", sum, call.weight("scale", {query.dim(-1)}));
  attend(call, query, value, g.reduce("Sum", sum, {-1}, false));
}

}  // namespace texflow
