// Einsum of one or two operands. Both backends do the same: labels that only one operand has are summed away, what is left
// becomes a batch of matrix products, and its result is put in the order of the output.
#include <algorithm>
#include <map>

#include "ops/array.h"
#include "ops/conv_lowering.h"
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

/// What both backends do, in order.
struct EinsumPlan {
  std::vector<Move>
      gathers;  ///< Operand → [batch, free, contracted, summed] ([.., contracted, free, summed] for the second).
  std::vector<std::int64_t> summed;  ///< Elements of the last dimension of each, which is summed away.
  std::int64_t batch = 1, m = 1, k = 1, n = 1;
  Move result;  ///< [batch, m, n] → output.
};

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

template <class T>
std::vector<T> gathered(const Move& move, const Tensor& tensor) {
  const Tensor moved = applyMove(tensor, move);
  const std::int64_t depth = move.shape.back(), count = elementCount(move.shape) / std::max<std::int64_t>(depth, 1);
  std::vector<T> sums(static_cast<std::size_t>(elementCount({move.shape[0], move.shape[1], move.shape[2]})), T{});
  const T* from = moved.data<T>();
  for (std::int64_t i = 0; depth > 0 && i < count; ++i)
    for (std::int64_t s = 0; s < depth; ++s) sums[static_cast<std::size_t>(i)] += *from++;
  return sums;
}

template <class T>
Tensor product(const EinsumPlan& plan, std::span<const Tensor> inputs) {
  Tensor out(inputs[0].dtype(), {plan.batch, plan.m, plan.n});
  T* to = out.mutableData<T>();
  const std::vector<T> left = gathered<T>(plan.gathers[0], inputs[0]);
  if (inputs.size() == 1) {
    std::copy(left.begin(), left.end(), to);
    return out;
  }
  const std::vector<T> right = gathered<T>(plan.gathers[1], inputs[1]);
  for (std::int64_t row = 0; row < plan.batch * plan.m; ++row)
    for (std::int64_t k = 0; k < plan.k; ++k) {
      const T value = left[static_cast<std::size_t>(row * plan.k + k)];
      const T* line = right.data() + (row / plan.m * plan.k + k) * plan.n;
      for (std::int64_t n = 0; n < plan.n; ++n) to[row * plan.n + n] += value * line[n];
    }
  return out;
}

}  // namespace

Result<std::vector<TensorInfo>> einsumShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "operand", {DType::kFloat32, DType::kInt32, DType::kComplex64}));
  TEXFLOW_ASSIGN(const Equation equation, equationOf(node, inputs));
  const EinsumPlan plan = planOf(equation, inputs);
  for (const Move& move : plan.gathers) TEXFLOW_TRY(checkedElementCount(move.shape).status());
  return oneOutput(inputs[0].dtype, plan.result.shape);
}

Result<std::vector<Tensor>> einsumHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_ASSIGN(const Equation equation, equationOf(node, infos));
  const EinsumPlan plan = planOf(equation, infos);
  const DType dtype = inputs[0].dtype();
  const Tensor out = dtype == DType::kFloat32 ? product<float>(plan, inputs)
                     : dtype == DType::kInt32 ? product<std::uint32_t>(plan, inputs)
                                              : product<std::complex<float>>(plan, inputs);
  return applyMoveHost(plan.result, out);
}

Status einsumLower(Lowering& lowering) {
  if (lowering.outputs[0].dtype != DType::kFloat32) return Status::unsupported("Only float32 runs on the GPU.");
  TEXFLOW_ASSIGN(const Equation equation, equationOf(lowering.node, lowering.inputs));
  EinsumPlan plan = planOf(equation, lowering.inputs);
  if (lowering.inputs.size() == 1 || plan.summed[0] != 1 || plan.summed[1] != 1)
    return Status::unsupported("Sums over one operand alone run on the host.");
  // Operands that already lie as the product takes them need no draw.
  const auto prepared = [&](int index, Shape shape) -> Result<GpuTensor> {
    Move& move = plan.gathers[static_cast<std::size_t>(index)];
    move.shape = shape;
    const Shape& from = lowering.inputs[static_cast<std::size_t>(index)].shape;
    TEXFLOW_ASSIGN(const GpuTensor operand, lowering.input(index));
    TEXFLOW_ASSIGN(const TextureLayout wanted, layoutFor(shape, lowering.stripes(), lowering.maxTextureSize()));
    std::int64_t stride = 1;
    bool inOrder = true;
    for (std::size_t d = move.dims.size(); d-- > 0; stride *= move.dims[d].size)
      inOrder = inOrder && (move.dims[d].size == 1 || move.dims[d].stride == stride);
    if (inOrder && operand.layout == wanted) return operand;
    TEXFLOW_ASSIGN(const GpuTensor moved, lowering.temporary(shape));
    TEXFLOW_TRY(drawMove(lowering, operand, from, moved, move));
    return moved;
  };
  const Shape shape{plan.batch, plan.m, plan.n};
  TEXFLOW_ASSIGN(const GpuTensor left, prepared(0, {plan.batch, plan.m, plan.k}));
  TEXFLOW_ASSIGN(const GpuTensor right, prepared(1, {plan.batch, plan.k, plan.n}));
  if (!linesAreWhole(left.layout) || !linesAreWhole(right.layout))
    return Status::unsupported("An operand's lines are split between bands.");
  TEXFLOW_ASSIGN(const GpuTensor product, lowering.temporary(shape, Striping::kPixels));
  if (product.layout.stripesBlocks) return Status::unsupported("The product has too many channels for this kernel.");
  const float params[] = {static_cast<float>(plan.k), 1, 1, 0};
  lowering.draw({"matmul", {}}, product, {left, right}, params);
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawMove(lowering, product, shape, output, plan.result);
}

}  // namespace texflow
