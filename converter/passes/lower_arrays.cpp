#include "passes/lower.h"

namespace texflow {
namespace {

/// The bucket of x is the number of boundaries that are not above it.
bool lowerBucketize(Rewriter& graph, int index, DType dtype) {
  const Node& node = graph.node(index);
  std::vector<double> boundaries;
  if (const auto* values = node.attrs.find<std::vector<double>>("boundaries")) boundaries = *values;
  else return false;
  const Port x = node.inputs[0];
  Replacement with(graph, index);
  Tensor limits(DType::kFloat32, {static_cast<std::int64_t>(boundaries.size())});
  for (std::size_t i = 0; i < boundaries.size(); ++i) limits.mutableData<float>()[i] = static_cast<float>(boundaries[i]);
  const Port value = dtype == DType::kFloat32
                         ? x
                         : with.make("Cast", {x}, {{"SrcT", dtype}, {"DstT", DType::kFloat32}, {"Truncate", false}});
  const Port column = with.make("ExpandDims", {value, with.constant(Tensor::scalar(std::int32_t{-1}))},
                                {{"T", DType::kFloat32}, {"Tdim", DType::kInt32}});
  const Port reached = with.floats("GreaterEqual", {column, with.constant(std::move(limits))});
  const Port flags = with.make("Cast", {reached}, {{"SrcT", DType::kBool}, {"DstT", DType::kInt32}, {"Truncate", false}});
  return with.done(
      with.make("Sum", {flags, with.integers({-1})}, {{"T", DType::kInt32}, {"Tidx", DType::kInt32}, {"keep_dims", false}}));
}

/// A convolution that takes every element of a block to a channel of its own; works for images of any size.
bool lowerSpaceToDepth(Rewriter& graph, const KnownShapes& known, int index) {
  const Node& node = graph.node(index);
  const Port x = node.inputs[0];
  const Shape* shape = known.shape(x);
  const auto block = static_cast<std::int64_t>(node.attrs.number("block_size", 0));
  constexpr std::int64_t kMaxKernel = 1 << 16;
  if (node.attrs.get<std::string>("data_format", "NHWC") != "NHWC" || known.dtype(x) != DType::kFloat32) return false;
  if (!shape || shape->size() != 4 || (*shape)[3] < 1 || block < 2 || block > 64) return false;
  const std::int64_t channels = (*shape)[3], depth = block * block * channels;
  if (depth * depth > kMaxKernel) return false;
  Tensor kernel(DType::kFloat32, {block, block, channels, depth});
  for (std::int64_t i = 0; i < depth; ++i) kernel.mutableData<float>()[i * depth + i] = 1;
  Replacement with(graph, index);
  const std::vector<std::int64_t> strides = {1, block, block, 1};
  return with.done(with.make("Conv2D", {x, with.constant(std::move(kernel))},
                             {{"T", DType::kFloat32},
                              {"strides", strides},
                              {"dilations", std::vector<std::int64_t>{1, 1, 1, 1}},
                              {"padding", std::string("VALID")},
                              {"data_format", std::string("NHWC")}}));
}

/// The end of each axis goes before its beginning.
bool lowerRoll(Rewriter& graph, const KnownShapes& known, int index) {
  const Node& node = graph.node(index);
  if (node.inputs.size() != 3) return false;
  const Port x = node.inputs[0];
  const Shape* shape = known.shape(x);
  const Tensor* shifts = graph.constant(node.inputs[1]);
  const Tensor* axes = graph.constant(node.inputs[2]);
  const auto dtype = known.dtype(x);
  if (!shape || !shifts || !axes || !dtype || shifts->size() != axes->size()) return false;
  const auto rank = static_cast<std::int64_t>(shape->size());
  std::vector<std::pair<std::int64_t, std::int64_t>> moves;  // Axis and elements that come to its front.
  for (std::int64_t i = 0; i < axes->size(); ++i) {
    std::int64_t axis = axes->toInts()[static_cast<std::size_t>(i)];
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || (*shape)[static_cast<std::size_t>(axis)] < 1) return false;
    const std::int64_t size = (*shape)[static_cast<std::size_t>(axis)];
    const std::int64_t shift = shifts->toInts()[static_cast<std::size_t>(i)] % size;
    moves.emplace_back(axis, shift < 0 ? shift + size : shift);
  }
  const Shape sizes = *shape;
  Replacement with(graph, index);
  Port value = x;
  for (const auto& [axis, front] : moves) {
    const auto dim = static_cast<std::size_t>(axis);
    const std::int64_t size = sizes[dim];
    std::vector<std::int64_t> begin(sizes.size(), 0), length(sizes.size(), -1);
    const auto slice = [&](std::int64_t from, std::int64_t count) {
      begin[dim] = from;
      length[dim] = count;
      return with.make("Slice", {value, with.integers(begin), with.integers(length)},
                       {{"T", *dtype}, {"Index", DType::kInt32}});
    };
    const Port end = slice(size - front, front), start = slice(0, size - front);
    value = with.make("ConcatV2", {end, start, with.constant(Tensor::scalar(static_cast<std::int32_t>(axis)))},
                      {{"T", *dtype}, {"N", std::int64_t{2}}, {"Tidx", DType::kInt32}});
  }
  return value != x && with.done(value);
}

}  // namespace

bool lowerArrays(Rewriter& graph, const KnownShapes& known, int index) {
  const std::string op = graph.node(index).op;
  if (op == "Bucketize") {
    const auto dtype = known.dtype(graph.node(index).inputs[0]);
    return lowerBucketize(graph, index, dtype.value_or(graph.node(index).attrs.get<DType>("T", DType::kFloat32)));
  }
  return op == "Roll" ? lowerRoll(graph, known, index) : lowerSpaceToDepth(graph, known, index);
}

}  // namespace texflow
