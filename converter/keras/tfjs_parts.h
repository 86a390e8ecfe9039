// Layers that TensorFlow.js lacks or computes otherwise, written as several that it has.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.h"
#include "layer_records.h"

namespace texflow {

/// A tensor inside a composition: output `tensor` of a part or, where `part` is -1, input `tensor` of the layer.
struct PartTensor {
  int part = -1;
  int tensor = 0;
};

/// One Keras layer to be composed of others, and the parts so far. Configs are those of Keras 2. The first refusal counts.
class Parts {
 public:
  struct Part {
    std::string className;
    Json config;
    std::vector<PartTensor> inputs;
    std::vector<std::pair<std::string, Tensor>> weights;  ///< By what TensorFlow.js calls them within the layer.
    bool keepsWeights = false;                            ///< Has the weights of the layer itself.
  };

  // The layer.
  std::string name, className;
  const Json& config;
  int kerasMajor = 2;
  const LayerRecord& record;
  std::map<std::string, int> keywords;                           ///< Inputs given by keyword.
  Json args;                                                     ///< Positional arguments of an operation as written.
  std::function<Result<Tensor>(const std::string&)> readWeight;  ///< By name below the layer: "kernel".

  // What it becomes.
  std::vector<Part> parts{};
  std::vector<PartTensor> outputs{};
  std::string refusal{};
  bool exact = false;  ///< The weights that were made must not be quantized.

  void refuse(std::string why) {
    if (refusal.empty()) refusal = std::move(why);
  }
  bool flag(const char* key, bool fallback = false) const;
  double number(const char* key, double fallback) const;
  std::int64_t integer(const char* key, std::int64_t fallback) const;
  std::string text(const char* key, const char* fallback) const;
  std::vector<std::int64_t> ints(const char* key, std::size_t count, std::int64_t fallback) const;
  bool isNull(const char* key) const;
  /// Shape of an input, -1 where it is not known.
  const Shape& shape(std::size_t input = 0) const;
  std::int64_t dim(int axis, std::size_t input = 0) const;
  /// A weight of the layer, float32, of the rank asked for; zeros and a refusal where it is not.
  Tensor weight(const std::string& role, std::size_t rank);
  /// Whether the layer is called on images or sequences with the channels last.
  bool channelsLast() const { return text("data_format", "channels_last") != "channels_first"; }

  PartTensor input(int index = 0) const { return {-1, index}; }
  PartTensor add(const char* layerClass, Json layerConfig, std::vector<PartTensor> inputs,
                 std::vector<std::pair<std::string, Tensor>> weights = {});
  PartTensor activation(const PartTensor& x, const char* activationName);
  PartTensor scaled(const PartTensor& x, double scale, double offset = 0);
  PartTensor sum(const PartTensor& a, const PartTensor& b) { return add("Add", Json::object(), {a, b}); }
  PartTensor product(const PartTensor& a, const PartTensor& b) { return add("Multiply", Json::object(), {a, b}); }
  PartTensor reshape(const PartTensor& x, const std::vector<std::int64_t>& target);
  PartTensor permute(const PartTensor& x, const std::vector<int>& dims);
  PartTensor relu(const PartTensor& x, double maximum = -1);
  /// x times a matrix [in, out], plus a vector if there is one.
  PartTensor dense(const PartTensor& x, Tensor kernel, const Tensor* bias = nullptr);
  /// Product of matrices, contracting axis `a` of x with axis `b` of y; the batch is axis 0.
  PartTensor dot(const PartTensor& x, const PartTensor& y, int a, int b);
  /// (x - mean) * scale + offset along the last axis.
  PartTensor affine(const PartTensor& x, const Tensor& mean, const Tensor& scale, const Tensor& offset);
  void give(const PartTensor& value) { outputs.assign(1, value); }
};

/// A float32 matrix that is filled by element.
Tensor matrix(std::int64_t rows, std::int64_t columns, const std::function<double(std::int64_t, std::int64_t)>& at);
/// A float32 vector.
Tensor vectorOf(const std::vector<double>& values);

/// Whether the layer is one that has to be composed.
bool needsParts(std::string_view className, const Json& config, int kerasMajor, bool operation);
/// Fills parts and outputs, or refuses.
void composeLayer(Parts& layer);

/// x after an activation, of one layer or several; refuses what is not known. `kerasMajor` decides what a name means.
PartTensor composeActivation(Parts& layer, const PartTensor& x, std::string_view activationName);
/// Whether TensorFlow.js has the activation, with Keras's values.
bool hasTfjsActivation(std::string_view activationName, int kerasMajor);
/// The activation's name as TensorFlow.js spells it; empty where it is a layer of its own.
std::string plainActivation(const Json* value);

// One function a kind of layer.
void composeActivatedLayer(Parts& layer);
void composeRelu(Parts& layer);
void composeElu(Parts& layer);
void composeSoftmax(Parts& layer);
void composeSubtract(Parts& layer);
void composeSequenceShape(Parts& layer);
void composeVolumeShape(Parts& layer);
void composeGlobalPooling(Parts& layer);
void composeResize(Parts& layer);
void composeSequenceConv(Parts& layer);
void composeGroupedConv(Parts& layer);
void composeNormalization(Parts& layer);
void composeRescaling(Parts& layer);
void composeGroupNormalization(Parts& layer);
void composeLayerScale(Parts& layer);
void composeDiscretization(Parts& layer);
void composeCategoryEncoding(Parts& layer);
void composeAttention(Parts& layer);
void composeMultiHeadAttention(Parts& layer);
void composeGru(Parts& layer);
void composeBidirectional(Parts& layer);
void composeCells(Parts& layer);
void composeOperation(Parts& layer);

}  // namespace texflow
