#include "composites.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "json_writer.h"
#include "ops/op.h"
#include "passes/known_shapes.h"

namespace texflow {
namespace {

/// Nodes of the longest spelling, a LayerNormalization of Keras 2 with the arithmetic of its shapes.
constexpr std::size_t kMostNodes = 40;
constexpr std::int64_t kMostChannels = 1 << 16;
constexpr double kTolerance = 1e-4;  ///< Between spellings in float32, relative to 1 and more.

bool isPointwise(std::string_view op) {
  static const std::set<std::string_view> kOps = {"Add",     "AddV2", "Sub",    "Mul", "RealDiv",     "Div",     "Maximum",
                                                  "Minimum", "Relu",  "Relu6",  "Elu", "ClipByValue", "Sigmoid", "Tanh",
                                                  "Erf",     "Pow",   "Square", "Neg", "Rsqrt",       "Sqrt"};
  return kOps.contains(op);
}
/// Ops of normalizations, with those that find out shapes.
bool isOfNorms(std::string_view op) {
  static const std::set<std::string_view> kOps = {"Mean",  "SquaredDifference", "BiasAdd", "Reshape", "Pack",
                                                  "Shape", "StridedSlice",      "Prod"};
  return isPointwise(op) || kOps.contains(op);
}

double gelu(double x) { return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5))); }
double geluApproximate(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double hardSwish(double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }

struct Activation {
  const char* name;
  double (*value)(double);
};
constexpr Activation kActivations[] = {{"Gelu", gelu}, {"GeluApproximate", geluApproximate}, {"HardSwish", hardSwish}};

bool isNear(double a, double b) { return std::abs(a - b) <= kTolerance * std::max(1.0, std::abs(b)); }

/// The nodes from one value on that the end needs, grown towards the inputs of the graph.
class Region {
 public:
  Region(const Graph& graph, int end) : graph_(graph), frontier_{{end, 0}} {}

  /// Takes the last node of the frontier in; false where that is none that the op list has, or there are too many.
  bool grow(bool (*takes)(std::string_view)) {
    const int last = frontier_.rbegin()->node;
    const Node& node = at(last);
    if (!takes(node.op) || !node.controls.empty() || nodes_.size() == kMostNodes) return false;
    std::erase_if(frontier_, [&](const Port& port) { return port.node == last; });
    nodes_.insert(last);
    for (const Port& port : node.inputs) {
      if (at(port.node).op == "Const") constants_.insert(port);
      else frontier_.insert(port);
    }
    return !frontier_.empty();
  }
  /// The value that all nodes come from, when there is only one.
  std::optional<Port> source() const {
    return frontier_.size() == 1 && !nodes_.empty() ? std::optional(*frontier_.begin()) : std::nullopt;
  }
  const std::set<Port>& constants() const { return constants_; }
  const std::set<int>& nodes() const { return nodes_; }
  bool has(std::string_view op) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](int node) { return at(node).op == op; });
  }
  /// What the end is when the source is this; nothing where a node cannot be run on it.
  std::optional<Tensor> run(const Tensor& source) const {
    std::map<Port, Tensor> values{{*frontier_.begin(), source}};
    for (const int index : nodes_) {
      std::vector<Tensor> inputs;
      for (const Port& port : at(index).inputs)
        inputs.push_back(at(port.node).op == "Const" ? at(port.node).value : values[port]);
      auto outputs = runOnHost(at(index), inputs);
      if (!outputs.ok() || outputs->size() != 1) return std::nullopt;
      values[{index, 0}] = std::move((*outputs)[0]);
    }
    return values[{*nodes_.rbegin(), 0}];
  }
  const Node& at(int node) const { return graph_.nodes[static_cast<std::size_t>(node)]; }

 private:
  const Graph& graph_;
  std::set<Port> frontier_, constants_;
  std::set<int> nodes_;  ///< In topological order.
};

const char* activationOf(const Region& region) {
  for (const Port& port : region.constants())
    if (region.at(port.node).value.size() != 1) return nullptr;
  std::vector<float> probes;
  for (int i = -64; i <= 64; ++i) probes.push_back(static_cast<float>(i) / 8);
  const auto got = region.run(Tensor(DType::kFloat32, {static_cast<std::int64_t>(probes.size())}, probes));
  if (!got || got->dtype() != DType::kFloat32 || got->size() != static_cast<std::int64_t>(probes.size())) return nullptr;
  for (const Activation& activation : kActivations) {
    bool same = true;
    for (std::size_t i = 0; i < probes.size() && same; ++i)
      same = isNear(got->data<float>()[i], activation.value(static_cast<double>(probes[i])));
    if (same) return activation.name;
  }
  return nullptr;
}

/// The region as a normalization of the last axis of values of this rank; its parameters are among its constants.
std::optional<Composite> layerNormOf(const Region& region, std::size_t rank) {
  std::vector<Port> vectors;
  std::vector<double> epsilons;
  for (const Port& port : region.constants()) {
    const Tensor& tensor = region.at(port.node).value;
    if (tensor.dtype() != DType::kFloat32) continue;
    if (tensor.size() > 1) vectors.push_back(port);
    else if (tensor.size() == 1 && tensor.number(0) > 0 && tensor.number(0) < 0.1) epsilons.push_back(tensor.number(0));
  }
  const std::int64_t channels = vectors.empty() ? 8 : region.at(vectors[0].node).value.size();
  for (const Port& port : vectors)
    if (region.at(port.node).value.size() != channels || channels > kMostChannels) return std::nullopt;
  vectors.push_back({-1, 0});
  constexpr std::int64_t kRows = 3;
  Shape shape(rank, 1);
  shape[0] = kRows;
  shape.back() = channels;
  Tensor probe(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < probe.size(); ++i)
    probe.mutableData<float>()[i] =
        static_cast<float>(std::sin(static_cast<double>(i * i % 1009)) + static_cast<double>(i / channels));
  const auto got = region.run(probe);
  if (!got || got->dtype() != DType::kFloat32 || got->shape() != shape) return std::nullopt;

  const auto computes = [&](const Composite& guess) {
    const auto parameter = [&](const Port& port, double absent, std::int64_t c) {
      return port.node < 0 ? absent : region.at(port.node).value.number(c);
    };
    for (std::int64_t row = 0; row < kRows; ++row) {
      double mean = 0, variance = 0;
      const auto x = [&](std::int64_t c) { return probe.number(row * channels + c); };
      for (std::int64_t c = 0; c < channels; ++c) mean += x(c) / static_cast<double>(channels);
      for (std::int64_t c = 0; c < channels; ++c) variance += std::pow(x(c) - mean, 2) / static_cast<double>(channels);
      for (std::int64_t c = 0; c < channels; ++c) {
        const double normal = (x(c) - mean) / std::sqrt(variance + guess.epsilon);
        const double want = normal * parameter(guess.gamma, 1, c) + parameter(guess.beta, 0, c);
        if (!isNear(got->number(row * channels + c), want)) return false;
      }
    }
    return true;
  };
  for (const double epsilon : epsilons)
    for (const Port& gamma : vectors)
      for (const Port& beta : vectors)
        if (const Composite guess{"LayerNormalization", {}, {}, {}, gamma, beta, epsilon}; computes(guess)) return guess;
  return std::nullopt;
}

Composite compositeOf(const Region& region, Composite composite, int end) {
  composite.input = *region.source();
  composite.output = {end, 0};
  composite.nodes.assign(region.nodes().begin(), region.nodes().end());
  return composite;
}

std::optional<Composite> activationEndingAt(const Graph& graph, int end) {
  Region region(graph, end);
  while (region.grow(isPointwise)) {
    if (!region.source()) continue;
    if (const char* name = activationOf(region)) {
      Composite found;
      found.function = name;
      return compositeOf(region, std::move(found), end);
    }
  }
  return std::nullopt;
}

std::optional<Composite> layerNormEndingAt(const Graph& graph, int end, std::optional<KnownShapes>& known) {
  Region region(graph, end);
  while (region.grow(isOfNorms)) {
    if (!region.source() || !region.has("Mean")) continue;
    if (!known) known.emplace(graph);
    const Shape* shape = known->shape(*region.source());
    if (!shape || shape->size() < 2) continue;
    if (const auto found = layerNormOf(region, shape->size())) return compositeOf(region, *found, end);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Composite> findComposites(const Graph& graph) {
  std::vector<Composite> found;
  std::optional<KnownShapes> known;  // Most graphs have no norms that ask for it.
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& op = graph.nodes[i].op;
    const int end = static_cast<int>(i);
    std::optional<Composite> composite;
    if (op == "Mul" || op == "RealDiv") composite = activationEndingAt(graph, end);
    if (!composite && (op == "AddV2" || op == "Add" || op == "Sub" || op == "Mul" || op == "BiasAdd" || op == "Reshape"))
      composite = layerNormEndingAt(graph, end, known);
    if (!composite) continue;
    // A norm with a shift takes the place of the one without that it begins with.
    std::erase_if(found, [&](const Composite& other) {
      return std::binary_search(composite->nodes.begin(), composite->nodes.end(), other.output.node);
    });
    found.push_back(std::move(*composite));
  }
  return found;
}

void writeComposites(const std::vector<Composite>& composites, const Graph& graph, JsonWriter& json) {
  const auto name = [&](const Port& port) {
    const std::string& node = graph.nodes[static_cast<std::size_t>(port.node)].name;
    return port.slot == 0 ? node : node + ":" + std::to_string(port.slot);
  };
  json.open('[');
  for (const Composite& composite : composites) {
    json.open('{').key("function").text(composite.function).key("input").text(name(composite.input));
    json.key("output").text(name(composite.output));
    if (composite.gamma.node >= 0) json.key("gamma").text(name(composite.gamma));
    if (composite.beta.node >= 0) json.key("beta").text(name(composite.beta));
    if (composite.epsilon > 0) json.key("epsilon").real(composite.epsilon);
    json.close('}');
  }
  json.close(']');
}

}  // namespace texflow
