// Batch, layer, group and unit normalization.
#include <algorithm>

#include "layers/layers.h"

namespace texflow {
namespace {

/// The axes of "axis": a number or a list; empty and an error where one is out of range.
std::vector<std::int64_t> readAxes(LayerCall& call, const Value& x) {
  std::vector<std::int64_t> axes;
  const Json* axis = call.find("axis");
  const Json list = !axis ? Json::array({-1}) : axis->is_array() ? *axis : Json::array({*axis});
  for (const Json& item : list) {
    const int at = normalAxis(integerOf(item).value_or(-99), x.rank());
    if (at < 0) {
      call.fail("Its axis is " + excerpt(list) + ", which an input of shape " + shapeText(x.shape) + " does not have.");
      return {};
    }
    axes.push_back(at);
  }
  std::sort(axes.begin(), axes.end());
  return axes;
}

/// A weight along some axes, shaped to broadcast against x.
Value along(GraphBuilder& g, const Value& weight, const Value& x, const std::vector<std::int64_t>& axes) {
  if (!weight || (axes.size() == 1 && axes[0] == x.rank() - 1)) return weight;
  std::vector<Dim> shape(x.shape.size(), Dim(1));
  for (const std::int64_t axis : axes) shape[static_cast<std::size_t>(axis)] = x.dim(static_cast<int>(axis));
  return g.reshape(weight, shape);
}

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta with few passes over x.
Value normalize(GraphBuilder& g, const Value& x, const Value& mean, const Value& variance, double epsilon,
                const Value& gamma, const Value& beta) {
  Value scale = g.unary("Rsqrt", g.binary("AddV2", variance, epsilon));
  if (gamma) scale = g.binary("Mul", scale, gamma);
  const Value shift = g.binary("Mul", mean, scale);
  const Value scaled = g.binary("Mul", x, scale);
  return beta ? g.binary("AddV2", scaled, g.binary("Sub", beta, shift)) : g.binary("Sub", scaled, shift);
}

Value variance(GraphBuilder& g, const Value& x, const Value& mean, const std::vector<std::int64_t>& axes) {
  return g.reduce("Mean", g.binary("SquaredDifference", x, mean), axes, true);
}

void groups(LayerCall& call, std::int64_t count) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto axes = readAxes(call, x);
  if (axes.size() != 1 || axes[0] != x.rank() - 1 || x.rank() < 3)
    return call.fail("Its axis must be the last of an input of 3 or more dimensions; its input has the shape " +
                     shapeText(x.shape) + ".");
  const std::int64_t channels = x.dim(-1);
  if (count < 0) count = channels;
  if (channels < 1 || count < 1 || channels % count != 0)
    return call.fail("Its " + std::to_string(channels) + " channels do not divide into " + std::to_string(count) +
                     " groups.");
  const Value gamma = call.weightIf(call.flag("scale", true), "gamma", {channels});
  const Value beta = call.weightIf(call.flag("center", true), "beta", {channels});
  // All positions in one axis: [batch, positions, groups, channels of a group].
  std::int64_t positions = 1;
  for (int i = 1; i + 1 < x.rank(); ++i)
    positions = positions < 0 || x.dim(i) < 0 ? -1 : std::min(positions * x.dim(i), kMaxElements);
  const Dim batch = positions < 0 ? g.dim(x, 0) : Dim(x.dim(0));
  const Value grouped = g.reshape(x, {batch, positions, count, channels / count});
  const Value mean = g.reduce("Mean", grouped, {1, 3}, true);
  const std::vector<Dim> parts{1, 1, count, channels / count};
  const Value y = normalize(g, grouped, mean, variance(g, grouped, mean, {1, 3}), call.number("epsilon", 1e-3),
                            gamma ? g.reshape(gamma, parts) : gamma, beta ? g.reshape(beta, parts) : beta);
  call.give(g.reshape(y, g.dims(x)));
}

}  // namespace

void batchNormalizationLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto axes = readAxes(call, x);
  if (axes.size() != 1) return call.fail("Its axis must be one axis.");
  const std::int64_t channels = x.dim(static_cast<int>(axes[0]));
  const double epsilon = call.number("epsilon", 1e-3);
  Value gamma = call.weightIf(call.flag("scale", true), "gamma", {channels});
  Value beta = call.weightIf(call.flag("center", true), "beta", {channels});
  const Value mean = call.weight("moving_mean", {channels});
  const Value variance = call.weight("moving_variance", {channels});
  const std::int64_t size = mean.dim(0);
  if (x.rank() == 4 && axes[0] == 3 && size > 0) {
    if (!gamma)
      gamma = g.constant(Tensor(DType::kFloat32, {size}, std::vector<float>(static_cast<std::size_t>(size), 1)), "gamma");
    if (!beta) beta = g.constant(Tensor(DType::kFloat32, {size}), "beta");
    return call.give(
        g.node("FusedBatchNormV3", {x, gamma, beta, mean, variance}, x.dtype, x.shape,
               {{"U", DType::kFloat32}, {"epsilon", epsilon}, {"is_training", false}, {"data_format", "NHWC"}}));
  }
  call.give(normalize(g, x, along(g, mean, x, axes), along(g, variance, x, axes), epsilon, along(g, gamma, x, axes),
                      along(g, beta, x, axes)));
}

void layerNormalizationLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto axes = readAxes(call, x);
  Shape sizes;
  for (const std::int64_t axis : axes) sizes.push_back(x.dim(static_cast<int>(axis)));
  const Value gamma = along(g, call.weightIf(call.flag("scale", true), "gamma", sizes), x, axes);
  const Value beta = along(g, call.weightIf(call.flag("center", true), "beta", sizes), x, axes);
  const Value mean = g.reduce("Mean", x, axes, true);
  const Value spread = variance(g, x, mean, axes);
  const double epsilon = call.number("epsilon", 1e-3);
  if (call.flag("rms_scaling")) {
    Value y = g.binary("Mul", x, g.unary("Rsqrt", g.binary("AddV2", spread, epsilon)));
    if (gamma) y = g.binary("Mul", y, gamma);
    return call.give(y);
  }
  call.give(normalize(g, x, mean, spread, epsilon, gamma, beta));
}

void rmsNormalizationLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto axes = readAxes(call, x);
  Shape sizes;
  for (const std::int64_t axis : axes) sizes.push_back(x.dim(static_cast<int>(axis)));
  const Value scale = along(g, call.weight("scale", sizes), x, axes);
  const Value mean = g.reduce("Mean", g.unary("Square", x), axes, true);
  call.give(
      g.binary("Mul", g.binary("Mul", x, g.unary("Rsqrt", g.binary("AddV2", mean, call.number("epsilon", 1e-6)))), scale));
}

void groupNormalizationLayer(LayerCall& call) { groups(call, call.integer("groups", 32)); }
void instanceNormalizationLayer(LayerCall& call) { groups(call, -1); }

void unitNormalizationLayer(LayerCall& call) {
  GraphBuilder& g = call.graph;
  const Value x = g.floats(call.input());
  const auto axes = readAxes(call, x);
  const Value sum = g.reduce("Sum", g.unary("Square", x), axes, true);
  call.give(g.binary("Mul", x, g.unary("Rsqrt", g.binary("Maximum", sum, 1e-12))));
}

}  // namespace texflow
