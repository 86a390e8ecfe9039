// Pad, MirrorPad, Tile and BroadcastTo.
#include <algorithm>

#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Result<Move> padMove(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, node.op == "PadV2" ? 3 : 2));
  Move move = copyMove(inputs[0].shape);
  TEXFLOW_ASSIGN(const Ints paddings, knownInts(inputs[1], "paddings"));
  if (inputs[1].shape != Shape{static_cast<std::int64_t>(move.dims.size()), 2})
    return Status::invalid("The paddings of shape " + shapeText(inputs[1].shape) + " must be [" +
                           std::to_string(move.dims.size()) + ",2].");
  const std::string mode = node.attrs.get<std::string>("mode", "CONSTANT");
  if (node.op == "MirrorPad" && mode != "REFLECT" && mode != "SYMMETRIC")
    return Status::invalid("The mode '" + mode + "' of MirrorPad must be REFLECT or SYMMETRIC.");
  for (std::size_t d = 0; d < move.dims.size(); ++d) {
    MoveDim& dim = move.dims[d];
    const std::int64_t before = paddings[2 * d], after = paddings[2 * d + 1];
    if (before < 0 || after < 0) return Status::invalid("The paddings " + shapeText(paddings) + " have a negative value.");
    dim.begin = -before;
    dim.size = move.shape[d] = dim.limit + before + after;
    if (node.op != "MirrorPad") continue;
    dim.mirror = mode == "REFLECT" ? MoveDim::kReflect : MoveDim::kSymmetric;
    const std::int64_t most = mode == "REFLECT" ? dim.limit - 1 : dim.limit;
    if (std::max(before, after) > most)
      return Status::invalid("The paddings " + shapeText(paddings) + " are too large to mirror the shape " +
                             shapeText(inputs[0].shape) + " in mode " + mode + ".");
  }
  return move;
}

Result<Move> tileMove(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  const Move whole = copyMove(inputs[0].shape);
  TEXFLOW_ASSIGN(const Ints multiples, knownInts(inputs[1], "multiples"));
  if (multiples.size() != whole.dims.size())
    return Status::invalid("The multiples " + shapeText(multiples) + " must have one element for every dimension of " +
                           shapeText(inputs[0].shape) + ".");
  Move move{whole.shape, {}};
  for (std::size_t d = 0; d < multiples.size(); ++d) {
    if (multiples[d] < 0 || multiples[d] > kMaxElements)
      return Status::invalid("The multiples " + shapeText(multiples) + " have a value that is no count.");
    move.shape[d] *= multiples[d];
    move.dims.push_back({multiples[d], multiples[d], 0, 0, 1, MoveDim::kNone});
    move.dims.push_back(whole.dims[d]);
  }
  return move;
}

Result<Move> broadcastMove(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(Shape shape, knownInts(inputs[1], "shape"));
  const Move whole = copyMove(inputs[0].shape);
  Move move{shape, {}};
  const auto refuse = [&] {
    return Status::invalid("A tensor of shape " + shapeText(inputs[0].shape) + " cannot be broadcast to " +
                           shapeText(shape) + ".");
  };
  if (shape.size() < whole.dims.size()) return refuse();
  const std::size_t added = shape.size() - whole.dims.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    MoveDim dim = d < added ? MoveDim{} : whole.dims[d - added];
    if (shape[d] < 0 || (dim.size != 1 && dim.size != shape[d])) return refuse();
    if (dim.size == 1) dim.stride = 0;
    dim.size = dim.limit = shape[d];
    move.dims.push_back(dim);
  }
  return move;
}

Result<Shape> broadcastShapes(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_ASSIGN(Ints a, knownInts(inputs[0], "s0"));
  TEXFLOW_ASSIGN(Ints b, knownInts(inputs[1], "s1"));
  if (a.size() < b.size()) std::swap(a, b);
  b.insert(b.begin(), a.size() - b.size(), 1);
  for (std::size_t d = 0; d < a.size(); ++d) {
    if (a[d] != b[d] && a[d] != 1 && b[d] != 1)
      return Status::invalid("The shapes " + shapeText(a) + " and " + shapeText(b) + " cannot be broadcast together.");
    if (a[d] == 1) a[d] = b[d];
  }
  return a;
}

}  // namespace

Result<std::vector<TensorInfo>> padShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Move move, padMove(node, inputs));
  if (inputs.size() == 3 && (inputs[2].dtype != inputs[0].dtype || elementCount(inputs[2].shape) != 1))
    return Status::invalid("The constant_values must be a scalar of dtype " + std::string(dtypeName(inputs[0].dtype)) + ".");
  return oneOutput(inputs[0].dtype, std::move(move.shape));
}

Result<std::vector<Tensor>> padHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoveHost(padMove(node, infosOf(inputs)), inputs[0], inputs.size() == 3 ? &inputs[2] : nullptr);
}

Status padLower(Lowering& lowering) {
  float fill = 0;
  if (lowering.inputs.size() == 3) {
    if (!lowering.inputs[2].value) return Status::unsupported("The constant_values are computed while the graph runs.");
    fill = static_cast<float>(lowering.inputs[2].value->number(0));
  }
  return lowerMove(lowering, 0, padMove(lowering.node, lowering.inputs), fill);
}

Result<std::vector<TensorInfo>> tileShape(const Node&, std::span<const TensorInfo> inputs) {
  return moveShape(tileMove(inputs), inputs, 0);
}

Result<std::vector<Tensor>> tileHost(const Node&, std::span<const Tensor> inputs) {
  return applyMoveHost(tileMove(infosOf(inputs)), inputs[0]);
}

Status tileLower(Lowering& lowering) { return lowerMove(lowering, 0, tileMove(lowering.inputs)); }

Result<std::vector<TensorInfo>> broadcastToShape(const Node&, std::span<const TensorInfo> inputs) {
  return moveShape(broadcastMove(inputs), inputs, 0);
}

Result<std::vector<Tensor>> broadcastToHost(const Node&, std::span<const Tensor> inputs) {
  return applyMoveHost(broadcastMove(infosOf(inputs)), inputs[0]);
}

Status broadcastToLower(Lowering& lowering) { return lowerMove(lowering, 0, broadcastMove(lowering.inputs)); }

Result<std::vector<TensorInfo>> broadcastArgsShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  return oneOutput(DType::kInt32, {std::max(elementCount(inputs[0].shape), elementCount(inputs[1].shape))});
}

Result<std::vector<Tensor>> broadcastArgsHost(const Node&, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, broadcastShapes(infosOf(inputs)));
  return std::vector<Tensor>{Tensor::ints(shape)};
}

}  // namespace texflow
