// Keras files that are written here and read back: HDF5, and layers-models from Keras 3 configs.
#include <unistd.h>

#include "host_graph.h"
#include "keras/keras_writers.h"
#include "keras/tfjs_config.h"
#include "keras_fixtures.h"

namespace texflow::testing {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("texflow-keras-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

KerasFile fileOf(const char* model, const std::string& version, const std::vector<std::pair<std::string, Tensor>>& weights) {
  KerasFile file;
  file.model = *parseJson(model, "The test's model");
  file.kerasVersion = version;
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : weights) {
    file.weights.push_back({name, {}, tensor.dtype(), tensor.shape()});
    tensors.push_back(tensor);
  }
  file.read = [tensors](std::size_t index) -> Result<Tensor> { return tensors[index]; };
  return file;
}

Tensor floats(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }

const char* const kModel = R"({"class_name":"Sequential","config":{"name":"s","layers":[
  {"class_name":"InputLayer","config":{"name":"x","batch_input_shape":[null,2],"dtype":"float32"}},
  {"class_name":"Dense","config":{"name":"block/one","units":2,"activation":"linear","use_bias":true}},
  {"class_name":"BatchNormalization","config":{"name":"bn","axis":[1],"epsilon":0.0}}]}})";

KerasFile model() {
  return fileOf(kModel, "2.19.0",
                {{"block/one/kernel", floats({2, 2}, {1, 0, 0, 1})},
                 {"block/one/bias", floats({2}, {1, 2})},
                 {"bn/gamma", floats({2}, {2, 3})},
                 {"bn/beta", floats({2}, {1, 1})},
                 {"bn/moving_mean", floats({2}, {1, 1})},
                 {"bn/moving_variance", floats({2}, {4, 1})}});
}

void expectValues(const Result<Graph>& graph, const std::vector<float>& x, const std::vector<float>& want) {
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  const auto outputs =
      runGraphOnHost(*graph, {{graph->inputs[0].name, floats({1, static_cast<std::int64_t>(x.size())}, x)}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  const Tensor& y = outputs->begin()->second;
  ASSERT_EQ(y.size(), static_cast<std::int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(y.data<float>()[i], want[i], 1e-5);
}

TEST(KerasRoundTrip, Hdf5KeepsLayersNamesAndValues) {
  MemorySink sink;
  const Status written = writeKerasHdf5(model(), sink, nullptr);
  ASSERT_TRUE(written.ok()) << written.message();
  const Folder folder;
  const auto file = readKerasHdf5(folder.put("model.h5", sink.files().at("model.h5")));
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->kerasVersion, "2.19.0");
  ASSERT_EQ(file->weights.size(), 6U);
  EXPECT_EQ(file->weights[0].name, "block/one/kernel");
  EXPECT_EQ(file->weights[0].group, "block/one");
  expectValues(kerasGraph(*file), {3, 4}, {4, 16});
}

TEST(KerasRoundTrip, TruncatedHdf5EndsInASentence) {
  MemorySink sink;
  ASSERT_TRUE(writeKerasHdf5(model(), sink, nullptr).ok());
  const std::string& bytes = sink.files().at("model.h5");
  const Folder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, std::size_t{100}, bytes.size() / 2, bytes.size() - 100}) {
    const auto file = readKerasHdf5(folder.put("model.h5", bytes.substr(0, size)));
    const auto graph = file.ok() ? kerasGraph(*file) : Result<Graph>(file.status());
    if (size + 100 < bytes.size()) {
      EXPECT_FALSE(graph.ok()) << size;
    }
    if (!graph.ok()) {
      EXPECT_TRUE(graph.status().message().ends_with(".")) << graph.status().message();
    }
  }
}

TEST(KerasRoundTrip, LayersModelsCanBeReadBack) {
  MemorySink sink;
  ConvertOptions options;
  options.splitWeightsByLayer = true;
  const Status written = writeLayersModel(model(), options, sink, nullptr);
  ASSERT_TRUE(written.ok()) << written.message();
  const Folder folder;
  for (const auto& [name, bytes] : sink.files()) folder.put(name, bytes);
  const auto file = readLayersModel(folder.path().string());
  ASSERT_TRUE(file.ok()) << file.status().message();
  expectValues(kerasGraph(*file), {3, 4}, {4, 16});
}

TEST(KerasRoundTrip, Keras3ConfigsBecomeThoseOfTensorFlowJs) {
  const auto topology =
      readKerasTopology(*parseJson(R"({"module":"keras","class_name":"Functional","config":{"name":"f","layers":[
    {"module":"keras.layers","class_name":"InputLayer","name":"x","config":{"name":"x","batch_shape":[null,4],"dtype":"float32"},"inbound_nodes":[]},
    {"module":"keras.layers","class_name":"Dense","name":"d","config":{"name":"d","dtype":{"class_name":"DTypePolicy","config":{"name":"mixed_float16"}},"units":2,"activation":"silu",
      "kernel_initializer":{"module":"keras.initializers","class_name":"GlorotUniform","config":{"seed":{"a":1}}}},
     "inbound_nodes":[{"args":[{"class_name":"__keras_tensor__","config":{"keras_history":["x",0,0]}}],"kwargs":{}}]}],
    "input_layers":["x",0,0],"output_layers":["d",0,0]}})",
                                   "config"),
                        "3.0.0");
  ASSERT_TRUE(topology.ok()) << topology.status().message();
  const TfjsConfig config = configForTfjs(*topology, {});
  ASSERT_TRUE(config.supported.ok()) << config.supported.message();
  const Json& layers = config.model["config"]["layers"];
  EXPECT_EQ(layers[0]["config"]["batch_input_shape"], (Json::array({nullptr, 4})));
  EXPECT_FALSE(layers[0]["config"].contains("batch_shape"));
  EXPECT_EQ(layers[1]["config"]["dtype"], "float32");
  EXPECT_EQ(layers[1]["config"]["activation"], "swish");
  EXPECT_EQ(layers[1]["config"]["kernel_initializer"]["class_name"], "Zeros");
  EXPECT_EQ(layers[1]["inbound_nodes"].dump(), R"([[["x",0,0,{}]]])");
  EXPECT_EQ(config.model["config"]["input_layers"].dump(), R"([["x",0,0]])");
}

TEST(KerasRoundTrip, WhatTensorFlowJsLacksIsNamed) {
  const auto why = [](const std::string& layer) {
    const Json model = *parseJson(R"({"class_name":"Sequential","config":{"layers":[)" + layer + "]}}", "config");
    return configForTfjs(*readKerasTopology(model, "2.19.0"), {}).supported.message();
  };
  for (const auto& [layer, part] :
       {std::pair{R"({"class_name":"Subtract","config":{"name":"s"}})", "'Subtract'"},
        {R"({"class_name":"GRU","config":{"name":"g","reset_after":true}})", "reset_after"},
        {R"({"class_name":"UpSampling2D","config":{"name":"u","interpolation":"bilinear"}})", "bilinear"},
        {R"({"class_name":"Dense","config":{"name":"d","activation":"exponential"}})", "'exp"}}) {
    EXPECT_NE(why(layer).find(part), std::string::npos) << why(layer);
    EXPECT_NE(why(layer).find("tfjs_graph_model"), std::string::npos);
  }
}

}  // namespace
}  // namespace texflow::testing
