// Transpose and the ops that exchange space with batch or depth.
#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

/// Dimension i of the result is dimension perm[i] of `view`; the result has the elements in that order under `shape`.
Move transposed(const Shape& view, const Ints& perm, Shape shape) {
  const Move whole = copyMove(view);
  Move move{std::move(shape), {}};
  for (std::int64_t axis : perm) move.dims.push_back(whole.dims[static_cast<std::size_t>(axis)]);
  return move;
}

Result<Move> transposeMove(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  const Shape& from = inputs[0].shape;
  TEXFLOW_ASSIGN(Ints perm, knownInts(inputs[1], "perm"));
  if (perm.size() != from.size())
    return Status::invalid("The perm " + shapeText(perm) + " must have one element for every dimension of " +
                           shapeText(from) + ".");
  std::vector<bool> seen(perm.size());
  Shape shape;
  for (std::int64_t& value : perm) {
    TEXFLOW_ASSIGN(value, checkedAxis(value, from.size(), "perm"));
    if (seen[static_cast<std::size_t>(value)]) return Status::invalid("The perm " + shapeText(perm) + " repeats an axis.");
    seen[static_cast<std::size_t>(value)] = true;
    shape.push_back(from[static_cast<std::size_t>(value)]);
  }
  return transposed(from, perm, std::move(shape));
}

Result<Move> depthMove(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  const Shape& from = inputs[0].shape;
  const std::int64_t size = node.attrs.get<std::int64_t>("block_size", 0);
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  if (from.size() != 4) return Status::invalid("The input must have 4 dimensions, not the shape " + shapeText(from) + ".");
  if (size < 1 || size > 32768) return Status::invalid("The block_size " + std::to_string(size) + " is not a block size.");
  if (format != "NHWC" && format != "NCHW") return Status::unsupported("The data_format '" + format + "' is not supported.");
  const bool first = format == "NCHW", toDepth = node.op == "SpaceToDepth";
  const std::int64_t n = from[0], h = from[first ? 2 : 1], w = from[first ? 3 : 2], c = from[first ? 1 : 3];
  if (toDepth ? h % size != 0 || w % size != 0 : c % (size * size) != 0)
    return Status::invalid("The block_size " + std::to_string(size) + " does not divide the shape " + shapeText(from) + ".");
  const std::int64_t h2 = toDepth ? h / size : h * size, w2 = toDepth ? w / size : w * size;
  const std::int64_t c2 = toDepth ? c * size * size : c / (size * size);
  Shape shape = first ? Shape{n, c2, h2, w2} : Shape{n, h2, w2, c2};
  if (toDepth && first) return transposed({n, c, h2, size, w2, size}, {0, 3, 5, 1, 2, 4}, std::move(shape));
  if (toDepth) return transposed({n, h2, size, w2, size, c}, {0, 1, 3, 2, 4, 5}, std::move(shape));
  if (first) return transposed({n, size, size, c2, h, w}, {0, 3, 4, 1, 5, 2}, std::move(shape));
  return transposed({n, h, w, size, size, c2}, {0, 1, 3, 2, 4, 5}, std::move(shape));
}

/// SpaceToBatchND is a pad and a transpose, BatchToSpaceND a transpose and a crop.
struct BatchMoves {
  Move first, second;
  bool oneStep = false;  ///< Nothing is padded or cropped: `transpose` alone does it.
  Move transpose;
};

Result<BatchMoves> batchMoves(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  const bool toBatch = node.op == "SpaceToBatchND";
  const std::string field = toBatch ? "paddings" : "crops";
  const Shape& from = inputs[0].shape;
  TEXFLOW_ASSIGN(const Ints block, knownInts(inputs[1], "block_shape"));
  TEXFLOW_ASSIGN(const Ints edges, knownInts(inputs[2], field));
  const std::size_t m = block.size();
  if (from.size() < m + 1 || inputs[1].shape.size() != 1 || inputs[2].shape != Shape{static_cast<std::int64_t>(m), 2})
    return Status::invalid("The block_shape " + shapeText(block) + " and " + field + " of shape " +
                           shapeText(inputs[2].shape) + " do not fit the input shape " + shapeText(from) + ".");
  std::int64_t blocks = 1;
  for (std::size_t i = 0; i < m; ++i) {
    if (block[i] < 1 || block[i] > kMaxElements || (blocks *= block[i]) > kMaxElements || edges[2 * i] < 0 ||
        edges[2 * i + 1] < 0)
      return Status::invalid("The block_shape " + shapeText(block) + " or the " + field + " " + shapeText(edges) +
                             " have a value out of range.");
  }
  BatchMoves moves;
  Shape view, shape = from;
  Ints perm;
  bool plain = true;
  for (std::int64_t edge : edges) plain = plain && edge == 0;
  moves.oneStep = plain;
  if (toBatch) {
    moves.first = copyMove(from);
    Shape& padded = moves.first.shape;
    view.push_back(from[0]);
    for (std::size_t i = 0; i < m; ++i) {
      MoveDim& dim = moves.first.dims[i + 1];
      dim.begin = -edges[2 * i];
      dim.size = padded[i + 1] = from[i + 1] + edges[2 * i] + edges[2 * i + 1];
      if (dim.size % block[i] != 0)
        return Status::invalid("The padded size " + std::to_string(dim.size) + " is not a multiple of the block size " +
                               std::to_string(block[i]) + ".");
      shape[i + 1] = dim.size / block[i];
      view.push_back(shape[i + 1]);
      view.push_back(block[i]);
    }
    shape[0] = from[0] * blocks;
    view.insert(view.end(), from.begin() + static_cast<std::ptrdiff_t>(m) + 1, from.end());
    for (std::size_t i = 0; i < m; ++i) perm.push_back(static_cast<std::int64_t>(2 * i + 2));
    perm.push_back(0);
    for (std::size_t i = 0; i < m; ++i) perm.push_back(static_cast<std::int64_t>(2 * i + 1));
  } else {
    if (from[0] % blocks != 0)
      return Status::invalid("The batch size " + std::to_string(from[0]) + " is not a multiple of the block_shape " +
                             shapeText(block) + ".");
    view = block;
    view.push_back(from[0] / blocks);
    view.insert(view.end(), from.begin() + 1, from.end());
    perm.push_back(static_cast<std::int64_t>(m));
    shape[0] = from[0] / blocks;
    for (std::size_t i = 0; i < m; ++i) {
      perm.push_back(static_cast<std::int64_t>(m + 1 + i));
      perm.push_back(static_cast<std::int64_t>(i));
      shape[i + 1] = from[i + 1] * block[i];
    }
  }
  for (std::size_t d = perm.size(); d < view.size(); ++d) perm.push_back(static_cast<std::int64_t>(d));
  TEXFLOW_TRY(checkedElementCount(shape).status());
  if (toBatch) TEXFLOW_TRY(checkedElementCount(moves.first.shape).status());
  moves.transpose = transposed(view, perm, shape);
  if (toBatch) {
    moves.second = moves.transpose;
    return moves;
  }
  moves.first = moves.transpose;
  moves.second = copyMove(shape);
  for (std::size_t i = 0; i < m; ++i) {
    MoveDim& dim = moves.second.dims[i + 1];
    dim.begin = edges[2 * i];
    dim.size = moves.second.shape[i + 1] = shape[i + 1] - edges[2 * i] - edges[2 * i + 1];
    if (dim.size < 0)
      return Status::invalid("The crops " + shapeText(edges) + " are larger than the shape " + shapeText(shape) + ".");
  }
  return moves;
}

}  // namespace

Result<std::vector<TensorInfo>> transposeShape(const Node&, std::span<const TensorInfo> inputs) {
  return moveShape(transposeMove(inputs), inputs, 0);
}

Result<std::vector<Tensor>> transposeHost(const Node&, std::span<const Tensor> inputs) {
  return applyMoveHost(transposeMove(infosOf(inputs)), inputs[0]);
}

Status transposeLower(Lowering& lowering) { return lowerMove(lowering, 0, transposeMove(lowering.inputs)); }

Result<std::vector<TensorInfo>> depthShape(const Node& node, std::span<const TensorInfo> inputs) {
  return moveShape(depthMove(node, inputs), inputs, 0);
}

Result<std::vector<Tensor>> depthHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoveHost(depthMove(node, infosOf(inputs)), inputs[0]);
}

Status depthLower(Lowering& lowering) { return lowerMove(lowering, 0, depthMove(lowering.node, lowering.inputs)); }

Result<std::vector<TensorInfo>> batchShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(const BatchMoves moves, batchMoves(node, inputs));
  return oneOutput(inputs[0].dtype, moves.second.shape);
}

Result<std::vector<Tensor>> batchHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const BatchMoves moves, batchMoves(node, infosOf(inputs)));
  return std::vector<Tensor>{applyMove(applyMove(inputs[0], moves.first), moves.second)};
}

Status batchLower(Lowering& lowering) {
  TEXFLOW_ASSIGN(const BatchMoves moves, batchMoves(lowering.node, lowering.inputs));
  if (moves.oneStep) return lowerMove(lowering, 0, moves.transpose);
  if (elementCount(lowering.inputs[0].shape) == 0 || elementCount(moves.first.shape) == 0 ||
      elementCount(moves.second.shape) == 0)
    return Status::unsupported("An empty tensor has no texture.");
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(0));
  TEXFLOW_ASSIGN(const GpuTensor between, lowering.temporary(moves.first.shape));
  TEXFLOW_TRY(drawMove(lowering, input, lowering.inputs[0].shape, between, moves.first));
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawMove(lowering, between, moves.first.shape, output, moves.second);
}

}  // namespace texflow
