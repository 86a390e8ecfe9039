#include <unordered_map>

#include "layers/layers.h"

namespace texflow {
namespace {

struct Registered : LayerClass {
  constexpr Registered(std::string_view layer, LayerFn function, bool mask = false, bool format = false)
      : LayerClass{layer, function, mask, format} {}
};

constexpr Registered kLayers[] = {
#define LAYER(...) Registered(__VA_ARGS__),
#include "layers/layer_table.def"
#undef LAYER
};

/// Other names of the same classes, from older versions and other writers.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"BatchNormalizationV1", "BatchNormalization"},
    {"BatchNormalizationV2", "BatchNormalization"},
    {"SyncBatchNormalization", "BatchNormalization"},
    {"UnifiedLSTM", "LSTM"},
    {"UnifiedGRU", "GRU"},
    {"LSTMV2", "LSTM"},
    {"GRUV2", "GRU"},
    {"Convolution1D", "Conv1D"},
    {"Convolution2D", "Conv2D"},
    {"Convolution3D", "Conv3D"},
    {"Deconvolution2D", "Conv2DTranspose"},
    {"Convolution2DTranspose", "Conv2DTranspose"},
    {"SeparableConvolution1D", "SeparableConv1D"},
    {"SeparableConvolution2D", "SeparableConv2D"},
    {"MaxPool1D", "MaxPooling1D"},
    {"MaxPool2D", "MaxPooling2D"},
    {"MaxPool3D", "MaxPooling3D"},
    {"AvgPool1D", "AveragePooling1D"},
    {"AvgPool2D", "AveragePooling2D"},
    {"AvgPool3D", "AveragePooling3D"},
    {"GlobalMaxPool2D", "GlobalMaxPooling2D"},
    {"GlobalAvgPool2D", "GlobalAveragePooling2D"},
    {"EfficientNet>FixedDropout", "FixedDropout"},
};

}  // namespace

const LayerClass* findLayer(std::string_view className) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const LayerClass*> map;
    for (const Registered& layer : kLayers) map.emplace(layer.name, &layer);
    for (const auto& [alias, name] : kAliases)
      if (const auto found = map.find(name); found != map.end()) map.emplace(alias, found->second);
    return map;
  }();
  const auto found = index.find(className);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace texflow
