// Parts of a tensor: Slice, StridedSlice, Reverse, Split, Unpack.
#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Status expectLength(const Ints& values, std::size_t count, const std::string& field) {
  if (values.size() == count) return {};
  return Status::invalid("The " + field + " " + shapeText(values) + " must have " + std::to_string(count) + " elements.");
}

Result<Shape> sliceSize(std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  const Shape& from = inputs[0].shape;
  TEXFLOW_ASSIGN(Shape size, knownInts(inputs[2], "size"));
  TEXFLOW_TRY(expectLength(size, from.size(), "size"));
  bool open = false;
  for (std::int64_t n : size) open = open || n == -1;
  Ints begin(from.size(), 0);
  if (inputs[1].value || open) {
    TEXFLOW_ASSIGN(begin, knownInts(inputs[1], "begin"));
    TEXFLOW_TRY(expectLength(begin, from.size(), "begin"));
  }
  for (std::size_t d = 0; d < from.size(); ++d) {
    if (size[d] == -1) size[d] = from[d] - begin[d];
    if (begin[d] < 0 || size[d] < 0 || begin[d] + size[d] > from[d])
      return Status::invalid("The slice from begin " + shapeText(begin) + " of size " + shapeText(size) +
                             " is not inside the tensor of shape " + shapeText(from) + ".");
  }
  return size;
}

Result<Move> sliceMove(std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Shape size, sliceSize(inputs));
  TEXFLOW_ASSIGN(const Ints begin, knownInts(inputs[1], "begin"));
  Move move = copyMove(inputs[0].shape);
  for (std::size_t d = 0; d < size.size(); ++d) {
    move.dims[d].size = size[d];
    move.dims[d].begin = begin[d];
  }
  move.shape = std::move(size);
  return move;
}

// TensorFlow's ValidateStridedSliceOp: new_axis beats shrink, shrink beats the begin and end masks.
Result<Move> stridedSliceMove(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 4));
  const Shape& from = inputs[0].shape;
  TEXFLOW_ASSIGN(const Ints strides, knownInts(inputs[3], "strides"));
  TEXFLOW_ASSIGN(const Ints begin, knownInts(inputs[1], "begin"));
  TEXFLOW_ASSIGN(const Ints end, knownInts(inputs[2], "end"));
  TEXFLOW_TRY(expectLength(begin, strides.size(), "begin"));
  TEXFLOW_TRY(expectLength(end, strides.size(), "end"));
  const auto mask = [&](const char* name) { return static_cast<std::uint64_t>(node.attrs.get<std::int64_t>(name, 0)); };
  const std::uint64_t beginMask = mask("begin_mask"), endMask = mask("end_mask"), ellipsisMask = mask("ellipsis_mask"),
                      newAxisMask = mask("new_axis_mask"), shrinkMask = mask("shrink_axis_mask");
  const std::size_t count = strides.size();
  if (count > 32) return Status::invalid("The strides have " + std::to_string(count) + " elements; at most 32 make sense.");
  const auto bit = [](std::uint64_t bits, std::size_t i) { return (bits >> i & 1) != 0; };

  std::size_t used = 0, ellipsis = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (bit(ellipsisMask, i)) {
      if (ellipsis != count) return Status::invalid("The ellipsis_mask has more than one bit set.");
      ellipsis = i;
    } else if (!bit(newAxisMask, i)) ++used;
  }
  if (used > from.size())
    return Status::invalid("The strided slice indexes " + std::to_string(used) + " dimensions of a tensor of shape " +
                           shapeText(from) + ".");
  Move move = copyMove(from);
  move.shape.clear();
  std::size_t d = 0;
  const auto keepAll = [&](std::size_t n) {
    for (; n > 0; --n) move.shape.push_back(from[d++]);
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (i == ellipsis) {
      keepAll(from.size() - used);
      continue;
    }
    if (bit(newAxisMask, i)) {
      move.shape.push_back(1);
      continue;
    }
    const std::int64_t n = from[d], stride = strides[i];
    const bool shrink = bit(shrinkMask, i);
    MoveDim& dim = move.dims[d++];
    if (stride == 0) return Status::invalid("The strides " + shapeText(strides) + " have a zero.");
    if (shrink) {
      if (stride < 0) return Status::invalid("The strides " + shapeText(strides) + " are negative where an axis shrinks.");
      dim.begin = begin[i] < 0 ? begin[i] + n : begin[i];
      if (dim.begin < 0 || dim.begin >= n)
        return Status::invalid("The slice index " + std::to_string(begin[i]) + " is outside dimension " +
                               std::to_string(d - 1) + " of the shape " + shapeText(from) + ".");
      dim.size = 1;
      continue;
    }
    const std::int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? n : n - 1;
    const auto clamp = [&](std::int64_t v) {
      if (v < 0) v += n;
      return v < low ? low : v > high ? high : v;
    };
    dim.begin = bit(beginMask, i) ? (stride > 0 ? low : high) : clamp(begin[i]);
    const std::int64_t stop = bit(endMask, i) ? (stride > 0 ? high : low) : clamp(end[i]);
    const std::int64_t length = stop - dim.begin;
    dim.step = stride;
    dim.size = length == 0 || (length < 0) != (stride < 0) ? 0 : length / stride + (length % stride != 0 ? 1 : 0);
    move.shape.push_back(dim.size);
  }
  if (ellipsis == count) keepAll(from.size() - d);
  return move;
}

Result<Move> reverseMove(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  Move move = copyMove(inputs[0].shape);
  std::vector<bool> flip(move.dims.size());
  if (node.op == "Reverse") {  // A bool for every dimension.
    if (inputs[1].dtype != DType::kBool || elementCount(inputs[1].shape) != static_cast<std::int64_t>(flip.size()))
      return Status::invalid("The dims of Reverse must be one bool for every dimension.");
    if (!inputs[1].value) return Status::dataDependent("The value of dims is not known before the graph runs.");
    for (std::size_t d = 0; d < flip.size(); ++d) flip[d] = inputs[1].value->data<std::uint8_t>()[d] != 0;
  } else {
    TEXFLOW_ASSIGN(const Ints axes, knownInts(inputs[1], "axis"));
    for (std::int64_t value : axes) {
      TEXFLOW_ASSIGN(const std::int64_t axis, checkedAxis(value, flip.size(), "axis"));
      if (flip[static_cast<std::size_t>(axis)])
        return Status::invalid("The axis " + std::to_string(value) + " is given twice.");
      flip[static_cast<std::size_t>(axis)] = true;
    }
  }
  for (std::size_t d = 0; d < flip.size(); ++d) {
    if (!flip[d]) continue;
    move.dims[d].step = -1;
    move.dims[d].begin = move.dims[d].size - 1;
  }
  return move;
}

// One move for every part.
Result<std::vector<Move>> splitMoves(const Node& node, std::span<const TensorInfo> inputs) {
  const bool sized = node.op == "SplitV";
  TEXFLOW_TRY(expectInputs(inputs, sized ? 3 : 2));
  const TensorInfo& input = inputs[sized ? 0 : 1];
  TEXFLOW_ASSIGN(std::int64_t axis, knownInt(inputs[sized ? 2 : 0], "axis"));
  TEXFLOW_ASSIGN(axis, checkedAxis(axis, input.shape.size(), "axis"));
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t total = input.shape[a];
  const std::int64_t parts = node.attrs.get<std::int64_t>("num_split", 1);
  Ints sizes;
  if (sized) {
    TEXFLOW_ASSIGN(sizes, knownInts(inputs[1], "size_splits"));
    std::int64_t rest = total, open = -1;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] == -1 && open < 0) open = static_cast<std::int64_t>(i);
      else if (sizes[i] < 0) return Status::invalid("The size_splits " + shapeText(sizes) + " have a negative size.");
      else rest -= sizes[i];
    }
    if (open >= 0 && rest >= 0) sizes[static_cast<std::size_t>(open)] = rest;
    else if (rest != 0)
      return Status::invalid("The size_splits " + shapeText(sizes) + " do not add up to " + std::to_string(total) + ".");
  } else {
    if (parts < 1 || parts > kMaxElements || total % parts != 0)
      return Status::invalid("A dimension of size " + std::to_string(total) + " cannot be split into " +
                             std::to_string(parts) + " parts.");
    if (parts > 65536) return Status::unsupported("The num_split " + std::to_string(parts) + " is above 65536.");
    sizes.assign(static_cast<std::size_t>(parts), total / parts);
  }
  std::vector<Move> moves;
  std::int64_t begin = 0;
  for (std::int64_t size : sizes) {
    Move move = copyMove(input.shape);
    move.dims[a].begin = begin;
    move.dims[a].size = move.shape[a] = size;
    begin += size;
    moves.push_back(std::move(move));
  }
  return moves;
}

Result<std::vector<Move>> unpackMoves(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  const Shape& from = inputs[0].shape;
  TEXFLOW_ASSIGN(const std::int64_t axis, checkedAxis(node.attrs.get<std::int64_t>("axis", 0), from.size(), "axis"));
  const auto a = static_cast<std::size_t>(axis);
  if (node.attrs.get<std::int64_t>("num", from[a]) != from[a])
    return Status::invalid("The num " + std::to_string(node.attrs.get<std::int64_t>("num", 0)) + " does not fit the shape " +
                           shapeText(from) + ".");
  if (from[a] > 65536) return Status::unsupported("Unpacking " + std::to_string(from[a]) + " parts is not supported.");
  std::vector<Move> moves;
  for (std::int64_t i = 0; i < from[a]; ++i) {
    Move move = copyMove(from);
    move.dims[a].begin = i;
    move.dims[a].size = 1;
    move.shape.erase(move.shape.begin() + axis);
    moves.push_back(std::move(move));
  }
  return moves;
}

Result<std::vector<TensorInfo>> infosOfMoves(const Result<std::vector<Move>>& moves, DType dtype) {
  if (!moves.ok()) return moves.status();
  std::vector<TensorInfo> infos;
  for (const Move& move : *moves) infos.push_back({dtype, move.shape, nullptr});
  return infos;
}

Result<std::vector<Tensor>> applyMoves(const Result<std::vector<Move>>& moves, const Tensor& input) {
  if (!moves.ok()) return moves.status();
  std::vector<Tensor> outputs;
  for (const Move& move : *moves) outputs.push_back(applyMove(input, move));
  return outputs;
}

Status lowerMoves(Lowering& lowering, const Result<std::vector<Move>>& moves, int index) {
  if (!moves.ok()) return Status::unsupported(moves.status().message());
  if (elementCount(lowering.inputs[static_cast<std::size_t>(index)].shape) == 0)
    return Status::unsupported("An empty tensor has no texture.");
  for (const Move& move : *moves)
    if (elementCount(move.shape) == 0) return Status::unsupported("An empty tensor has no texture.");
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(index));
  for (std::size_t i = 0; i < moves->size(); ++i) {
    TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(static_cast<int>(i)));
    TEXFLOW_TRY(drawMove(lowering, input, lowering.inputs[static_cast<std::size_t>(index)].shape, output, (*moves)[i]));
  }
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> sliceShape(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_ASSIGN(Shape size, sliceSize(inputs));
  return oneOutput(inputs[0].dtype, std::move(size));
}

Result<std::vector<Tensor>> sliceHost(const Node&, std::span<const Tensor> inputs) {
  return applyMoveHost(sliceMove(infosOf(inputs)), inputs[0]);
}

Status sliceLower(Lowering& lowering) { return lowerMove(lowering, 0, sliceMove(lowering.inputs)); }

Result<std::vector<TensorInfo>> stridedSliceShape(const Node& node, std::span<const TensorInfo> inputs) {
  return moveShape(stridedSliceMove(node, inputs), inputs, 0);
}

Result<std::vector<Tensor>> stridedSliceHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoveHost(stridedSliceMove(node, infosOf(inputs)), inputs[0]);
}

Status stridedSliceLower(Lowering& lowering) {
  return lowerMove(lowering, 0, stridedSliceMove(lowering.node, lowering.inputs));
}

Result<std::vector<TensorInfo>> reverseShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  if (inputs[1].value) TEXFLOW_TRY(reverseMove(node, inputs).status());
  return oneOutput(inputs[0].dtype, inputs[0].shape);
}

Result<std::vector<Tensor>> reverseHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoveHost(reverseMove(node, infosOf(inputs)), inputs[0]);
}

Status reverseLower(Lowering& lowering) { return lowerMove(lowering, 0, reverseMove(lowering.node, lowering.inputs)); }

Result<std::vector<TensorInfo>> splitShape(const Node& node, std::span<const TensorInfo> inputs) {
  const auto moves = splitMoves(node, inputs);
  if (!moves.ok()) return moves.status();  // There may be too few inputs.
  return infosOfMoves(moves, inputs[node.op == "SplitV" ? 0 : 1].dtype);
}

Result<std::vector<Tensor>> splitHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoves(splitMoves(node, infosOf(inputs)), inputs[node.op == "SplitV" ? 0 : 1]);
}

Status splitLower(Lowering& lowering) {
  return lowerMoves(lowering, splitMoves(lowering.node, lowering.inputs), lowering.node.op == "SplitV" ? 0 : 1);
}

Result<std::vector<TensorInfo>> unpackShape(const Node& node, std::span<const TensorInfo> inputs) {
  const auto moves = unpackMoves(node, inputs);
  return infosOfMoves(moves, inputs.empty() ? DType::kFloat32 : inputs[0].dtype);
}

Result<std::vector<Tensor>> unpackHost(const Node& node, std::span<const Tensor> inputs) {
  return applyMoves(unpackMoves(node, infosOf(inputs)), inputs[0]);
}

Status unpackLower(Lowering& lowering) { return lowerMoves(lowering, unpackMoves(lowering.node, lowering.inputs), 0); }

}  // namespace texflow
