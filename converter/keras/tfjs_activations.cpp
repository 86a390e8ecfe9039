// Activations and elementwise layers of other ones.
#include <cmath>

#include "layers/layers.h"
#include "tfjs_parts.h"

namespace texflow {
namespace {

/// clip((x + 3) / 6, 0, 1)
PartTensor hardSigmoid(Parts& p, const PartTensor& x) { return p.scaled(p.activation(p.scaled(x, 1, 3), "relu6"), 1.0 / 6); }

/// TensorFlow.js has e^x only for x <= 0, as elu(x) + 1. The rest is the 128th power of e^(x / 128), which is below 2 up to
/// the largest float: e^y = e^c * (elu(y - c) + 1) for y <= c.
PartTensor exponential(Parts& p, const PartTensor& x) {
  constexpr double kMost = 0.6953125;
  const PartTensor below = p.scaled(p.activation(p.scaled(p.relu(p.scaled(x, -1)), -1), "elu"), 1, 1);
  const PartTensor small = p.scaled(p.relu(x, 89), 1.0 / 128, -kMost);
  PartTensor above = p.scaled(p.activation(small, "elu"), std::exp(kMost), std::exp(kMost));
  for (int i = 0; i < 7; ++i) above = p.product(above, above);
  return p.product(below, above);
}

}  // namespace

std::string plainActivation(const Json* value) {
  if (!value) return {};
  if (value->is_object())
    if (const Json* inner = member(*value, "config"); inner && inner->is_string()) value = inner;
  if (!value->is_string()) return {};
  const std::string plain = activationName(textOf(value));
  return plain == "silu" ? "swish" : plain;
}

bool hasTfjsActivation(std::string_view name, int kerasMajor) {
  for (const char* known : {"elu", "selu", "relu", "relu6", "linear", "sigmoid", "softplus", "softsign", "tanh", "softmax",
                            "log_softmax", "gelu", "gelu_new", "mish", "swish"})
    if (name == known) return true;
  return name == "hard_sigmoid" && kerasMajor < 3;
}

PartTensor composeActivation(Parts& p, const PartTensor& x, std::string_view name) {
  if (hasTfjsActivation(name, p.kerasMajor)) return p.activation(x, std::string(name).c_str());
  if (name == "exponential" || name == "exp") return exponential(p, x);
  if (name == "hard_sigmoid") return hardSigmoid(p, x);
  if (name == "hard_silu" || name == "hard_swish") return p.product(x, hardSigmoid(p, x));
  if (name == "leaky_relu") return p.add("LeakyReLU", Json{{"alpha", 0.2}}, {x});
  if (name == "celu") return p.activation(x, "elu");
  if (name == "log_sigmoid") return p.scaled(p.activation(p.scaled(x, -1), "softplus"), -1);
  if (name == "tanh_shrink") return p.sum(x, p.scaled(p.activation(x, "tanh"), -1));
  if (name == "hard_tanh") return p.scaled(p.relu(p.scaled(x, 1, 1), 2), 1, -1);
  p.refuse("TensorFlow.js has no activation '" + std::string(name) + "'.");
  return x;
}

void composeActivatedLayer(Parts& p) {
  const std::string name = plainActivation(member(p.config, "activation"));
  if (p.className == "Activation") return p.give(composeActivation(p, p.input(), name));
  Json plain = p.config;
  plain["activation"] = "linear";
  const PartTensor x = p.add(p.className.c_str(), std::move(plain), {p.input()});
  p.parts.back().keepsWeights = true;
  p.give(composeActivation(p, x, name));
}

/// max_value from there on, x above the threshold, negative_slope * (x - threshold) below.
void composeRelu(Parts& p) {
  const double slope = p.number("negative_slope", 0), threshold = p.number("threshold", 0);
  PartTensor y = p.input();
  if (threshold != 0) y = p.add("ThresholdedReLU", Json{{"theta", threshold}}, {y});
  if (!p.isNull("max_value")) {
    const PartTensor most = p.relu(y, p.number("max_value", 0));
    // With a threshold below zero there are values below zero to keep.
    y = threshold < 0 ? p.sum(most, p.scaled(p.relu(p.scaled(y, -1)), -1)) : most;
  } else if (threshold == 0) {
    y = p.relu(y);
  }
  if (slope != 0) y = p.sum(y, p.scaled(p.relu(p.scaled(p.input(), -1, threshold)), -slope));
  p.give(y);
}

void composeElu(Parts& p) {
  const PartTensor x = p.input();
  const PartTensor below = p.activation(p.scaled(p.relu(p.scaled(x, -1)), -1), "elu");
  p.give(p.sum(p.relu(x), p.scaled(below, p.number("alpha", 1))));
}

void composeSoftmax(Parts& p) {
  const int rank = static_cast<int>(p.shape().size());
  const Json* axis = member(p.config, "axis");
  const int at = axis && axis->is_number_integer() ? normalAxis(axis->get<std::int64_t>(), rank) : -1;
  if (at < 1) return p.refuse("TensorFlow.js has softmax along the last axis only.");
  if (at == rank - 1) return p.give(p.activation(p.input(), "softmax"));
  std::vector<int> order;
  for (int i = 1; i < rank; ++i) order.push_back(i);
  std::swap(order[static_cast<std::size_t>(at) - 1], order.back());
  p.give(p.permute(p.activation(p.permute(p.input(), order), "softmax"), order));
}

void composeSubtract(Parts& p) { p.give(p.sum(p.input(0), p.scaled(p.input(1), -1))); }

/// The number of boundaries that do not exceed x. x - b has the right sign however small it is, and 1e38 times that is
/// beyond 1 in size.
void composeDiscretization(Parts& p) {
  const Json* boundaries = member(p.config, "bin_boundaries");
  if (p.text("output_mode", "int") != "int" || !boundaries || !boundaries->is_array() || boundaries->empty() ||
      p.shape().size() != 2 || p.dim(1) < 0)
    return p.refuse("TensorFlow.js has no layer class 'Discretization'.");
  p.exact = true;
  const auto count = static_cast<std::int64_t>(boundaries->size());
  std::vector<double> negative;
  for (const Json& value : *boundaries) negative.push_back(-realOf(value).value_or(0));
  const Tensor bias = vectorOf(negative), all = vectorOf({static_cast<double>(count)});
  const PartTensor column = p.reshape(p.input(), {p.dim(1), 1});
  const PartTensor apart = p.dense(column, matrix(1, count, [](auto, auto) { return 1; }), &bias);
  const PartTensor beyond = p.relu(p.scaled(apart, -1e38), 1);
  p.give(p.reshape(p.dense(beyond, matrix(count, 1, [](auto, auto) { return -1; }), &all), {p.dim(1)}));
}

/// TensorFlow.js's layer changes the shape of its input, which must not be the model's.
void composeCategoryEncoding(Parts& p) {
  if (p.shape().size() != 2 || p.record.inputs.size() != 1)
    return p.refuse("TensorFlow.js encodes one list of categories only.");
  p.give(p.add("CategoryEncoding", p.config, {p.reshape(p.input(), {p.dim(1)})}));
}

}  // namespace texflow
