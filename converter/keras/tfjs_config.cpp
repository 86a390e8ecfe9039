#include "tfjs_config.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "layers/layers.h"

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

bool hasActivation(std::string_view name) {
  return isOneOf(name, {"elu", "selu", "relu", "relu6", "linear", "sigmoid", "hard_sigmoid", "softplus", "softsign", "tanh",
                        "softmax", "log_softmax", "gelu", "gelu_new", "mish", "swish"});
}

bool hasInitializer(std::string_view name) {
  return isOneOf(
      name, {"Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal", "Identity", "VarianceScaling",
             "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LeCunNormal", "LeCunUniform", "Orthogonal"});
}

bool isModel(std::string_view name) { return isOneOf(name, {"Sequential", "Functional", "Model"}); }

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

class Rewriter {
 public:
  Rewriter(TfjsConfig& result, int major) : result_(result), major_(major) {}

  void model(Json& model);

 private:
  /// `python`: the layer is code that is not in the file, so no other format of this file helps.
  void refuse(const std::string& layer, const std::string& why, bool python = false);
  void layer(Json& layer);
  void layerConfig(const std::string& name, std::string& className, Json& config);
  void common(const std::string& name, Json& config);
  void activation(const std::string& name, Json& config, const char* key);
  void inbound(const std::string& name, Json& layer);
  void tensors(const Json& json, Json& list);

  TfjsConfig& result_;
  int major_;
  std::vector<std::string> nested_;  ///< Names of models among the layers of the model at hand.
};

void Rewriter::refuse(const std::string& layer, const std::string& why, bool python) {
  if (!result_.supported.ok()) return;
  result_.supported = Status::unsupported(
      "The layer '" + layer + "': " + why +
      (python ? " Its Python code is not in the file: save the model as a SavedModel and convert that."
              : " Convert to a graph-model instead: texflow convert --output_format=tfjs_graph_model INPUT OUTPUT."));
}

void Rewriter::activation(const std::string& name, Json& config, const char* key) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return;
  Json& value = *found;
  if (value.is_object()) {
    const Json* inner = member(value, "config");
    if (inner && inner->is_string()) value = Json(*inner);
  }
  if (!value.is_string())
    return refuse(name, "TensorFlow.js has no activations that are layers of their own (" + excerpt(value) + ").");
  std::string plain = activationName(textOf(&value));
  if (plain == "silu") plain = "swish";
  if (!hasActivation(plain)) return refuse(name, "TensorFlow.js has no activation '" + plain + "'.");
  if (plain == "hard_sigmoid" && major_ >= 3)
    return refuse(name, "The hard_sigmoid of TensorFlow.js has another slope than that of Keras 3.");
  value = plain;
}

void Rewriter::common(const std::string& name, Json& config) {
  for (auto it = config.begin(); it != config.end(); ++it) {
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
      if (const Json* inner = member(value, "config"); inner && major_ >= 3)
        for (const Json& item : *inner) simple = simple && !item.is_structured();
      if (!simple) value = Json{{"class_name", "Zeros"}, {"config", Json::object()}};
    }
    if (key.ends_with("_regularizer") && value.is_object() && className != "L1L2") value = nullptr;
    if (key.ends_with("_constraint") && value.is_object() &&
        !isOneOf(className, {"MaxNorm", "UnitNorm", "NonNeg", "MinMaxNorm"}))
      value = nullptr;
  }
  activation(name, config, "activation");
  activation(name, config, "recurrent_activation");
  if (major_ >= 3) config.erase("quantization_config");
}

void Rewriter::layerConfig(const std::string& name, std::string& className, Json& config) {
  if (!hasLayer(className) && !isIdentity(className))
    return refuse(name, "TensorFlow.js has no layer class '" + className + "'.", isPython(className));
  if (isIdentity(className)) {
    className = "Activation";
    config = Json{{"name", name}, {"trainable", true}, {"dtype", "float32"}, {"activation", "linear"}};
    return;
  }
  common(name, config);
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
      return refuse(name, "TensorFlow.js ignores the threshold and the negative_slope of ReLU.");
    if (slope != 0) {
      className = "LeakyReLU";
      config["alpha"] = slope;
    }
  } else if (className == "LeakyReLU") {
    if (config.contains("negative_slope")) config["alpha"] = Json(config["negative_slope"]);
    config.erase("negative_slope");
  } else if (className == "ELU") {
    if (numberIn(config, "alpha", 1) != 1)
      return refuse(name, "TensorFlow.js supports ELU with alpha 1 only; it is " + excerpt(config["alpha"]) + ".");
  } else if (className == "Softmax") {
    if (!isNull(config, "axis") && numberIn(config, "axis", 0) != -1)
      return refuse(name, "TensorFlow.js has softmax along the last axis only.");
  } else if (className == "UpSampling2D") {
    if (textOf(member(config, "interpolation")) == "bilinear")
      return refuse(name, "TensorFlow.js samples bilinear UpSampling2D at other positions than Keras.");
  } else if (className.starts_with("Conv") || className == "DepthwiseConv2D") {
    if (numberIn(config, "groups", 1) > 1) return refuse(name, "TensorFlow.js ignores the groups of a convolution.");
    if (className.ends_with("Transpose") && !isNull(config, "output_padding"))
      return refuse(name, "TensorFlow.js ignores the output_padding of a transposed convolution.");
    if (className == "DepthwiseConv2D") result_.renamed[name + "/kernel"] = name + "/depthwise_kernel";
  } else if (className == "GRU" || className == "GRUCell") {
    if (flagIn(config, "reset_after", major_ >= 3)) return refuse(name, "TensorFlow.js has no GRU with reset_after.");
  } else if (className == "RNN") {
    const auto cell = config.find("cell");
    const std::string cellClass(cell == config.end() ? std::string_view() : textOf(member(*cell, "class_name")));
    if (!isOneOf(cellClass, {"LSTMCell", "SimpleRNNCell", "GRUCell"}))
      return refuse(name, "TensorFlow.js does not load the weights of a " + cellClass + ".");
    if (cellClass == "GRUCell" && flagIn((*cell)["config"], "reset_after", major_ >= 3))
      return refuse(name, "TensorFlow.js has no GRU with reset_after.");
    common(name, (*cell)["config"]);
  } else if (className.starts_with("Global")) {
    if (flagIn(config, "keepdims")) return refuse(name, "TensorFlow.js ignores the keepdims of global pooling.");
  } else if (className == "LayerNormalization") {
    if (flagIn(config, "rms_scaling")) return refuse(name, "TensorFlow.js has no rms_scaling.");
  } else if (className == "Rescaling") {
    if (!config.contains("scale") || !config["scale"].is_number() ||
        (config.contains("offset") && !config["offset"].is_number()))
      return refuse(name, "TensorFlow.js rescales by one number only.");
  } else if (className == "Bidirectional" || className == "TimeDistributed") {
    const auto inner = config.find("layer");
    if (inner == config.end() || !inner->is_object() || !inner->contains("config")) return;
    std::string innerClass(textOf(member(*inner, "class_name")));
    Json& innerConfig = (*inner)["config"];
    if (isModel(innerClass)) {
      model(*inner);
    } else {
      layerConfig(name, innerClass, innerConfig);
      (*inner)["class_name"] = innerClass;
    }
    if (className == "TimeDistributed") return;
    // TensorFlow.js puts "forward_" before the name itself.
    const std::string innerName(textOf(member(innerConfig, "name")));
    if (innerName.starts_with("forward_")) innerConfig["name"] = innerName.substr(8);
    config.erase("backward_layer");
  }
}

void Rewriter::tensors(const Json& json, Json& list) {
  if (textOf(member(json, "class_name")) == "__keras_tensor__") {
    const Json* config = member(json, "config");
    const Json* history = config ? member(*config, "keras_history") : nullptr;
    if (!history || !history->is_array() || history->size() < 3) return;
    const std::string name(textOf(&(*history)[0]));
    // Keras 2 and TensorFlow.js count the making of a nested model as its first call.
    const std::int64_t more = std::find(nested_.begin(), nested_.end(), name) != nested_.end() ? 1 : 0;
    list.push_back(Json::array({name, integerOf((*history)[1]).value_or(0) + more, (*history)[2], Json::object()}));
  } else if (json.is_array()) {
    for (const Json& item : json) tensors(item, list);
  } else if (json.is_object()) {
    for (const Json& item : json) tensors(item, list);
  }
}

void Rewriter::inbound(const std::string& name, Json& layer) {
  const auto nodes = layer.find("inbound_nodes");
  if (nodes == layer.end() || !nodes->is_array()) return;
  for (Json& call : *nodes) {
    const Json* args = member(call, "args");
    if (!args) continue;
    Json list = Json::array();
    tensors(*args, list);
    if (const Json* kwargs = member(call, "kwargs"))
      for (auto it = kwargs->begin(); it != kwargs->end(); ++it) {
        Json more = Json::array();
        tensors(it.value(), more);
        if (more.empty()) continue;
        if (it.key() != "initial_state") refuse(name, "TensorFlow.js cannot pass '" + it.key() + "' to a layer.");
        for (const Json& item : more) list.push_back(item);
      }
    call = std::move(list);
  }
}

void Rewriter::layer(Json& layer) {
  if (!layer.is_object() || !layer.contains("config")) return;
  std::string className(textOf(member(layer, "class_name")));
  Json& config = layer["config"];
  std::string name(textOf(member(layer, "name")));
  if (name.empty()) name = textOf(member(config, "name"));
  if (isModel(className)) {
    model(layer);
  } else {
    layerConfig(name, className, config);
    layer["class_name"] = className;
  }
  inbound(name, layer);
  if (major_ >= 3)
    for (const char* key : {"module", "registered_name", "build_config"}) layer.erase(key);
}

void Rewriter::model(Json& model) {
  if (!model.contains("config")) return;
  Json& config = model["config"];
  Json* layers = config.is_array() ? &config : config.is_object() && config.contains("layers") ? &config["layers"] : nullptr;
  if (!layers || !layers->is_array()) return;
  const std::vector<std::string> outer = std::exchange(nested_, {});
  for (const Json& item : *layers)
    if (isModel(textOf(member(item, "class_name")))) {
      std::string name(textOf(member(item, "name")));
      if (const Json* inner = member(item, "config"); name.empty() && inner) name = textOf(member(*inner, "name"));
      nested_.push_back(name);
    }
  for (Json& item : *layers) layer(item);
  if (major_ >= 3 && config.is_object()) {
    config.erase("dtype");
    for (const char* key : {"input_layers", "output_layers"}) {
      if (!config.contains(key)) continue;
      Json list = Json::array();
      const Json ends = config[key];
      const bool single = ends.is_array() && ends.size() >= 3 && ends[0].is_string();
      for (const Json& end : single ? Json::array({ends}) : ends) {
        Json item = end;
        if (item.is_array() && item.size() >= 3 &&
            std::find(nested_.begin(), nested_.end(), textOf(&item[0])) != nested_.end())
          item[1] = integerOf(item[1]).value_or(0) + 1;
        list.push_back(std::move(item));
      }
      config[key] = std::move(list);
    }
  }
  nested_ = outer;
  if (major_ >= 3)
    for (const char* key : {"module", "registered_name", "build_config", "compile_config"}) model.erase(key);
}

}  // namespace

TfjsConfig configForTfjs(Json model, int kerasMajor) {
  TfjsConfig result;
  Rewriter(result, kerasMajor).model(model);
  result.model = std::move(model);
  return result;
}

}  // namespace texflow
