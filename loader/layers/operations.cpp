// Functions called on symbolic values: Keras 3 operations (class "Matmul"), and TensorFlow functions in Keras 2
// (TFOpLambda "math.reduce_mean", SlicingOpLambda). One table serves both, by the function's name in snake case.
#include <algorithm>
#include <functional>

#include "layers/layers.h"

namespace texflow {
namespace {

Value first(LayerCall& call) {
  if (const auto x = call.operand(0, {"x", "x1", "a", "input", "inputs", "images", "tensor", "input_tensor", "features",
                                      "logits", "values", "xs", "arrays", "tensors"}))
    return *x;
  return call.input();
}

std::optional<Value> second(LayerCall& call) { return call.operand(1, {"y", "x2", "b"}); }

void binaryOperation(LayerCall& call, std::string_view op) {
  const auto other = second(call);
  if (!other) return call.fail("Its second operand cannot be read.");
  Value a = first(call), b = *other;
  if (op == "RealDiv") a = call.graph.floats(a), b = call.graph.floats(b);
  call.give(call.graph.binary(op, a, b));
}

bool flagArgument(LayerCall& call, std::size_t position, std::initializer_list<const char*> names) {
  const Json* json = call.argument(position, names);
  return json && json->is_boolean() && json->get<bool>();
}

/// Integers of an argument that is a number or a list of numbers; nothing where it is absent.
std::optional<std::vector<std::int64_t>> intsArgument(LayerCall& call, std::size_t position,
                                                      std::initializer_list<const char*> names) {
  const Json* json = call.argument(position, names);
  if (!json) return std::nullopt;
  std::vector<std::int64_t> numbers;
  const Json list = json->is_array() ? *json : Json::array({*json});
  for (const Json& item : list) {
    const auto number = integerOf(item);
    if (!number || *number < -kMaxElements || *number > kMaxElements) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

void reduction(LayerCall& call, std::string_view op) {
  const Value x = first(call);
  std::vector<std::int64_t> axes;
  if (call.argument(1, {"axis", "axes"})) {
    const auto given = intsArgument(call, 1, {"axis", "axes"});
    if (!given) return call.fail("Its axis cannot be read.");
    axes = *given;
  } else {
    for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
  }
  call.give(call.graph.reduce(op, op == "Mean" ? call.graph.floats(x) : x, axes,
                              flagArgument(call, 2, {"keepdims", "keep_dims"})));
}

/// The values of a list argument.
std::vector<Value> listArgument(LayerCall& call) {
  std::vector<Value> values;
  const Json* list = call.argument(0, {"xs", "x", "values", "arrays", "tensors"});
  if (!list || !list->is_array()) return call.inputs;
  for (const Json& item : *list)
    if (const auto value = call.valueOf(item)) values.push_back(*value);
  return values;
}

void reshapeOperation(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = first(call);
  const Json* target = call.argument(1, {"newshape", "shape", "target_shape"});
  if (!target || !target->is_array()) return call.fail("Its shape cannot be read.");
  std::vector<Dim> shape;
  for (const Json& item : *target) {
    const auto number = integerOf(item);
    shape.emplace_back(number ? std::clamp<std::int64_t>(*number, -1, kMaxElements) : -1);
    if (number || item.is_null()) continue;
    // A size that was computed: any one such size follows from the others.
    const auto value = call.valueOf(item);
    if (!value) return call.fail("Its shape " + excerpt(*target) + " cannot be read.");
  }
  call.give(g.reshape(x, shape));
}

void transposeOperation(LayerCall& call) {
  const Value x = first(call);
  auto order = intsArgument(call, 1, {"axes", "perm"});
  if (!order) {
    order.emplace();
    for (int i = x.rank(); i-- > 0;) order->push_back(i);
  }
  for (std::int64_t& axis : *order) axis = normalAxis(axis, x.rank());
  call.give(call.graph.transpose(x, *order));
}

int axisArgument(LayerCall& call, std::size_t position, int fallback) {
  const auto axis = intsArgument(call, position, {"axis", "dim"});
  return axis && axis->size() == 1 ? static_cast<int>((*axis)[0]) : fallback;
}

void castOperation(LayerCall& call) {
  const Json* to = call.argument(1, {"dtype"});
  const std::string_view name = textOf(to);
  const DType dtype = name.starts_with("bool")                              ? DType::kBool
                      : name.starts_with("int") || name.starts_with("uint") ? DType::kInt32
                                                                            : DType::kFloat32;
  call.give(call.graph.cast(first(call), dtype));
}

void clipOperation(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const auto low = call.operand(1, {"x_min", "clip_value_min", "min_value"}),
             high = call.operand(2, {"x_max", "clip_value_max", "max_value"});
  if (!low || !high) return call.fail("Its limits cannot be read.");
  call.give(g.binary("Minimum", g.binary("Maximum", first(call), *low), *high));
}

void powerOperation(LayerCall& call) {
  const auto exponent = second(call);
  if (!exponent) return call.fail("Its exponent cannot be read.");
  call.give(call.graph.binary("Pow", first(call), *exponent));
}

void matmulOperation(LayerCall& call) {
  GraphBuilder& g = call.graph;
  Value a = first(call);
  auto other = call.operand(1, {"x2", "b"});
  if (!other) return call.fail("Its second operand cannot be read.");
  if (flagArgument(call, 2, {"transpose_a"})) {
    std::vector<std::int64_t> order;
    for (int i = 0; i < a.rank(); ++i) order.push_back(i);
    if (order.size() > 1) std::swap(order[order.size() - 1], order[order.size() - 2]);
    a = g.transpose(a, order);
  }
  call.give(g.matmul(a, *other, flagArgument(call, 3, {"transpose_b"})));
}

void depthToSpaceOperation(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = first(call);
  const auto block = intsArgument(call, 1, {"block_size"});
  if (!block || block->size() != 1 || (*block)[0] < 1 || (*block)[0] > 1024 || x.rank() != 4)
    return call.fail("Its block size or its input of shape " + shapeText(x.shape) + " is not possible.");
  const std::int64_t size = (*block)[0];
  const auto grown = [&](int axis) { return x.dim(axis) < 0 ? -1 : x.dim(axis) * size; };
  call.give(g.node("DepthToSpace", {x}, x.dtype, {x.dim(0), grown(1), grown(2), x.dim(3) / (size * size)},
                   {{"block_size", size}, {"data_format", "NHWC"}}));
}

void padOperation(LayerCall& call) {
  const Value x = first(call);
  const Json* widths = call.argument(1, {"pad_width", "paddings"});
  std::vector<std::pair<std::int64_t, std::int64_t>> amounts;
  if (widths && widths->is_array())
    for (const Json& pair : *widths)
      if (pair.is_array() && pair.size() == 2)
        amounts.emplace_back(integerOf(pair[0]).value_or(-1), integerOf(pair[1]).value_or(-1));
  const Json* mode = call.argument(99, {"mode"});
  if (mode && activationName(textOf(mode)) != "constant")
    return call.fail("Its mode is " + excerpt(*mode) + "; 'constant' is supported.");
  call.give(call.graph.pad(x, amounts));
}

void softmaxOperation(LayerCall& call) { call.give(softmaxAlong(call.graph, first(call), axisArgument(call, 1, -1))); }

void getItem(LayerCall& call) { takeItem(call, first(call)); }

void resizeOperation(LayerCall& call) {
  const Value x = call.graph.floats(first(call));
  const auto size = intsArgument(call, 1, {"size"});
  const Json* method = call.argument(2, {"interpolation", "method"});
  if (!size || size->size() != 2 || x.rank() != 4 || (*size)[0] < 1 || (*size)[1] < 1)
    return call.fail("Its size cannot be read.");
  call.give(resizeImage(call, x, (*size)[0], (*size)[1],
                        method && method->is_string() ? std::string(textOf(method)) : "bilinear"));
}

struct Operation {
  std::string_view name, op;  ///< What is computed: an op by the way of `kind`, or
  void (*lower)(LayerCall&) = nullptr;
};

constexpr Operation kBinary[] = {
    {"add", "AddV2"},
    {"subtract", "Sub"},
    {"sub", "Sub"},
    {"multiply", "Mul"},
    {"mul", "Mul"},
    {"divide", "RealDiv"},
    {"truediv", "RealDiv"},
    {"true_divide", "RealDiv"},
    {"maximum", "Maximum"},
    {"minimum", "Minimum"},
    {"floor_divide", "FloorDiv"},
    {"floordiv", "FloorDiv"},
    {"mod", "FloorMod"},
    {"squared_difference", "SquaredDifference"},
    {"equal", "Equal"},
    {"not_equal", "NotEqual"},
    {"greater", "Greater"},
    {"greater_equal", "GreaterEqual"},
    {"less", "Less"},
    {"less_equal", "LessEqual"},
    {"logical_and", "LogicalAnd"},
    {"logical_or", "LogicalOr"},
};

constexpr Operation kUnary[] = {
    {"negative", "Neg"},
    {"neg", "Neg"},
    {"absolute", "Abs"},
    {"abs", "Abs"},
    {"exp", "Exp"},
    {"expm1", "Expm1"},
    {"log", "Log"},
    {"log1p", "Log1p"},
    {"sqrt", "Sqrt"},
    {"rsqrt", "Rsqrt"},
    {"square", "Square"},
    {"sin", "Sin"},
    {"cos", "Cos"},
    {"floor", "Floor"},
    {"ceil", "Ceil"},
    {"round", "Round"},
    {"sign", "Sign"},
    {"erf", "Erf"},
    {"logical_not", "LogicalNot"},
    {"identity", "Identity"},
    {"stop_gradient", "Identity"},
};

constexpr Operation kReductions[] = {
    {"mean", "Mean"}, {"reduce_mean", "Mean"}, {"sum", "Sum"},        {"reduce_sum", "Sum"},
    {"max", "Max"},   {"amax", "Max"},         {"reduce_max", "Max"}, {"min", "Min"},
    {"amin", "Min"},  {"reduce_min", "Min"},   {"prod", "Prod"},      {"reduce_prod", "Prod"},
};

constexpr Operation kOthers[] = {
    {"power", {}, powerOperation},
    {"pow", {}, powerOperation},
    {"matmul", {}, matmulOperation},
    {"softmax", {}, softmaxOperation},
    {"reshape", {}, reshapeOperation},
    {"transpose", {}, transposeOperation},
    {"cast", {}, castOperation},
    {"clip", {}, clipOperation},
    {"clip_by_value", {}, clipOperation},
    {"depth_to_space", {}, depthToSpaceOperation},
    {"pad", {}, padOperation},
    {"get_item", {}, getItem},
    {"getitem", {}, getItem},
    {"resize", {}, resizeOperation},
    {"expand_dims", {}, [](LayerCall& c) { c.give(c.graph.expandDims(first(c), axisArgument(c, 1, -1))); }},
    {"squeeze", {}, [](LayerCall& c) { c.give(c.graph.squeeze(first(c), axisArgument(c, 1, -1))); }},
    {"concatenate", {}, [](LayerCall& c) { c.give(c.graph.concat(listArgument(c), axisArgument(c, 1, -1))); }},
    {"concat", {}, [](LayerCall& c) { c.give(c.graph.concat(listArgument(c), axisArgument(c, 1, -1))); }},
    {"stack", {}, [](LayerCall& c) { c.give(c.graph.stack(listArgument(c), axisArgument(c, 1, 0))); }},
};

constexpr std::string_view kActivationFunctions[] = {
    "relu",  "relu6", "elu",  "selu",         "tanh",      "sigmoid",   "softplus",    "softsign",    "silu",
    "swish", "gelu",  "mish", "hard_sigmoid", "hard_silu", "hard_tanh", "log_softmax", "log_sigmoid", "leaky_relu"};

bool holds(std::span<const Operation> operations, std::string_view name) {
  return std::any_of(operations.begin(), operations.end(), [&](const Operation& known) { return known.name == name; });
}

}  // namespace

bool isOperation(std::string_view function) {
  const std::string name = activationName(function.substr(function.rfind('.') + 1));
  return holds(kOthers, name) || holds(kBinary, name) || holds(kReductions, name) || holds(kUnary, name) ||
         std::find(std::begin(kActivationFunctions), std::end(kActivationFunctions), name) != std::end(kActivationFunctions);
}

bool lowerOperation(LayerCall& call, std::string_view function) {
  const std::string name = activationName(function.substr(function.rfind('.') + 1));
  for (const Operation& known : kOthers)
    if (known.name == name) return known.lower(call), true;
  for (const Operation& known : kBinary)
    if (known.name == name) return binaryOperation(call, known.op), true;
  for (const Operation& known : kReductions)
    if (known.name == name) return reduction(call, known.op), true;
  for (const Operation& known : kUnary)
    if (known.name == name) return call.give(call.graph.unary(known.op, first(call))), true;
  // Activations are functions, too.
  for (const std::string_view activation : kActivationFunctions) {
    if (name != activation) continue;
    const bool approximate = name == "gelu" && flagArgument(call, 1, {"approximate"});
    return call.give(namedActivation(call, first(call), approximate ? "gelu_approximate" : name)), true;
  }
  return false;
}

void tensorFlowFunctionLayer(LayerCall& call) {
  const std::string function = call.text("function", "");
  if (!lowerOperation(call, function))
    call.fail("The TensorFlow function '" + function + "' is not known; save the model as a SavedModel and convert that.");
}

}  // namespace texflow
