#include "tensorflow/node_attrs.h"

#include <algorithm>
#include <string_view>

namespace texflow::tf {
namespace {

/// "T=0": the type of input 0; "T=-1": of the last input. Names alone are copied from the node.
struct OpAttrs {
  std::string_view ops, attrs;
};

constexpr OpAttrs kOps[] = {
    {"Placeholder", "dtype shape"},
    {"Const", "dtype"},
    {"AddV2 Sub Mul RealDiv Maximum Minimum FloorDiv FloorMod Pow SquaredDifference Less LessEqual Greater GreaterEqual "
     "Equal NotEqual Identity Relu Relu6 Elu Selu Tanh Sigmoid Softplus Exp Expm1 Log Log1p Sqrt Rsqrt Square Neg Abs Erf "
     "Sin Cos Floor Ceil Round Sign Softmax LogSoftmax",
     "T=0"},
    {"LogicalAnd LogicalOr LogicalNot", ""},
    {"LeakyRelu", "T=0 alpha"},
    {"Sum Mean Max Min Prod", "T=0 Tidx=1 keep_dims"},
    {"Any All", "Tidx=1 keep_dims"},
    {"Conv2D Conv3D DepthwiseConv2dNative", "T=0 strides padding data_format dilations"},
    {"Conv2DBackpropInput", "T=1 strides padding data_format dilations"},
    {"Conv3DBackpropInputV2", "T=1 Tshape=0 strides padding data_format dilations"},
    {"MaxPool AvgPool MaxPool3D AvgPool3D", "T=0 ksize strides padding data_format"},
    {"BiasAdd", "T=0 data_format"},
    {"FusedBatchNormV3", "T=0 U=1 epsilon data_format is_training"},
    {"MatMul", "T=0 transpose_a transpose_b"},
    {"BatchMatMulV2", "T=0 adj_x adj_y"},
    {"Einsum", "T=0 N equation"},
    {"Transpose", "T=0 Tperm=1"},
    {"Reshape", "T=0 Tshape=1"},
    {"ConcatV2", "T=0 Tidx=-1 N"},
    {"Pack", "T=0 N axis"},
    {"Unpack", "T=0 num axis"},
    {"Split", "T=1 num_split"},
    {"StridedSlice", "T=0 Index=1 begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask"},
    {"Slice", "T=0 Index=1"},
    {"ExpandDims", "T=0 Tdim=1"},
    {"Squeeze", "T=0 squeeze_dims"},
    {"Shape", "T=0 out_type"},
    {"Fill", "T=1 index_type=0"},
    {"Tile", "T=0 Tmultiples=1"},
    {"GatherV2", "Tparams=0 Tindices=1 Taxis=2 batch_dims"},
    {"ReverseV2", "T=0 Tidx=1"},
    {"Pad PadV2", "T=0 Tpaddings=1"},
    {"SelectV2", "T=1"},
    {"ResizeBilinear ResizeNearestNeighbor ResizeBicubic", "T=0 align_corners half_pixel_centers"},
    {"OneHot", "T=2 TI=0 axis"},
    {"Cast", "SrcT=0 DstT"},
    {"DepthToSpace", "T=0 block_size data_format"},
};

/// The words of a list, one call each.
template <class F>
void eachWord(std::string_view list, F use) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    use(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

bool holds(std::string_view list, std::string_view word) {
  bool found = false;
  eachWord(list, [&](std::string_view item) { found = found || item == word; });
  return found;
}

}  // namespace

std::vector<DType> outputTypes(const Graph& graph) {
  std::vector<DType> types;
  for (const Node& node : graph.nodes) {
    const auto of = [&](std::size_t input) {
      const auto index = input < node.inputs.size() ? static_cast<std::size_t>(node.inputs[input].node) : types.size();
      return index < types.size() ? types[index] : DType::kFloat32;
    };
    DType type = of(0);
    if (node.op == "Const") type = node.value.dtype();
    else if (node.op == "Placeholder") type = node.attrs.get("dtype", DType::kFloat32);
    else if (node.op == "Cast") type = node.attrs.get("DstT", DType::kFloat32);
    else if (node.op == "Shape") type = DType::kInt32;
    else if (holds("Less LessEqual Greater GreaterEqual Equal NotEqual LogicalAnd LogicalOr LogicalNot Any All", node.op))
      type = DType::kBool;
    else if (holds("ResizeBilinear ResizeBicubic", node.op)) type = DType::kFloat32;
    else if (holds("Split Fill SelectV2 Conv2DBackpropInput Conv3DBackpropInputV2", node.op)) type = of(1);
    else if (node.op == "OneHot") type = of(2);
    types.push_back(type);
  }
  return types;
}

Result<Attrs> tensorFlowAttrs(const Node& node, const std::vector<DType>& types) {
  for (const OpAttrs& known : kOps) {
    if (!holds(known.ops, node.op)) continue;
    Attrs attrs;
    eachWord(known.attrs, [&](std::string_view word) {
      const std::size_t equals = word.find('=');
      const std::string name(word.substr(0, equals));
      if (equals == std::string_view::npos) {
        if (const auto found = node.attrs.all().find(name); found != node.attrs.all().end()) attrs.set(name, found->second);
        return;
      }
      const std::size_t input =
          word[equals + 1] == '-' ? node.inputs.size() - 1 : static_cast<std::size_t>(word[equals + 1] - '0');
      if (input < node.inputs.size()) attrs.set(name, types[static_cast<std::size_t>(node.inputs[input].node)]);
    });
    return attrs;
  }
  return Status::unsupported("The op '" + node.op + "' of " + Graph::describe(node) +
                             " is none that SavedModels are written with.");
}

}  // namespace texflow::tf
