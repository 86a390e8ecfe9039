// Convolutions in groups of channels, which TensorFlow.js does not have.
#include "passes/lower.h"

namespace texflow {
namespace {

/// A convolution with a group for each channel is a depthwise one: only the shape of its weights differs.
bool makeDepthwise(Rewriter& graph, int index, Shape filter, std::int64_t channels) {
  filter[2] = channels;
  filter[3] /= channels;
  const Port weights = graph.node(index).inputs[1];
  Replacement with(graph, index);
  graph.setInput(index, 1, with.reshape(weights, filter));
  graph.edit(index).op = "DepthwiseConv2dNative";
  return true;
}

}  // namespace

bool lowerGroups(Rewriter& graph, const KnownShapes& known, int index) {
  const Node& node = graph.node(index);
  if (node.op != "Conv2D" || node.inputs.size() != 2 || node.attrs.get<std::string>("data_format", "NHWC") != "NHWC")
    return false;
  const Shape *image = known.shape(node.inputs[0]), *filter = known.shape(node.inputs[1]);
  if (!image || !filter || image->size() != 4 || filter->size() != 4) return false;
  const std::int64_t channels = (*image)[3], depth = (*filter)[2], filters = (*filter)[3];
  if (channels < 1 || depth < 1 || channels == depth || channels % depth != 0) return false;
  const std::int64_t groups = channels / depth;
  if (filters < 1 || filters % groups != 0) return false;
  if (depth == 1) return makeDepthwise(graph, index, *filter, channels);
  // One convolution for each group, side by side.
  constexpr std::int64_t kMaxGroups = 256;
  if (groups > kMaxGroups) return false;
  const Node conv = node;
  Replacement with(graph, index);
  const Port axis = with.constant(Tensor::scalar(std::int32_t{3}));
  const auto split = [&](Port value) {
    return with.make("Split", {axis, value}, {{"T", DType::kFloat32}, {"num_split", groups}});
  };
  const Port images = split(conv.inputs[0]), filtersOfGroups = split(conv.inputs[1]);
  std::vector<Port> parts;
  for (int i = 0; i < static_cast<int>(groups); ++i) {
    Node part = conv;
    part.name += "/group";
    part.inputs = {{images.node, i}, {filtersOfGroups.node, i}};
    parts.push_back({graph.add(std::move(part)), 0});
  }
  parts.push_back(axis);
  return with.done(
      with.make("ConcatV2", std::move(parts), {{"T", DType::kFloat32}, {"N", groups}, {"Tidx", DType::kInt32}}));
}

}  // namespace texflow
