#include <algorithm>
#include <cmath>

#include "ops/op.h"
#include "passes/known_shapes.h"
#include "passes/pass.h"

namespace texflow {
namespace {

bool isAdd(std::string_view op) { return op == "Add" || op == "AddV2"; }
bool isDivision(std::string_view op) { return op == "RealDiv" || op == "Div"; }

/// The value that all elements of a numeric constant have.
std::optional<double> uniform(const Tensor* tensor) {
  if (!tensor || tensor->size() == 0) return std::nullopt;
  if (tensor->dtype() != DType::kFloat32 && tensor->dtype() != DType::kInt32) return std::nullopt;
  const double first = tensor->number(0);
  for (std::int64_t i = 1; i < tensor->size(); ++i)
    if (tensor->number(i) != first) return std::nullopt;
  return first;
}

/// True when an elementwise op with such a constant leaves the shape of `other` as it is.
bool keepsShape(const Tensor& constant, const Shape* other) {
  const Shape& shape = constant.shape();
  if (shape.empty()) return true;
  if (!other || shape.size() > other->size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1 && shape[i] != (*other)[other->size() - shape.size() + i]) return false;
  return true;
}

class Simplifier {
 public:
  explicit Simplifier(Rewriter& graph) : graph_(graph), known_(graph.graph()) {}

  void simplify(int index) {
    const Node& node = graph_.node(index);
    if (node.inputs.size() == 2) {
      neutral(index) || power(index) || reciprocalOfRoot(index) || joinConstants(index) || negatedFactor(index) ||
          clamp(index);
    } else if (node.inputs.size() == 1) {
      unary(index);
    } else if (node.op == "ClipByValue" && node.inputs.size() == 3) {
      clip(index);
    }
  }

 private:
  bool isFloat(const Port& port) const { return known_.dtype(port) == DType::kFloat32; }
  std::optional<double> uniformInput(int index, std::size_t slot) const {
    return uniform(graph_.constant(graph_.node(index).inputs[slot]));
  }
  void pass(int index, Port source) {
    if (graph_.isFunction() && graph_.isOutput(index)) return;
    graph_.replace({index, 0}, source);
  }
  void become(int index, const char* op, std::vector<Port> inputs) {
    graph_.edit(index).op = op;
    const DType dtype = graph_.node(index).attrs.get<DType>("T", DType::kFloat32);
    graph_.edit(index).attrs = {};
    graph_.edit(index).attrs.set("T", dtype);
    graph_.setInputs(index, std::move(inputs));
  }

  /// x + 0, x - 0, x * 1, x / 1
  bool neutral(int index) {
    const Node& node = graph_.node(index);
    const bool commutes = isAdd(node.op) || node.op == "Mul";
    if (!commutes && node.op != "Sub" && !isDivision(node.op)) return false;
    const double neutral = isAdd(node.op) || node.op == "Sub" ? 0 : 1;
    for (const std::size_t slot : {1u, 0u}) {
      if (slot == 0 && !commutes) continue;
      const Port other = node.inputs[1 - slot];
      const Tensor* constant = graph_.constant(node.inputs[slot]);
      if (uniform(constant) != neutral || !keepsShape(*constant, known_.shape(other))) continue;
      pass(index, other);
      return true;
    }
    return false;
  }

  /// x^1, x^2, x^(1/2), x^(-1/2), x^(-1)
  bool power(int index) {
    const Node& node = graph_.node(index);
    if (node.op != "Pow" || !isFloat(node.inputs[0])) return false;
    const auto exponent = uniformInput(index, 1);
    const Port base = node.inputs[0];
    if (!exponent || !keepsShape(*graph_.constant(node.inputs[1]), known_.shape(base))) return false;
    if (*exponent == 1) pass(index, base);
    else if (*exponent == 2) become(index, "Square", {base});
    else if (*exponent == 0.5) become(index, "Sqrt", {base});
    else if (*exponent == -0.5) become(index, "Rsqrt", {base});
    else if (*exponent == -1) become(index, "Reciprocal", {base});
    else return false;
    return true;
  }

  /// 1 / sqrt(x)
  bool reciprocalOfRoot(int index) {
    const Node& node = graph_.node(index);
    if (!isDivision(node.op) || uniformInput(index, 0) != 1.0 || !isFloat(node.inputs[1])) return false;
    const Port divisor = node.inputs[1];
    if (!keepsShape(*graph_.constant(node.inputs[0]), known_.shape(divisor))) return false;
    const Node& root = graph_.node(divisor);
    if (root.op == "Sqrt" && root.controls.empty()) become(index, "Rsqrt", {root.inputs[0]});
    else become(index, "Reciprocal", {divisor});
    return true;
  }

  /// (x + a) + b, (x * a) * b with constants a and b
  bool joinConstants(int index) {
    const Node& node = graph_.node(index);
    const bool add = isAdd(node.op);
    if (!add && node.op != "Mul") return false;
    for (const std::size_t slot : {1u, 0u}) {
      const Tensor* outer = graph_.constant(node.inputs[slot]);
      const Port through = node.inputs[1 - slot];
      const Node& inner = graph_.node(through);
      const bool sameOp = add ? isAdd(inner.op) : inner.op == "Mul";
      if (!outer || !sameOp || graph_.onlyReader(through.node) != index || !graph_.isPure(through.node)) continue;
      for (const std::size_t innerSlot : {1u, 0u}) {
        const Tensor* constant = graph_.constant(inner.inputs[innerSlot]);
        if (!constant) continue;
        auto joined = runOnHost(node, std::vector<Tensor>{*constant, *outer});
        if (!joined.ok() || (*joined)[0].size() > std::max(constant->size(), outer->size())) continue;
        const Port x = inner.inputs[1 - innerSlot];
        const int sum = graph_.addConstant(graph_.node(index).name + "/constant", std::move((*joined)[0]));
        graph_.setInputs(index, {x, {sum, 0}});
        return true;
      }
    }
    return false;
  }

  /// -x * c, as erfc(-x * c) in gelu
  bool negatedFactor(int index) {
    const Node& node = graph_.node(index);
    if (node.op != "Mul" || !isFloat({index, 0})) return false;
    for (const std::size_t slot : {1u, 0u}) {
      const Tensor* constant = graph_.constant(node.inputs[slot]);
      const Port through = node.inputs[1 - slot];
      const Node& negative = graph_.node(through);
      if (!constant || constant->size() > 1024 || negative.op != "Neg" || !graph_.isPure(through.node)) continue;
      Tensor turned(DType::kFloat32, constant->shape());
      for (std::int64_t i = 0; i < turned.size(); ++i) turned.mutableData<float>()[i] = -constant->data<float>()[i];
      const Port x = negative.inputs[0];
      graph_.setInputs(index, {x, {graph_.addConstant(graph_.node(index).name + "/constant", std::move(turned)), 0}});
      return true;
    }
    return false;
  }

  /// max(x, 0), min(relu(x), 6)
  bool clamp(int index) {
    const Node& node = graph_.node(index);
    const bool upper = node.op == "Minimum";
    if (!upper && node.op != "Maximum") return false;
    for (const std::size_t slot : {1u, 0u}) {
      const Port x = node.inputs[1 - slot];
      const Tensor* bound = graph_.constant(node.inputs[slot]);
      if (!bound || !isFloat(x) || uniform(bound) != (upper ? 6.0 : 0.0) || !keepsShape(*bound, known_.shape(x))) continue;
      if (!upper) {
        become(index, "Relu", {x});
        return true;
      }
      const Node& relu = graph_.node(x);
      if (relu.op != "Relu" || !relu.controls.empty()) continue;
      become(index, "Relu6", {relu.inputs[0]});
      return true;
    }
    return false;
  }

  void clip(int index) {
    const Node& node = graph_.node(index);
    if (uniformInput(index, 1) != 0.0 || uniformInput(index, 2) != 6.0 || !isFloat(node.inputs[0])) return;
    become(index, "Relu6", {node.inputs[0]});
  }

  void unary(int index) {
    const Node& node = graph_.node(index);
    const Port input = node.inputs[0];
    const Node& inner = graph_.node(input);
    if (inner.inputs.size() != 1 || !inner.controls.empty()) return;
    const Port first = inner.inputs[0];
    if (node.op == "Neg" && inner.op == "Neg") pass(index, first);
    else if (node.op == "LogicalNot" && inner.op == "LogicalNot") pass(index, first);
    else if (node.op == "Relu" && (inner.op == "Relu" || inner.op == "Relu6")) pass(index, input);
    else if (node.op == "Reciprocal" && inner.op == "Sqrt") become(index, "Rsqrt", {first});
    else if (node.op == "Sqrt" && inner.op == "Square") become(index, "Abs", {first});
  }

  Rewriter& graph_;
  KnownShapes known_;
};

}  // namespace

Status simplifyArithmetic(Rewriter& graph, const ConvertOptions&) {
  Simplifier simplifier(graph);
  const int count = graph.size();
  for (int i = 0; i < count; ++i)
    if (graph.isPure(i) && !graph.isConditional(i)) simplifier.simplify(i);
  return {};
}

}  // namespace texflow
