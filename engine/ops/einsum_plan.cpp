#include "ops/einsum_plan.h"

#include <algorithm>
#include <map>

#include "ops/operands.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// A label of the equation; those of an ellipsis are negative, the innermost is -1.
using Label = int;
using Labels = std::vector<Label>;

struct Equation {
  std::vector<Labels> operands;  ///< The label of every dimension.
  Labels output;
  std::map<Label, std::int64_t> sizes;
};

Result<Labels> labelsOf(const std::string& text, std::size_t ellipsisRank) {
  Labels labels;
  bool ellipsis = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (text.compare(i, 3, "...") == 0 && !ellipsis) {
      ellipsis = true;
      for (std::size_t k = ellipsisRank; k > 0; --k) labels.push_back(-static_cast<Label>(k));
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      return Status::invalid("The character '" + std::string(1, c) + "' has no meaning in the subscripts '" + text + "'.");
    }
  }
  return labels;
}

std::size_t plainLabels(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c != ' ' && c != '.'; }));
}

bool has(const Labels& labels, Label label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

Result<Equation> equationOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1, 2));
  const auto text = node.attrs.get<std::string>("equation", "");
  const std::size_t arrow = text.find("->");
  if (arrow == std::string::npos) return Status::invalid("The equation '" + text + "' has no '->'.");
  std::vector<std::string> parts{""};
  for (char c : text.substr(0, arrow)) {
    if (c == ',') parts.emplace_back();
    else parts.back() += c;
  }
  if (parts.size() != inputs.size())
    return Status::invalid("The equation '" + text + "' is for " + std::to_string(parts.size()) +
                           " operands; the node has " + std::to_string(inputs.size()) + ".");
  Equation equation;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t rank = inputs[i].shape.size(), plain = plainLabels(parts[i]);
    const bool ellipsis = parts[i].find("...") != std::string::npos;
    if (inputs[i].dtype != inputs[0].dtype) return Status::invalid("The operands differ in dtype.");
    if (plain > rank || (plain < rank && !ellipsis))
      return Status::invalid("The subscripts '" + parts[i] + "' do not fit an operand of shape " +
                             shapeText(inputs[i].shape) + ".");
    if (ellipsis) widest = std::max(widest, rank - plain);
    TEXFLOW_ASSIGN(Labels labels, labelsOf(parts[i], rank - plain));
    for (std::size_t d = 0; d < rank; ++d) {
      const auto [known, isNew] = equation.sizes.emplace(labels[d], inputs[i].shape[d]);
      if (isNew || known->second == inputs[i].shape[d]) continue;
      if (labels[d] < 0 && known->second == 1) known->second = inputs[i].shape[d];
      else if (labels[d] >= 0 || inputs[i].shape[d] != 1)
        return Status::invalid("The equation '" + text + "' has dimensions of " + std::to_string(known->second) + " and " +
                               std::to_string(inputs[i].shape[d]) + " under one label.");
    }
    equation.operands.push_back(std::move(labels));
  }
  const std::string right = text.substr(arrow + 2);
  TEXFLOW_ASSIGN(equation.output, labelsOf(right, right.find("...") != std::string::npos ? widest : 0));
  for (std::size_t i = 0; i < equation.output.size(); ++i) {
    const Label label = equation.output[i];
    if (!equation.sizes.count(label) || std::count(equation.output.begin(), equation.output.end(), label) > 1)
      return Status::invalid("The output subscripts of the equation '" + text + "' repeat a label or have a new one.");
  }
  return equation;
}

/// One operand as a matrix product takes it: labels in both operands and the output (batch), in this one and the output
/// (free), in both operands only (contracted). Labels that no one else has are in `summed`.
struct Roles {
  Labels batch, free, contracted, summed;
};

/// The labels of one operand without repetitions and without the broadcast ones of an ellipsis, and how they move.
struct Operand {
  Labels labels;
  Ints sizes, strides;
};

Operand operandOf(const Equation& equation, std::size_t index, const Shape& shape) {
  Operand operand;
  const Ints strides = rowMajorStrides(shape);
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const Label label = equation.operands[index][d];
    if (shape[d] == 1 && equation.sizes.at(label) != 1) continue;
    const auto found = std::find(operand.labels.begin(), operand.labels.end(), label);
    if (found != operand.labels.end()) {
      operand.strides[static_cast<std::size_t>(found - operand.labels.begin())] += strides[d];  // A diagonal.
      continue;
    }
    operand.labels.push_back(label);
    operand.sizes.push_back(shape[d]);
    operand.strides.push_back(strides[d]);
  }
  return operand;
}

Roles rolesOf(const Operand& operand, const Operand* other, const Labels& output) {
  Roles roles;
  for (const Label label : operand.labels) {
    const bool shared = other && has(other->labels, label), kept = has(output, label);
    (kept ? (shared ? roles.batch : roles.free) : (shared ? roles.contracted : roles.summed)).push_back(label);
  }
  return roles;
}

/// The move that brings the labels of an operand into the order of `groups`, one output dimension a group.
Move permutation(const Operand& operand, const std::vector<Labels>& groups) {
  Move move;
  for (const Labels& group : groups) {
    std::int64_t size = 1;
    for (const Label label : group) {
      const auto at =
          static_cast<std::size_t>(std::find(operand.labels.begin(), operand.labels.end(), label) - operand.labels.begin());
      size *= operand.sizes[at];
      move.dims.push_back({operand.sizes[at], operand.sizes[at], operand.strides[at], 0, 1, MoveDim::kNone});
    }
    move.shape.push_back(size);
  }
  return move;
}

EinsumPlan planOf(const Equation& equation, std::span<const TensorInfo> inputs) {
  EinsumPlan plan;
  const Operand a = operandOf(equation, 0, inputs[0].shape);
  const Operand b = inputs.size() > 1 ? operandOf(equation, 1, inputs[1].shape) : Operand{};
  const Roles left = rolesOf(a, &b, equation.output), right = rolesOf(b, &a, equation.output);
  plan.gathers.push_back(permutation(a, {left.batch, left.free, left.contracted, left.summed}));
  plan.batch = plan.gathers[0].shape[0];
  plan.m = plan.gathers[0].shape[1];
  plan.k = plan.gathers[0].shape[2];
  plan.summed.push_back(plan.gathers[0].shape[3]);
  if (!left.free.empty()) plan.lastFree = equation.sizes.at(left.free.back());
  if (inputs.size() > 1) {
    plan.gathers.push_back(permutation(b, {left.batch, left.contracted, right.free, right.summed}));
    plan.n = plan.gathers[1].shape[2];
    plan.summed.push_back(plan.gathers[1].shape[3]);
  }
  Operand product;
  for (const Labels* group : {&left.batch, &left.free, &right.free})
    for (const Label label : *group) {
      product.labels.push_back(label);
      product.sizes.push_back(equation.sizes.at(label));
    }
  product.strides = rowMajorStrides(product.sizes);
  std::vector<Labels> groups;
  for (const Label label : equation.output) groups.push_back({label});
  // A label of an ellipsis that is 1 everywhere it is kept belongs to no operand's product dimensions.
  plan.result = permutation(product, groups);
  return plan;
}

}  // namespace

Result<EinsumPlan> einsumPlanOf(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const Equation equation, equationOf(node, inputs));
  return planOf(equation, inputs);
}

}  // namespace texflow
