// TensorFlow.js kernel → TensorFlow op. One line a kernel; what a line cannot say is in its adjust function.
//
// Inputs, in the op's order: `x` the kernel's input x · `*` all of them · `#a` attribute a as int32 constant (scalar or
// vector) · `#a[]` always a vector · `=a` a scalar constant of the first input's dtype · `~a` a float32 scalar constant.
// Attributes: `tf=a` takes kernel attribute a under TensorFlow's name · `tf^a` in capitals.
#include <algorithm>
#include <sstream>

#include "conformance/adjust.h"

namespace texflow::conformance {
namespace {

struct Rule {
  std::string_view kernel, op, inputs, attrs;
  Adjust adjust = nullptr;
};

const Rule kRules[] = {
    {"Add", "AddV2", "a b", ""},
    {"AddN", "AddN", "*", "", count},
    {"All", "All", "x", "keep_dims=keepDims", reduce},
    {"Any", "Any", "x", "keep_dims=keepDims", reduce},
    {"ArgMax", "ArgMax", "x #axis", ""},
    {"ArgMin", "ArgMin", "x #axis", ""},
    {"AvgPool", "AvgPool", "x", "", pool2d},
    {"AvgPool3D", "AvgPool3D", "x", "", pool3d},
    {"BatchMatMul", "BatchMatMulV2", "a b", "adj_x=transposeA adj_y=transposeB"},
    {"BatchToSpaceND", "BatchToSpaceND", "x #blockShape[] #crops", ""},
    {"Bincount", "Bincount", "x #size weights", ""},
    {"Cast", "Cast", "x", "", cast},
    {"ClipByValue", "ClipByValue", "x =clipValueMin =clipValueMax", ""},
    {"Concat", "ConcatV2", "* #axis", "", countButLast},
    {"Conv2D", "Conv2D", "x filter", "", conv2d},
    {"Conv2DBackpropFilter", "Conv2DBackpropFilter", "x #filterShape dy", "", conv2d},
    {"Conv2DBackpropInput", "Conv2DBackpropInput", "#inputShape filter dy", "", convTranspose},
    {"Conv3D", "Conv3D", "x filter", "", conv3d},
    {"Conv3DBackpropInputV2", "Conv3DBackpropInputV2", "#inputShape filter dy", "", conv3d},
    {"CropAndResize", "CropAndResize", "image boxes boxInd #cropSize",
     "method=method extrapolation_value=extrapolationValue"},
    {"Cumprod", "Cumprod", "x #axis", "exclusive=exclusive reverse=reverse"},
    {"Cumsum", "Cumsum", "x #axis", "exclusive=exclusive reverse=reverse"},
    {"DenseBincount", "DenseBincount", "x #size weights", "binary_output=binaryOutput"},
    {"DepthToSpace", "DepthToSpace", "x", "block_size=blockSize data_format=dataFormat"},
    {"DepthwiseConv2dNative", "DepthwiseConv2dNative", "x filter", "", conv2d},
    {"Dilation2D", "Dilation2D", "x filter", "", dilation2d},
    {"Einsum", "Einsum", "*", "equation=equation", count},
    {"Exp", "Exp", "*", "", takeFloats},
    {"ExpandDims", "ExpandDims", "input #dim", ""},
    {"Fill", "Fill", "#shape[]", "", fill},
    {"FlipLeftRight", "ReverseV2", "image", "", flip},
    {"FloorDiv", "FloorDiv", "a b", "", floorDiv},
    {"FusedBatchNorm", "FusedBatchNormV3", "x", "epsilon=varianceEpsilon", batchNorm},
    {"FusedConv2D", "_FusedConv2D", "x filter", "", fusedConv},
    {"FusedDepthwiseConv2D", "FusedDepthwiseConv2dNative", "x filter", "", fusedDepthwise},
    {"GatherV2", "GatherV2", "x indices #axis", "batch_dims=batchDims"},
    {"LRN", "LRN", "x", "depth_radius=depthRadius bias=bias alpha=alpha beta=beta"},
    {"LeakyRelu", "LeakyRelu", "x", "alpha=alpha", takeFloats},
    {"LinSpace", "LinSpace", "~start ~stop #num", ""},
    {"Max", "Max", "x", "keep_dims=keepDims", reduce},
    {"MaxPool", "MaxPool", "x", "", pool2d},
    {"MaxPool3D", "MaxPool3D", "x", "", pool3d},
    {"MaxPoolWithArgmax", "MaxPoolWithArgmax", "x", "include_batch_in_index=includeBatchInIndex", poolWithPlaces},
    {"Mean", "Mean", "x", "keep_dims=keepDims", mean},
    {"Min", "Min", "x", "keep_dims=keepDims", reduce},
    {"MirrorPad", "MirrorPad", "x #paddings", "mode^mode"},
    {"Mod", "FloorMod", "a b", ""},
    {"Multinomial", "Multinomial", "logits #numSamples", "seed=seed", multinomial},
    {"Multiply", "Mul", "a b", ""},
    {"NonMaxSuppressionV3", "NonMaxSuppressionV3", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold", ""},
    {"NonMaxSuppressionV4", "NonMaxSuppressionV4", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold",
     "pad_to_max_output_size=padToMaxOutputSize"},
    {"NonMaxSuppressionV5", "NonMaxSuppressionV5", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold ~softNmsSigma",
     ""},
    {"OneHot", "OneHot", "indices #depth", "", oneHot},
    {"Pack", "Pack", "*", "axis=axis", count},
    {"PadV2", "PadV2", "x #paddings =constantValue", ""},
    {"Prelu", "Prelu", "*", "", takeFloats},
    {"Prod", "Prod", "x", "keep_dims=keepDims", reduce},
    {"RaggedGather", "RaggedGather", "paramsDenseValues indices", "OUTPUT_RAGGED_RANK=outputRaggedRank", raggedGather},
    {"RaggedTensorToTensor", "RaggedTensorToTensor", "shape values defaultValue", "row_partition_types=rowPartitionTypes",
     raggedToTensor},
    {"Range", "Range", "", "", range},
    {"Reshape", "Reshape", "x #shape[]", ""},
    {"ResizeBilinear", "ResizeBilinear", "images #size", "align_corners=alignCorners half_pixel_centers=halfPixelCenters"},
    {"ResizeNearestNeighbor", "ResizeNearestNeighbor", "images #size",
     "align_corners=alignCorners half_pixel_centers=halfPixelCenters"},
    {"Reverse", "ReverseV2", "x", "", reverse},
    {"ScatterNd", "ScatterNd", "indices updates", "", scatter},
    {"SearchSorted", "LowerBound", "sortedSequence values", "", searchSorted},
    {"Select", "SelectV2", "condition t e", "", select},
    {"Sign", "Sign", "*", "", sign},
    {"Slice", "Slice", "x", "", slice},
    {"Softmax", "Softmax", "logits", "", softmax},
    {"SpaceToBatchND", "SpaceToBatchND", "x #blockShape[] #paddings", ""},
    {"SparseToDense", "SparseToDense", "sparseIndices #outputShape[] sparseValues defaultValue", ""},
    {"SplitV", "SplitV", "x", "", split},
    {"StaticRegexReplace", "StaticRegexReplace", "x", "pattern=pattern rewrite=rewrite replace_global=replaceGlobal"},
    {"StridedSlice", "StridedSlice", "x #begin[] #end[] #strides[]",
     "begin_mask=beginMask end_mask=endMask ellipsis_mask=ellipsisMask new_axis_mask=newAxisMask "
     "shrink_axis_mask=shrinkAxisMask"},
    {"StringNGrams", "StringNGrams", "data dataSplits",
     "separator=separator ngram_widths=nGramWidths left_pad=leftPad right_pad=rightPad pad_width=padWidth "
     "preserve_short_sequences=preserveShortSequences"},
    {"StringSplit", "StringSplit", "input delimiter", "skip_empty=skipEmpty"},
    {"StringToHashBucketFast", "StringToHashBucketFast", "input", "num_buckets=numBuckets"},
    {"Sum", "Sum", "x", "keep_dims=keepDims", reduce},
    {"Tile", "Tile", "x #reps[]", ""},
    {"TopK", "TopKV2", "x #k", "sorted=sorted"},
    {"Transform", "ImageProjectiveTransformV3", "image transforms", "interpolation^interpolation fill_mode^fillMode",
     transform},
    {"Transpose", "Transpose", "x #perm[]", ""},
    {"Unique", "UniqueV2", "x", "", unique},
    {"Unpack", "Unpack", "value", "axis=axis", unpack},
    {"UnsortedSegmentSum", "UnsortedSegmentSum", "x segmentIds #numSegments", ""},
    {"_FusedMatMul", "_FusedMatMul", "a b", "transpose_a=transposeA transpose_b=transposeB", fusedMatMul},
};

void addInput(const VectorCase& v, const std::string& token, MappedCase& m) {
  if (token == "*") {
    for (const auto& [name, tensors] : v.inputs) {
      for (const Tensor& tensor : tensors) m.add(tensor, false);
    }
    return;
  }
  const char kind = token[0];
  if (kind != '#' && kind != '=' && kind != '~') {
    const Tensor* tensor = v.input(token);
    if (!tensor) m.problem = "The input " + token + " was not given.";
    if (tensor) m.add(*tensor, false);
    return;
  }
  const bool vector = token.ends_with("[]");
  const std::string name = token.substr(1, token.size() - (vector ? 3 : 1));
  const Json& value = attr(v, name.c_str());
  if (value.is_null()) {
    m.problem = "The attribute " + name + " was not given.";
  } else if (kind == '#') {
    const Tensor tensor = intTensor(value);
    m.add(vector && tensor.shape().empty() ? tensor.reshaped({1}) : tensor, true);
  } else {
    m.add(scalarOf(kind == '~' || m.inputs.empty() ? DType::kFloat32 : m.inputs[0].dtype(), value), true);
  }
}

}  // namespace

MappedCase mapCase(const VectorCase& v) {
  MappedCase m;
  if (!v.op.empty()) {
    m.node.name = m.node.op = v.op;
    for (const auto& [name, tensors] : v.inputs) {
      const bool constant = std::find(v.constants.begin(), v.constants.end(), name) != v.constants.end();
      for (const Tensor& tensor : tensors) m.add(tensor, constant);
    }
    for (const auto& [name, value] : v.attrs.items()) m.node.attrs.set(name, attrOf(value));
    return m;
  }
  // Kernels without a line have TensorFlow's name and take their inputs in order.
  Rule rule{v.kernel, v.kernel, "*", ""};
  for (const Rule& candidate : kRules) {
    if (candidate.kernel == v.kernel) rule = candidate;
  }
  m.node.name = v.kernel;
  m.node.op = rule.op;
  std::istringstream inputs{std::string(rule.inputs)};
  for (std::string token; inputs >> token;) addInput(v, token, m);
  std::istringstream attrs{std::string(rule.attrs)};
  for (std::string token; attrs >> token;) {
    const std::size_t at = token.find_first_of("=^");
    const Json& value = attr(v, token.substr(at + 1).c_str());
    if (value.is_null()) continue;
    m.node.attrs.set(token.substr(0, at), token[at] == '^' ? Attr(upper(value.get<std::string>())) : attrOf(value));
  }
  if (m.problem.empty() && rule.adjust) rule.adjust(v, m);
  return m;
}

}  // namespace texflow::conformance
