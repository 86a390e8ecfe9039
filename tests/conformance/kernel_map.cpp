// TensorFlow.js kernel → TensorFlow op. One line a kernel; what a line cannot say is in its adjust function.
//
// Inputs, in the op's order: `x` the kernel's input x · `*` all of them · `#a` attribute a as int32 constant (scalar or
// vector) · `#a[]` always a vector · `=a` a scalar constant of the first input's dtype · `~a` a float32 scalar constant.
// Attributes: `tf=a` takes kernel attribute a under TensorFlow's name · `tf^a` in capitals.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

#include "conformance/vector_case.h"

namespace texflow::conformance {
namespace {

using Adjust = void (*)(const VectorCase&, MappedCase&);
using Ints = std::vector<std::int64_t>;

struct Rule {
  std::string_view kernel, op, inputs, attrs;
  Adjust adjust = nullptr;
};

const Json& attr(const VectorCase& v, const char* name) {
  static const Json null;
  const auto it = v.attrs.find(name);
  return it == v.attrs.end() ? null : *it;
}

Attr attrOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && !value.empty() && value[0].is_string()) return value.get<std::vector<std::string>>();
  return value.get<Ints>();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  return text;
}

// A number stands for all spatial dimensions.
Ints spatial(const Json& value, std::size_t count, std::int64_t fallback) {
  if (value.is_number()) return Ints(count, value.get<std::int64_t>());
  if (value.is_array()) return value.get<Ints>();
  return Ints(count, fallback);
}

Ints withBatchAndChannel(Ints inner, bool channelsFirst) {
  inner.insert(inner.begin(), 1);
  inner.insert(channelsFirst ? inner.begin() + 1 : inner.end(), 1);
  return inner;
}

// Strides, dilations, padding and data format of every windowed kernel.
void window(const VectorCase& v, MappedCase& m, std::size_t dims, const Ints& kernelSize) {
  const std::string format = attr(v, "dataFormat").is_string() ? attr(v, "dataFormat").get<std::string>() : "";
  const bool channelsFirst = format == "NCHW";
  if (!format.empty()) m.node.attrs.set("data_format", format);
  const Ints strides = spatial(attr(v, "strides"), dims, 1);
  const Ints dilations = spatial(attr(v, "dilations"), dims, 1);
  m.node.attrs.set("strides", withBatchAndChannel(strides, channelsFirst));
  if (attr(v, "dilations").is_array() || attr(v, "dilations").is_number()) {
    m.node.attrs.set("dilations", withBatchAndChannel(dilations, channelsFirst));
  }
  const Json& pad = attr(v, "pad");
  if (pad.is_string()) {
    m.node.attrs.set("padding", upper(pad.get<std::string>()));
    return;
  }
  Ints explicitPads(2 * (dims + 2), 0);
  if (pad.is_number()) {
    for (std::size_t i = 0; i < 2 * dims; ++i) explicitPads[(channelsFirst ? 4 : 2) + i] = pad.get<std::int64_t>();
  } else {
    for (std::size_t i = 0; i < explicitPads.size(); ++i) explicitPads[i] = pad[i / 2][i % 2].get<std::int64_t>();
  }
  const std::size_t first = channelsFirst ? 2 : 1;
  if (attr(v, "dimRoundingMode") == "ceil" || attr(v, "dimRoundingMode") == "round") {
    for (std::size_t i = 0; i < dims && !kernelSize.empty() && !m.inputs.empty(); ++i) {
      const std::int64_t rest =
          m.inputs[0].shape()[first + i] - kernelSize[i] + explicitPads[2 * (first + i)] + explicitPads[2 * (first + i) + 1];
      if (rest % strides[i] != 0) m.skip = "TensorFlow rounds the output size down only";
    }
  }
  if (std::all_of(explicitPads.begin(), explicitPads.end(), [](std::int64_t p) { return p == 0; })) {
    m.node.attrs.set("padding", std::string("VALID"));
  } else {
    m.node.attrs.set("padding", std::string("EXPLICIT"));
    m.node.attrs.set("explicit_paddings", explicitPads);
    const bool taken = m.node.op == "Conv2D" || m.node.op == "_FusedConv2D" || m.node.op == "DepthwiseConv2dNative" ||
                       m.node.op == "FusedDepthwiseConv2dNative" || m.node.op == "MaxPool" ||
                       m.node.op == "Conv2DBackpropInput";
    if (!taken) m.skip = "TensorFlow's op takes no explicit paddings";
    if (explicitPads[0] + explicitPads[1] > 0 || explicitPads[2 * dims + 2] + explicitPads[2 * dims + 3] > 0) {
      if (!channelsFirst) m.skip = "TensorFlow pads neither batch nor channels";
    }
  }
}

void conv2d(const VectorCase& v, MappedCase& m) { window(v, m, 2, {}); }
// TensorFlow.js computes gradients of sizes that no forward convolution has.
void convTranspose(const VectorCase& v, MappedCase& m) {
  conv2d(v, m);
  const Ints size = spatial(attr(v, "inputShape"), 4, 0), strides = spatial(attr(v, "strides"), 2, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t rows = (size[1 + i] + strides[i] - 1) / strides[i];
    if (attr(v, "pad") == "same" && m.inputs[2].shape()[1 + i] != rows) m.skip = "no convolution has this gradient";
  }
}
void conv3d(const VectorCase& v, MappedCase& m) { window(v, m, 3, {}); }

void dilation2d(const VectorCase& v, MappedCase& m) {
  window(v, m, 2, {});
  m.node.attrs.set("rates", withBatchAndChannel(spatial(attr(v, "dilations"), 2, 1), false));
}

void pool(const VectorCase& v, MappedCase& m, std::size_t dims) {
  const Ints size = spatial(attr(v, "filterSize"), dims, 1);
  m.node.attrs.set("ksize", withBatchAndChannel(size, false));
  window(v, m, dims, size);
  const bool single = std::all_of(size.begin(), size.end(), [](std::int64_t s) { return s == 1; });
  if (single && m.node.attrs.find<Ints>("explicit_paddings") && m.inputs[0].shape() == v.outputs[0].shape()) {
    m.skip = "TensorFlow.js takes a padded window of one pixel for the identity";
  }
}
void pool2d(const VectorCase& v, MappedCase& m) { pool(v, m, 2); }
void pool3d(const VectorCase& v, MappedCase& m) { pool(v, m, 3); }

// Bias and activation; a missing bias is a zero one, since TensorFlow's fused ops start with BiasAdd.
void fuse(const VectorCase& v, MappedCase& m, std::int64_t channels) {
  std::vector<std::string> ops{"BiasAdd"};
  const Tensor* bias = v.input("bias");
  if (bias && bias->size() != channels) {
    m.skip = "TensorFlow's BiasAdd takes one bias a channel";
    return;
  }
  m.add(bias ? bias->reshaped({channels}) : Tensor(DType::kFloat32, Shape{channels}), true);
  const std::string activation = v.attrs.value("activation", "linear");
  if (activation == "prelu") {
    const Tensor* slope = v.input("preluActivationWeights");
    if (slope) m.add(*slope, true);
    if (slope && slope->shape().size() > 1 && attr(v, "dataFormat") == "NCHW") m.skip = "slopes per pixel in NCHW";
    ops.emplace_back("Prelu");
  } else if (activation == "leakyrelu") {
    ops.emplace_back("LeakyRelu");
    m.node.attrs.set("leakyrelu_alpha", jsonNumber(attr(v, "leakyreluAlpha")));
  } else if (activation != "linear") {
    std::string name = activation;
    name[0] = char(std::toupper(static_cast<unsigned char>(name[0])));
    ops.push_back(name);
  }
  m.node.attrs.set("num_args", std::int64_t(m.inputs.size()) - 2);
  m.node.attrs.set("fused_ops", ops);
}

void fusedConv(const VectorCase& v, MappedCase& m) {
  conv2d(v, m);
  fuse(v, m, m.inputs[1].shape().back());
}
void fusedDepthwise(const VectorCase& v, MappedCase& m) {
  conv2d(v, m);
  fuse(v, m, m.inputs[1].shape()[2] * m.inputs[1].shape()[3]);
}
void fusedMatMul(const VectorCase& v, MappedCase& m) {
  for (Tensor& tensor : m.inputs) {
    if (tensor.shape().size() != 3 || tensor.shape()[0] != 1) {
      m.skip = "TensorFlow's _FusedMatMul takes matrices";
      return;
    }
    tensor = tensor.reshaped({tensor.shape()[1], tensor.shape()[2]});
  }
  m.dropsBatch = true;
  fuse(v, m, m.inputs[1].shape()[m.node.attrs.get<bool>("transpose_b", false) ? 0 : 1]);
}

// Axes that are null mean all.
void reduce(const VectorCase& v, MappedCase& m) {
  const Json& axes = v.attrs.contains("axis") ? attr(v, "axis") : attr(v, "reductionIndices");
  if (!axes.is_null()) {
    m.add(intTensor(axes), true);
    return;
  }
  Ints all;
  for (std::size_t i = 0; i < m.inputs[0].shape().size(); ++i) all.push_back(std::int64_t(i));
  m.add(Tensor::ints(all), true);
}

// TensorFlow.js averages integers and booleans as floats; TensorFlow's Mean of integers is an integer.
void mean(const VectorCase& v, MappedCase& m) {
  Tensor floats(DType::kFloat32, m.inputs[0].shape());
  for (std::int64_t i = 0; i < floats.size(); ++i)
    floats.mutableData<float>()[i] = static_cast<float>(m.inputs[0].number(i));
  m.inputs[0] = std::move(floats);
  reduce(v, m);
}

DType dtypeAttr(const VectorCase& v, DType fallback) {
  const Json& name = attr(v, "dtype");
  for (DType dtype : {DType::kFloat32, DType::kInt32, DType::kBool, DType::kString, DType::kComplex64}) {
    if (name.is_string() && name.get<std::string>() == dtypeName(dtype)) return dtype;
  }
  return fallback;
}

void cast(const VectorCase& v, MappedCase& m) {
  m.node.attrs.set("SrcT", m.inputs[0].dtype());
  m.node.attrs.set("DstT", dtypeAttr(v, DType::kFloat32));
}
void fill(const VectorCase& v, MappedCase& m) {
  const DType fallback = attr(v, "value").is_string() ? DType::kString : DType::kFloat32;
  m.add(scalarOf(dtypeAttr(v, fallback), attr(v, "value")), true);
}
// TensorFlow.js counts down from start by itself, and an unreachable stop gives an empty range.
void range(const VectorCase& v, MappedCase& m) {
  const double start = jsonNumber(attr(v, "start")), stop = jsonNumber(attr(v, "stop"));
  double step = attr(v, "step").is_null() ? 1 : jsonNumber(attr(v, "step"));
  if (stop < start && step == 1) step = -1;
  if ((stop - start) * step < 0) m.skip = "TensorFlow refuses a range that cannot reach its limit";
  for (double value : {start, stop, step}) m.add(scalarOf(dtypeAttr(v, DType::kFloat32), Json(value)), true);
}
// Missing trailing dimensions are whole ones.
void slice(const VectorCase& v, MappedCase& m) {
  const auto padded = [&](const char* name, std::int64_t rest) {
    Ints values = spatial(attr(v, name), 1, rest);
    values.resize(m.inputs[0].shape().size(), rest);
    return Tensor::ints(values);
  };
  m.add(padded("begin", 0), true);
  m.add(padded("size", -1), true);
}
void scatter(const VectorCase& v, MappedCase& m) {
  if (m.inputs[0].shape().size() == 1) m.inputs[0] = m.inputs[0].reshaped({m.inputs[0].size(), 1});
  if (attr(v, "shape").is_array()) m.add(intTensor(attr(v, "shape")), true);
}
void oneHot(const VectorCase& v, MappedCase& m) {
  const DType dtype = dtypeAttr(v, DType::kFloat32);
  m.add(scalarOf(dtype, attr(v, "onValue")), true);
  m.add(scalarOf(dtype, attr(v, "offValue")), true);
  m.node.attrs.set("axis", std::int64_t{-1});
}
void split(const VectorCase& v, MappedCase& m) {
  const Json& sizes = attr(v, "numOrSizeSplits");
  const Tensor axis = intTensor(attr(v, "axis"));
  if (sizes.is_number()) {
    m.node.op = "Split";
    m.node.attrs.set("num_split", sizes.get<std::int64_t>());
    m.inputs.insert(m.inputs.begin(), axis);
    m.constant.insert(m.constant.begin(), true);
    return;
  }
  m.node.attrs.set("num_split", std::int64_t(sizes.size()));
  m.add(intTensor(sizes), true);
  m.add(axis, true);
}
void unpack(const VectorCase& v, MappedCase& m) {
  const std::int64_t rank = std::int64_t(m.inputs[0].shape().size());
  std::int64_t axis = std::int64_t(jsonNumber(attr(v, "axis")));
  if (axis < 0) axis += rank;
  m.node.attrs.set("num", m.inputs[0].shape()[std::size_t(axis)]);
}
void count(const VectorCase&, MappedCase& m) { m.node.attrs.set("N", std::int64_t(m.inputs.size())); }
void countButLast(const VectorCase&, MappedCase& m) { m.node.attrs.set("N", std::int64_t(m.inputs.size()) - 1); }
void batchNorm(const VectorCase& v, MappedCase& m) {
  const Shape channels = v.input("mean")->shape();
  if (channels.size() != 1) m.skip = "TensorFlow's op takes one mean a channel";
  Tensor ones(DType::kFloat32, channels);
  std::fill_n(ones.mutableData<float>(), ones.size(), 1.0f);
  m.add(v.input("scale") ? *v.input("scale") : ones, true);
  m.add(v.input("offset") ? *v.input("offset") : Tensor(DType::kFloat32, channels), true);
  m.add(*v.input("mean"), true);
  m.add(*v.input("variance"), true);
  for (const Tensor& tensor : m.inputs) {
    if (&tensor != m.inputs.data() && tensor.shape() != channels) m.skip = "TensorFlow's op takes one value a channel";
  }
  m.node.attrs.set("is_training", false);
}
void softmax(const VectorCase& v, MappedCase& m) {
  if (std::int64_t(m.inputs[0].shape().size()) != std::int64_t(jsonNumber(attr(v, "dim"))) + 1) {
    m.skip = "TensorFlow's Softmax works on the last dimension";
  }
}
void select(const VectorCase&, MappedCase& m) {
  if (m.inputs[0].shape() != m.inputs[1].shape()) m.node.op = "Select";
}
void searchSorted(const VectorCase& v, MappedCase& m) {
  if (attr(v, "side") == "right") m.node.op = "UpperBound";
}
void unique(const VectorCase& v, MappedCase& m) { m.add(Tensor::ints({std::int64_t(jsonNumber(attr(v, "axis")))}), true); }
void transform(const VectorCase& v, MappedCase& m) {
  const Shape& image = m.inputs[0].shape();
  const Json& size = attr(v, "outputShape");
  m.add(size.is_array() ? intTensor(size) : Tensor::ints({image[1], image[2]}), true);
  m.add(scalarOf(DType::kFloat32, attr(v, "fillValue")), true);
}
void flip(const VectorCase&, MappedCase& m) { m.add(Tensor::ints({2}), true); }
void raggedGather(const VectorCase& v, MappedCase& m) {
  const auto& splits = *v.inputList("paramsNestedSplits");
  for (std::size_t i = 0; i < splits.size(); ++i) {
    m.inputs.insert(m.inputs.begin() + std::ptrdiff_t(i), splits[i]);
    m.constant.insert(m.constant.begin() + std::ptrdiff_t(i), false);
  }
  m.node.attrs.set("PARAMS_RAGGED_RANK", std::int64_t(splits.size()));
}
void raggedToTensor(const VectorCase& v, MappedCase& m) {
  const auto& partitions = *v.inputList("rowPartitionTensors");
  for (const Tensor& partition : partitions) m.add(partition, false);
  m.node.attrs.set("num_row_partition_tensors", std::int64_t(partitions.size()));
}
void dropNothing(const VectorCase&, MappedCase& m) { m.skip = "random numbers, or no op of that name in TensorFlow"; }

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
    {"ExpandDims", "ExpandDims", "input #dim", ""},
    {"Fill", "Fill", "#shape[]", "", fill},
    {"FlipLeftRight", "ReverseV2", "image", "", flip},
    {"FloorDiv", "FloorDiv", "a b", ""},
    {"FusedBatchNorm", "FusedBatchNormV3", "x", "epsilon=varianceEpsilon", batchNorm},
    {"FusedConv2D", "_FusedConv2D", "x filter", "", fusedConv},
    {"FusedDepthwiseConv2D", "FusedDepthwiseConv2dNative", "x filter", "", fusedDepthwise},
    {"GatherV2", "GatherV2", "x indices #axis", "batch_dims=batchDims"},
    {"LRN", "LRN", "x", "depth_radius=depthRadius bias=bias alpha=alpha beta=beta"},
    {"LeakyRelu", "LeakyRelu", "x", "alpha=alpha"},
    {"LinSpace", "LinSpace", "~start ~stop #num", ""},
    {"Max", "Max", "x", "keep_dims=keepDims", reduce},
    {"MaxPool", "MaxPool", "x", "", pool2d},
    {"MaxPool3D", "MaxPool3D", "x", "", pool3d},
    {"MaxPoolWithArgmax", "MaxPoolWithArgmax", "x", "include_batch_in_index=includeBatchInIndex", pool2d},
    {"Mean", "Mean", "x", "keep_dims=keepDims", mean},
    {"Min", "Min", "x", "keep_dims=keepDims", reduce},
    {"MirrorPad", "MirrorPad", "x #paddings", "mode^mode"},
    {"Mod", "FloorMod", "a b", ""},
    {"Multinomial", "", "", "", dropNothing},
    {"Multiply", "Mul", "a b", ""},
    {"NonMaxSuppressionV3", "NonMaxSuppressionV3", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold", ""},
    {"NonMaxSuppressionV4", "NonMaxSuppressionV4", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold",
     "pad_to_max_output_size=padToMaxOutputSize"},
    {"NonMaxSuppressionV5", "NonMaxSuppressionV5", "boxes scores #maxOutputSize ~iouThreshold ~scoreThreshold ~softNmsSigma",
     ""},
    {"OneHot", "OneHot", "indices #depth", "", oneHot},
    {"Pack", "Pack", "*", "axis=axis", count},
    {"PadV2", "PadV2", "x #paddings =constantValue", ""},
    {"Prod", "Prod", "x", "keep_dims=keepDims", reduce},
    {"RaggedGather", "RaggedGather", "paramsDenseValues indices", "OUTPUT_RAGGED_RANK=outputRaggedRank", raggedGather},
    {"RaggedTensorToTensor", "RaggedTensorToTensor", "shape values defaultValue", "row_partition_types=rowPartitionTypes",
     raggedToTensor},
    {"Range", "Range", "", "", range},
    {"Reshape", "Reshape", "x #shape[]", ""},
    {"ResizeBilinear", "ResizeBilinear", "images #size", "align_corners=alignCorners half_pixel_centers=halfPixelCenters"},
    {"ResizeNearestNeighbor", "ResizeNearestNeighbor", "images #size",
     "align_corners=alignCorners half_pixel_centers=halfPixelCenters"},
    {"Reverse", "ReverseV2", "x #dims[]", ""},
    {"ScatterNd", "ScatterNd", "indices updates", "", scatter},
    {"SearchSorted", "LowerBound", "sortedSequence values", "", searchSorted},
    {"Select", "SelectV2", "condition t e", "", select},
    {"Slice", "Slice", "x", "", slice},
    {"Softmax", "Softmax", "logits", "", softmax},
    {"SpaceToBatchND", "SpaceToBatchND", "x #blockShape[] #paddings", ""},
    {"SparseToDense", "SparseToDense", "sparseIndices #outputShape[] sparseValues defaultValue", ""},
    {"SplitV", "SplitV", "x", "", split},
    {"StaticRegexReplace", "StaticRegexReplace", "x", "pattern=pattern rewrite=rewrite replace_global=replaceGlobal"},
    {"Step", "", "", "", dropNothing},
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
    if (!tensor) m.skip = "input " + token + " was not given";
    if (tensor) m.add(*tensor, false);
    return;
  }
  const bool vector = token.ends_with("[]");
  const std::string name = token.substr(1, token.size() - (vector ? 3 : 1));
  const Json& value = attr(v, name.c_str());
  if (value.is_null()) {
    m.skip = "attribute " + name + " was not given";
  } else if (kind == '#') {
    const Tensor tensor = intTensor(value);
    m.add(vector && tensor.shape().empty() ? tensor.reshaped({1}) : tensor, true);
  } else {
    m.add(scalarOf(kind == '~' || m.inputs.empty() ? DType::kFloat32 : m.inputs[0].dtype(), value), true);
  }
}

bool hasNan(const VectorCase& v) {
  for (const auto& [name, tensors] : v.inputs) {
    for (const Tensor& tensor : tensors) {
      if (tensor.dtype() != DType::kFloat32) continue;
      const float* values = tensor.data<float>();
      if (std::any_of(values, values + tensor.size(), [](float x) { return std::isnan(x); })) return true;
    }
  }
  return false;
}

// Where TensorFlow.js answers and TensorFlow answers otherwise or not at all; this engine follows TensorFlow.
std::string differsFromTensorFlow(const VectorCase& v) {
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), v.kernel) != names.end();
  };
  const DType first = v.inputs.empty() || v.inputs[0].second.empty() ? DType::kFloat32 : v.inputs[0].second[0].dtype();
  if (first == DType::kInt32 && is({"Exp", "LeakyRelu", "Prelu"})) return "TensorFlow's op takes floats";
  if (first == DType::kFloat32 && is({"FloorDiv"})) return "TensorFlow keeps the dtype float32";
  if (first != DType::kFloat32 && is({"Mean"})) return "TensorFlow keeps the dtype, and bool has no mean";
  if (first == DType::kString && is({"Greater", "GreaterEqual", "Less", "LessEqual"})) return "TensorFlow orders no strings";
  if (first == DType::kComplex64 && is({"Cast"}) && v.outputs[0].dtype() == DType::kBool) {
    return "TensorFlow compares the imaginary part too";
  }
  if (is({"Sign"}) && hasNan(v)) return "TensorFlow's sign of NaN is NaN";
  return {};
}

}  // namespace

std::string undefinedInGlsl(const VectorCase& v) {
  if (hasNan(v)) return "GLSL leaves NaN open";
  if (v.kernel == "Tan") return "GLSL leaves the precision of tan near its poles open";
  return {};
}

MappedCase mapCase(const VectorCase& v) {
  MappedCase m;
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
  if (m.skip.empty() && rule.adjust) rule.adjust(v, m);
  if (m.skip.empty()) m.skip = differsFromTensorFlow(v);
  return m;
}

}  // namespace texflow::conformance
