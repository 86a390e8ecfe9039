// Attention of products, softmax and dense layers.
#include <cmath>

#include "tfjs_parts.h"

namespace texflow {
namespace {

/// What an attention layer may be given besides its inputs, none of which other layers can do.
bool plain(Parts& p) {
  for (const char* key : {"use_gate", "causal"})
    if (p.flag(key)) return false;
  return p.isNull("sliding_window") && p.record.outputs.size() == 1;
}

PartTensor operand(Parts& p, const char* key, int position, const PartTensor& fallback) {
  const auto found = p.keywords.find(key);
  if (found != p.keywords.end()) return p.input(found->second);
  const int positional = static_cast<int>(p.record.inputs.size());
  return position < positional ? p.input(position) : fallback;
}

/// Columns of the kernel [features, heads, size] that belong to one head, times `factor`.
Tensor headOf(const Tensor& kernel, std::int64_t head, double factor) {
  const Shape& shape = kernel.shape();
  return matrix(shape[0], shape[2], [&](std::int64_t i, std::int64_t j) {
    return kernel.data<float>()[(i * shape[1] + head) * shape[2] + j] * factor;
  });
}

Tensor rowOf(const Tensor& bias, std::int64_t head, double factor) {
  Tensor made(DType::kFloat32, {bias.shape()[1]});
  for (std::int64_t j = 0; j < made.size(); ++j)
    made.mutableData<float>()[j] = static_cast<float>(bias.data<float>()[head * made.size() + j] * factor);
  return made;
}

}  // namespace

void composeMultiHeadAttention(Parts& p) {
  const std::int64_t heads = p.integer("num_heads", 1);
  const std::string why = "TensorFlow.js has no layer class 'MultiHeadAttention'";
  const Json* axes = member(p.config, "attention_axes");
  if (!plain(p)) return p.refuse(why + ", and it is called with masks or asked for its scores.");
  if (p.shape().size() != 3 || heads < 1 || heads > 256 ||
      (axes && axes->is_array() && (axes->size() != 1 || integerOf((*axes)[0]) != 1)))
    return p.refuse(why + "; for sequences it can be written otherwise.");
  const bool bias = p.flag("use_bias", true);
  const PartTensor query = operand(p, "query", 0, p.input()), value = operand(p, "value", 1, query),
                   key = operand(p, "key", 2, value);
  struct Projection {
    Tensor kernel, bias;
  };
  const auto projection = [&](const std::string& role) {
    return Projection{p.weight(role + "/kernel", 3), bias ? p.weight(role + "/bias", 2) : Tensor()};
  };
  const Projection q = projection("query"), k = projection("key"), v = projection("value");
  const Tensor out = p.weight("attention_output/kernel", 3);
  const Tensor outBias = bias ? p.weight("attention_output/bias", 1) : Tensor();
  if (!p.refusal.empty()) return;
  for (const Projection* each : {&q, &k, &v})
    if (each->kernel.shape()[1] != heads) return p.refuse(why + ", and its weights do not fit its heads.");
  const double factor = 1 / std::sqrt(static_cast<double>(q.kernel.shape()[2]));
  std::vector<PartTensor> contexts;
  for (std::int64_t head = 0; head < heads; ++head) {
    const auto project = [&](const PartTensor& x, const Projection& from, double by) {
      const Tensor row = bias ? rowOf(from.bias, head, by) : Tensor();
      return p.dense(x, headOf(from.kernel, head, by), bias ? &row : nullptr);
    };
    const PartTensor scores = p.dot(project(query, q, factor), project(key, k, 1), 2, 2);
    contexts.push_back(p.dot(p.activation(scores, "softmax"), project(value, v, 1), 2, 1));
  }
  const PartTensor all = heads == 1 ? contexts[0] : p.add("Concatenate", Json{{"axis", -1}}, contexts);
  const Shape& shape = out.shape();
  p.give(p.dense(all, out.reshaped({shape[0] * shape[1], shape[2]}), bias ? &outBias : nullptr));
}

void composeAttention(Parts& p) {
  const std::string why = "TensorFlow.js has no layer class 'Attention'";
  if (!plain(p) || p.text("score_mode", "dot") != "dot" || p.shape(0).size() != 3 || p.shape(1).size() != 3)
    return p.refuse(why + "; without masks and with products as scores it can be written otherwise.");
  PartTensor scores = p.dot(p.input(0), p.record.inputs.size() > 2 ? p.input(2) : p.input(1), 2, 2);
  if (p.flag("use_scale")) scores = p.scaled(scores, p.weight("scale", 0).number(0));
  p.give(p.dot(p.activation(scores, "softmax"), p.input(1), 2, 1));
}

}  // namespace texflow
