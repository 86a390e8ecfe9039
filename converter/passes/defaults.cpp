#include "passes/pass.h"

namespace texflow {
namespace {

struct Default {
  std::string_view op, attr;
  Attr value;
};

/// SavedModels leave out attributes that have TensorFlow's default; TensorFlow.js has another default for these, or none.
const std::vector<Default>& defaults() {
  using Ints = std::vector<std::int64_t>;
  const Ints one = {1, 1, 1, 1}, oneOfFive = {1, 1, 1, 1, 1};
  static const std::vector<Default> kDefaults = {
      {"Conv2D", "dilations", one},
      {"Conv2D", "data_format", std::string("NHWC")},
      {"_FusedConv2D", "dilations", one},
      {"_FusedConv2D", "data_format", std::string("NHWC")},
      {"DepthwiseConv2dNative", "dilations", one},
      {"DepthwiseConv2dNative", "data_format", std::string("NHWC")},
      {"FusedDepthwiseConv2dNative", "dilations", one},
      {"FusedDepthwiseConv2dNative", "data_format", std::string("NHWC")},
      {"Conv2DBackpropInput", "dilations", one},
      {"Conv2DBackpropInput", "data_format", std::string("NHWC")},
      {"Conv3D", "dilations", oneOfFive},
      {"Conv3D", "data_format", std::string("NDHWC")},
      {"AvgPool", "data_format", std::string("NHWC")},
      {"MaxPool", "data_format", std::string("NHWC")},
      {"AvgPool3D", "data_format", std::string("NDHWC")},
      {"MaxPool3D", "data_format", std::string("NDHWC")},
      {"DepthToSpace", "data_format", std::string("NHWC")},
      {"FusedBatchNorm", "epsilon", 1e-4},
      {"FusedBatchNormV2", "epsilon", 1e-4},
      {"FusedBatchNormV3", "epsilon", 1e-4},
      {"LeakyRelu", "alpha", 0.2},
      {"LRN", "depth_radius", std::int64_t{5}},
      {"LRN", "bias", 1.0},
      {"LRN", "alpha", 1.0},
      {"LRN", "beta", 0.5},
      {"TopKV2", "sorted", true},
      {"OneHot", "axis", std::int64_t{-1}},
      {"MaxPoolWithArgmax", "include_batch_in_index", false},
      {"CropAndResize", "method", std::string("bilinear")},
      {"CropAndResize", "extrapolation_value", 0.0},
  };
  return kDefaults;
}

}  // namespace

Status fillDefaults(Rewriter& graph, const ConvertOptions&) {
  for (int i = 0; i < graph.size(); ++i)
    for (const Default& entry : defaults())
      if (graph.node(i).op == entry.op && !graph.node(i).attrs.all().contains(entry.attr))
        graph.edit(i).attrs.set(std::string(entry.attr), entry.value);
  return {};
}

}  // namespace texflow
