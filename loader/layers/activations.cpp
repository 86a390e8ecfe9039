// Activations, by name and as layers.
#include <algorithm>
#include <cmath>

#include "layers/layers.h"

namespace texflow {
namespace {

Value clip(GraphBuilder& g, const Value& x, double low, double high) {
  return g.binary("Minimum", g.binary("Maximum", x, low), high);
}

/// clip(x / 6 + 1/2, 0, 1); TensorFlow.js and Keras before 3 have slope 0.2.
Value hardSigmoid(LayerCall& call, const Value& x) {
  GraphBuilder& g = call.graph;
  const double slope = call.model.kerasMajor >= 3 ? 1.0 / 6 : 0.2;
  return clip(g, g.binary("AddV2", g.binary("Mul", x, slope), 0.5), 0, 1);
}

Value gelu(GraphBuilder& g, const Value& x, bool approximate) {
  Value inner;
  if (approximate) {
    const Value cubic = g.binary("AddV2", x, g.binary("Mul", g.binary("Mul", g.binary("Mul", x, x), x), 0.044715));
    inner = g.unary("Tanh", g.binary("Mul", cubic, std::sqrt(2 / 3.14159265358979323846)));
  } else {
    inner = g.unary("Erf", g.binary("Mul", x, std::sqrt(0.5)));
  }
  return g.binary("Mul", g.binary("Mul", x, 0.5), g.binary("AddV2", inner, 1));
}

/// elu with any alpha: the op has alpha 1.
Value elu(GraphBuilder& g, const Value& x, double alpha) {
  if (alpha == 1) return g.unary("Elu", x);
  const Value negative = g.binary("Mul", g.unary("Expm1", g.binary("Minimum", x, 0)), alpha);
  return g.binary("AddV2", g.unary("Relu", x), negative);
}

Value leaky(GraphBuilder& g, const Value& x, double alpha) { return g.unary("LeakyRelu", x, {{"alpha", alpha}}); }

using ActivationFn = Value (*)(LayerCall&, const Value&);

struct NamedActivation {
  std::string_view name;
  std::string_view op;  ///< An op that does it alone, or
  ActivationFn make = nullptr;
};

const NamedActivation kActivations[] = {
    {"relu", "Relu"},
    {"relu6", "Relu6"},
    {"elu", "Elu"},
    {"selu", "Selu"},
    {"tanh", "Tanh"},
    {"sigmoid", "Sigmoid"},
    {"softplus", "Softplus"},
    {"exponential", "Exp"},
    {"exp", "Exp"},
    {"softmax", {}, [](LayerCall& c, const Value& x) { return softmaxAlong(c.graph, x, -1); }},
    {"log_softmax", {}, [](LayerCall& c, const Value& x) { return c.graph.unary("LogSoftmax", x); }},
    {"softsign",
     {},
     [](LayerCall& c, const Value& x) {
       return c.graph.binary("RealDiv", x, c.graph.binary("AddV2", c.graph.unary("Abs", x), 1));
     }},
    {"swish", {}, [](LayerCall& c, const Value& x) { return c.graph.binary("Mul", x, c.graph.unary("Sigmoid", x)); }},
    {"silu", {}, [](LayerCall& c, const Value& x) { return c.graph.binary("Mul", x, c.graph.unary("Sigmoid", x)); }},
    {"mish",
     {},
     [](LayerCall& c, const Value& x) {
       return c.graph.binary("Mul", x, c.graph.unary("Tanh", c.graph.unary("Softplus", x)));
     }},
    {"gelu", {}, [](LayerCall& c, const Value& x) { return gelu(c.graph, x, false); }},
    {"gelu_new", {}, [](LayerCall& c, const Value& x) { return gelu(c.graph, x, true); }},
    {"gelu_approximate", {}, [](LayerCall& c, const Value& x) { return gelu(c.graph, x, true); }},
    {"hard_sigmoid", {}, hardSigmoid},
    {"hard_silu",
     {},
     [](LayerCall& c, const Value& x) {
       return c.graph.binary("Mul", x,
                             c.graph.binary("Mul", c.graph.unary("Relu6", c.graph.binary("AddV2", x, 3)), 1.0 / 6));
     }},
    {"hard_swish",
     {},
     [](LayerCall& c, const Value& x) {
       return c.graph.binary("Mul", x,
                             c.graph.binary("Mul", c.graph.unary("Relu6", c.graph.binary("AddV2", x, 3)), 1.0 / 6));
     }},
    {"hard_tanh", {}, [](LayerCall& c, const Value& x) { return clip(c.graph, x, -1, 1); }},
    {"leaky_relu", {}, [](LayerCall& c, const Value& x) { return leaky(c.graph, x, 0.2); }},
    {"log_sigmoid",
     {},
     [](LayerCall& c, const Value& x) { return c.graph.unary("Neg", c.graph.unary("Softplus", c.graph.unary("Neg", x))); }},
    {"tanh_shrink", {}, [](LayerCall& c, const Value& x) { return c.graph.binary("Sub", x, c.graph.unary("Tanh", x)); }},
    {"celu", {}, [](LayerCall& c, const Value& x) { return c.graph.unary("Elu", x); }},
    {"squareplus",
     {},
     [](LayerCall& c, const Value& x) {
       return c.graph.binary(
           "Mul", c.graph.binary("AddV2", x, c.graph.unary("Sqrt", c.graph.binary("AddV2", c.graph.unary("Square", x), 4))),
           0.5);
     }},
};

}  // namespace

Value softmaxAlong(GraphBuilder& g, const Value& x, int axis) {
  const int at = normalAxis(axis, x.rank());
  if (at < 0) {
    g.fail("The softmax axis " + std::to_string(axis) + " is not one of a value of shape " + shapeText(x.shape) + ".");
    return x;
  }
  if (at == x.rank() - 1) return g.unary("Softmax", x);
  std::vector<std::int64_t> order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[static_cast<std::size_t>(at)], order.back());
  return g.transpose(g.unary("Softmax", g.transpose(x, order)), order);
}

/// Keras's ReLU: f(x) = max_value beyond it, x from threshold on, negative_slope * (x - threshold) below.
Value generalRelu(GraphBuilder& g, const Value& x, double slope, double threshold, std::optional<double> maximum) {
  if (threshold == 0 && slope == 0) {
    if (maximum && *maximum == 6) return g.unary("Relu6", x);
    const Value positive = g.unary("Relu", x);
    return maximum ? g.binary("Minimum", positive, *maximum) : positive;
  }
  if (threshold == 0 && !maximum) return leaky(g, x, slope);
  // SelectV2 rather than a product with 0 or 1: infinities stay what they are.
  const Value above = g.binary("GreaterEqual", x, threshold);
  const Value kept = maximum ? g.binary("Minimum", x, *maximum) : x;
  const Value below = slope == 0 ? g.scalar(0) : g.binary("Mul", g.binary("Sub", x, threshold), slope);
  return g.select(above, kept, below);
}

Value namedActivation(LayerCall& call, const Value& x, std::string_view name) {
  if (name.empty() || name == "linear") return x;
  for (const NamedActivation& known : kActivations)
    if (known.name == name) return known.make ? known.make(call, x) : call.graph.unary(known.op, x);
  call.fail("The activation '" + std::string(name) + "' is not known; save the model as a SavedModel and convert that.");
  return x;
}

/// Keras writes names in several ways: "relu", "hardSigmoid" (TensorFlow.js), "keras.activations>relu6".
std::string activationName(std::string_view written) {
  std::string name;
  written = written.substr(written.rfind('>') + 1);
  for (const char c : written) {
    if (c >= 'A' && c <= 'Z' && !name.empty() && name.back() != '_') name += '_';
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

Value activation(LayerCall& call, const Value& x, const Json* spec) {
  if (!spec || spec->is_null()) return x;
  if (spec->is_string()) return namedActivation(call, x, activationName(textOf(spec)));
  const Json* config = member(*spec, "config");
  const std::string className(textOf(member(*spec, "class_name")));
  if (config && config->is_string()) return namedActivation(call, x, activationName(textOf(config)));
  if (config && config->is_object() && findLayer(className)) {
    LayerCall inner = call.inner("activation", {}, className, *config);
    inner.inputs = {x};
    inner.masks = {};
    lowerLayer(inner);
    return inner.outputs.empty() ? x : inner.outputs[0];
  }
  call.fail("Its activation " + excerpt(*spec) + " is not known; save the model as a SavedModel and convert that.");
  return x;
}

void activationLayer(LayerCall& call) { call.give(call.activated(call.input())); }

void reluLayer(LayerCall& call) {
  const Json* maximum = call.find("max_value");
  call.give(generalRelu(call.graph, call.input(), call.number("negative_slope", 0), call.number("threshold", 0),
                        maximum ? realOf(*maximum) : std::nullopt));
}

void leakyReluLayer(LayerCall& call) {
  call.give(leaky(call.graph, call.input(),
                  call.find("negative_slope") ? call.number("negative_slope", 0.3) : call.number("alpha", 0.3)));
}

void eluLayer(LayerCall& call) { call.give(elu(call.graph, call.input(), call.number("alpha", 1))); }

void thresholdedReluLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = call.input();
  call.give(g.select(g.binary("Greater", x, call.number("theta", 1)), x, g.scalar(0)));
}

void preluLayer(LayerCall& call) {
  const Value x = call.input();
  Shape alpha(x.shape.size() > 1 ? x.shape.begin() + 1 : x.shape.end(), x.shape.end());
  if (const Json* axes = call.find("shared_axes"); axes && axes->is_array())
    for (const Json& axis : *axes) {
      const int at = normalAxis(integerOf(axis).value_or(-99), x.rank());
      if (at < 1) call.fail("Its shared_axes are " + excerpt(*axes) + "; an axis from 1 on is needed.");
      else alpha[static_cast<std::size_t>(at) - 1] = 1;
    }
  call.give(call.graph.node("Prelu", {x, call.weight("alpha", alpha)}, x.dtype, x.shape));
}

void softmaxLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value x = call.input();
  Value mask = call.operand(1, {"mask"}).value_or(call.masks.empty() ? Value{} : call.masks[0]);
  if (mask) x = g.binary("AddV2", x, g.binary("Mul", g.binary("Sub", g.scalar(1), g.floats(mask)), -1e9));
  const Json* axis = call.find("axis");
  if (axis && axis->is_array() && axis->size() == 1) axis = &(*axis)[0];
  if (axis && !axis->is_number_integer()) call.fail("Its axis is " + excerpt(*axis) + "; one axis is supported.");
  call.give(softmaxAlong(g, x, axis && axis->is_number_integer() ? axis->get<int>() : -1));
}

}  // namespace texflow
