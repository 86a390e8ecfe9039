#include "tfjs_layer.h"

#include <algorithm>
#include <initializer_list>

#include "layers/layers.h"
#include "tfjs_parts.h"

namespace texflow {
namespace {

using Names = std::initializer_list<std::string_view>;

bool isOneOf(std::string_view name, Names names) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// Layer classes that TensorFlow.js 4.22 registers and computes as Keras does.
bool hasLayer(std::string_view name) {
  return isOneOf(name, {"InputLayer",
                        "Dense",
                        "Activation",
                        "Dropout",
                        "SpatialDropout1D",
                        "Flatten",
                        "Reshape",
                        "Permute",
                        "RepeatVector",
                        "Masking",
                        "Embedding",
                        "Conv1D",
                        "Conv2D",
                        "Conv2DTranspose",
                        "Conv3D",
                        "Conv3DTranspose",
                        "SeparableConv2D",
                        "DepthwiseConv2D",
                        "Cropping2D",
                        "UpSampling2D",
                        "ZeroPadding2D",
                        "MaxPooling1D",
                        "MaxPooling2D",
                        "MaxPooling3D",
                        "AveragePooling1D",
                        "AveragePooling2D",
                        "AveragePooling3D",
                        "GlobalAveragePooling1D",
                        "GlobalAveragePooling2D",
                        "GlobalMaxPooling1D",
                        "GlobalMaxPooling2D",
                        "RNN",
                        "SimpleRNN",
                        "GRU",
                        "LSTM",
                        "ConvLSTM2D",
                        "Bidirectional",
                        "TimeDistributed",
                        "Add",
                        "Average",
                        "Concatenate",
                        "Dot",
                        "Maximum",
                        "Minimum",
                        "Multiply",
                        "BatchNormalization",
                        "LayerNormalization",
                        "GaussianNoise",
                        "GaussianDropout",
                        "AlphaDropout",
                        "ReLU",
                        "LeakyReLU",
                        "PReLU",
                        "ELU",
                        "ThresholdedReLU",
                        "Softmax",
                        "Rescaling",
                        "CenterCrop",
                        "CategoryEncoding",
                        "Sequential",
                        "Functional",
                        "Model"});
}

/// Layers that do nothing outside training and that TensorFlow.js lacks.
bool isIdentity(std::string_view name) {
  return isOneOf(name, {"SpatialDropout2D", "SpatialDropout3D", "ActivityRegularization", "FixedDropout", "Identity",
                        "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast",
                        "RandomBrightness", "RandomWidth", "RandomHeight"});
}

bool hasInitializer(std::string_view name) {
  return isOneOf(
      name, {"Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal", "Identity", "VarianceScaling",
             "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LeCunNormal", "LeCunUniform", "Orthogonal"});
}

bool isNull(const Json& object, const char* key) {
  const Json* value = member(object, key);
  return !value || value->is_null();
}

/// Lambda layers and custom classes. What Keras 3 lists as classes may be operations, which graphs can have.
bool isPython(const std::string& className) {
  return className == "Lambda" || className.find('>') != std::string::npos ||
         (!findLayer(className) && !isOperation(className));
}

double numberIn(const Json& config, const char* key, double fallback) {
  const Json* value = member(config, key);
  return value ? realOf(*value).value_or(fallback) : fallback;
}

bool flagIn(const Json& config, const char* key, bool fallback = false) {
  const Json* value = member(config, key);
  return value && value->is_boolean() ? value->get<bool>() : fallback;
}

}  // namespace

void TfjsLayer::activation(Json& of, const char* key) {
  const auto found = of.find(key);
  if (found == of.end() || found->is_null()) return;
  Json& value = *found;
  const std::string plain = plainActivation(&value);
  if (plain.empty())
    return refuse("TensorFlow.js has no activations that are layers of their own (" + excerpt(value) + ").");
  if (plain == "hard_sigmoid" && kerasMajor >= 3)
    return refuse("The hard_sigmoid of TensorFlow.js has another slope than that of Keras 3.");
  if (!hasTfjsActivation(plain, kerasMajor)) return refuse("TensorFlow.js has no activation '" + plain + "'.");
  value = plain;
}

void TfjsLayer::common(Json& of) {
  for (auto it = of.begin(); it != of.end(); ++it) {
    const std::string& key = it.key();
    Json& value = it.value();
    const std::string className(textOf(member(value, "class_name")));
    if (key == "dtype" && value.is_object()) {
      const Json* inner = member(value, "config");
      value = inner ? std::string(textOf(member(*inner, "name"))) : std::string("float32");
    }
    if (key == "dtype" && textOf(&value).find("float") != std::string_view::npos) value = "float32";
    if (key.ends_with("_initializer") && value.is_object()) {
      // Every weight has a value in the file: an initializer that TensorFlow.js cannot make is not needed.
      bool simple = hasInitializer(className);
      if (const Json* inner = member(value, "config"); inner && kerasMajor >= 3)
        for (const Json& item : *inner) simple = simple && !item.is_structured();
      if (!simple) value = Json{{"class_name", "Zeros"}, {"config", Json::object()}};
    }
    if (key.ends_with("_regularizer") && value.is_object() && className != "L1L2") value = nullptr;
    if (key.ends_with("_constraint") && value.is_object() &&
        !isOneOf(className, {"MaxNorm", "UnitNorm", "NonNeg", "MinMaxNorm"}))
      value = nullptr;
  }
  activation(of, "activation");
  activation(of, "recurrent_activation");
  if (kerasMajor >= 3) of.erase("quantization_config");
}

void TfjsLayer::rewrite(const std::function<void(Json&)>& nested) {
  if (!hasLayer(className) && !isIdentity(className))
    return refuse("TensorFlow.js has no layer class '" + className + "'.", isPython(className));
  if (isIdentity(className)) {
    className = "Activation";
    config = Json{{"name", name}, {"trainable", true}, {"dtype", "float32"}, {"activation", "linear"}};
    return;
  }
  common(config);
  if (className == "InputLayer") {
    if (config.contains("batch_shape") && !config.contains("batch_input_shape"))
      config["batch_input_shape"] = Json(config["batch_shape"]);
    config.erase("batch_shape");
    config.erase("optional");
  } else if (className == "SeparableConv2D") {
    for (const char* key : {"kernel_initializer", "kernel_regularizer", "kernel_constraint"}) config.erase(key);
  } else if (className == "ReLU") {
    const double slope = numberIn(config, "negative_slope", 0);
    if (numberIn(config, "threshold", 0) != 0 || (slope != 0 && !isNull(config, "max_value")))
      return refuse("TensorFlow.js ignores the threshold and the negative_slope of ReLU.");
    if (slope != 0) {
      className = "LeakyReLU";
      config["alpha"] = slope;
    }
  } else if (className == "LeakyReLU") {
    if (config.contains("negative_slope")) config["alpha"] = Json(config["negative_slope"]);
    config.erase("negative_slope");
  } else if (className == "ELU") {
    if (numberIn(config, "alpha", 1) != 1)
      return refuse("TensorFlow.js supports ELU with alpha 1 only; it is " + excerpt(config["alpha"]) + ".");
  } else if (className == "Softmax") {
    if (!isNull(config, "axis") && numberIn(config, "axis", 0) != -1)
      return refuse("TensorFlow.js has softmax along the last axis only.");
  } else if (className == "UpSampling2D") {
    if (textOf(member(config, "interpolation")) == "bilinear")
      return refuse("TensorFlow.js samples bilinear UpSampling2D at other positions than Keras.");
  } else if (className.starts_with("Conv") || className == "DepthwiseConv2D") {
    if (numberIn(config, "groups", 1) > 1) return refuse("TensorFlow.js ignores the groups of a convolution.");
    if (className.ends_with("Transpose") && !isNull(config, "output_padding"))
      return refuse("TensorFlow.js ignores the output_padding of a transposed convolution.");
    if (className == "DepthwiseConv2D") renamed[name + "/kernel"] = name + "/depthwise_kernel";
  } else if (className == "GRU" || className == "GRUCell") {
    if (flagIn(config, "reset_after", kerasMajor >= 3)) return refuse("TensorFlow.js has no GRU with reset_after.");
  } else if (className == "RNN") {
    const auto cell = config.find("cell");
    const std::string cellClass(cell == config.end() ? std::string_view() : textOf(member(*cell, "class_name")));
    if (!isOneOf(cellClass, {"LSTMCell", "SimpleRNNCell", "GRUCell"}))
      return refuse("TensorFlow.js does not load the weights of a " + cellClass + ".");
    if (cellClass == "GRUCell" && flagIn((*cell)["config"], "reset_after", kerasMajor >= 3))
      return refuse("TensorFlow.js has no GRU with reset_after.");
    common((*cell)["config"]);
  } else if (className.starts_with("Global")) {
    if (flagIn(config, "keepdims")) return refuse("TensorFlow.js ignores the keepdims of global pooling.");
  } else if (className == "LayerNormalization") {
    if (flagIn(config, "rms_scaling")) return refuse("TensorFlow.js has no rms_scaling.");
  } else if (className == "Rescaling") {
    if (!config.contains("scale") || !config["scale"].is_number() ||
        (config.contains("offset") && !config["offset"].is_number()))
      return refuse("TensorFlow.js rescales by one number only.");
  } else if (className == "Bidirectional" || className == "TimeDistributed") {
    const auto inner = config.find("layer");
    if (inner == config.end() || !inner->is_object() || !inner->contains("config")) return;
    Json& innerConfig = (*inner)["config"];
    const std::string innerClass(textOf(member(*inner, "class_name")));
    if (innerClass == "Sequential" || innerClass == "Functional" || innerClass == "Model") {
      nested(*inner);
    } else {
      TfjsLayer layer{name, innerClass, innerConfig, kerasMajor};
      layer.rewrite(nested);
      if (refusal.empty()) refusal = layer.refusal, python = layer.python;
      renamed.merge(layer.renamed);
      innerConfig = std::move(layer.config);
      (*inner)["class_name"] = layer.className;
    }
    if (className == "TimeDistributed") return;
    // TensorFlow.js puts "forward_" before the name itself.
    const std::string innerName(textOf(member(innerConfig, "name")));
    if (innerName.starts_with("forward_")) innerConfig["name"] = innerName.substr(8);
    config.erase("backward_layer");
  }
}

}  // namespace texflow
