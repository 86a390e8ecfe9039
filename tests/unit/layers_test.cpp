// Keras layers as nodes: values, names, and what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "converter/host_graph.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

struct Weight {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

/// A layers-model of these layers, loaded from its bytes.
Result<Graph> load(const std::string& className, const std::string& config, const std::vector<Weight>& weights,
                   const std::string& version = "2.19.0") {
  std::string manifest, bytes;
  for (const Weight& weight : weights) {
    manifest += std::string(manifest.empty() ? "" : ",") + R"({"name":")" + weight.name + R"(","shape":)" +
                shapeText(weight.shape) + R"(,"dtype":"float32"})";
    bytes.append(reinterpret_cast<const char*>(weight.values.data()), weight.values.size() * sizeof(float));
  }
  const std::string json = R"({"format":"layers-model","modelTopology":{"keras_version":")" + version +
                           R"(","model_config":{"class_name":")" + className + R"(","config":)" + config +
                           R"(}},"weightsManifest":[{"paths":["w.bin"],"weights":[)" + manifest + "]}]}";
  ModelLoader loader;
  if (auto begun = loader.begin(json); !begun.ok()) return begun.status();
  TEXFLOW_TRY(loader.feed(std::as_bytes(std::span(bytes.data(), bytes.size()))));
  return loader.finish();
}

std::string sequential(const std::string& shape, const std::string& layers) {
  return R"({"name":"s","layers":[{"class_name":"InputLayer","config":{"name":"x","batch_input_shape":)" + shape +
         R"(,"dtype":"float32"}},)" + layers + "]}";
}

std::vector<float> run(const Result<Graph>& graph, const Tensor& x) {
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  if (!graph.ok()) return {};
  const auto outputs = testing::runGraphOnHost(*graph, {{graph->inputs[0].name, x}});
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  if (!outputs.ok()) return {};
  const Tensor& y = outputs->begin()->second;
  return {y.data<float>(), y.data<float>() + y.size()};
}

void expectNear(const std::vector<float>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-5) << "element " << i;
}

Tensor tensor(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }

TEST(Layers, DenseIsProductBiasAndActivation) {
  const auto graph =
      load("Sequential",
           sequential("[null,2]",
                      R"({"class_name":"Dense","config":{"name":"d","units":2,"activation":"relu","use_bias":true}})"),
           {{"d/kernel", {2, 2}, {1, -1, 2, -2}}, {"d/bias", {2}, {0.5F, 0}}});
  expectNear(run(graph, tensor({1, 2}, {3, 4})), {11.5, 0});
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->inputs[0].name, "x");
  EXPECT_EQ(graph->inputs[0].shape, (Shape{-1, 2}));
  EXPECT_EQ(graph->outputs[0].name, "d");
}

TEST(Layers, TheFirstLayerOfASequentialModelMayBringTheShape) {
  const auto graph = load(
      "Sequential",
      R"({"layers":[{"class_name":"Activation","config":{"name":"a","batch_input_shape":[null,2],"activation":"linear"}}]})",
      {});
  expectNear(run(graph, tensor({1, 2}, {3, 4})), {3, 4});
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(graph->inputs[0].name, "a_input");
}

TEST(Layers, HardSigmoidHasTheSlopeOfItsKeras) {
  const std::string config =
      sequential("[null,1]", R"({"class_name":"Activation","config":{"name":"a","activation":"hard_sigmoid"}})");
  expectNear(run(load("Sequential", config, {}, "2.19.0"), tensor({1, 1}, {1})), {0.7});
  expectNear(run(load("Sequential", config, {}, "3.5.0"), tensor({1, 1}, {1})), {0.5 + 1.0 / 6});
}

TEST(Layers, ReluHasSlopeThresholdAndMaximum) {
  const auto graph =
      load("Sequential",
           sequential("[null,4]",
                      R"({"class_name":"ReLU","config":{"name":"r","negative_slope":0.5,"threshold":1,"max_value":3}})"),
           {});
  expectNear(run(graph, tensor({1, 4}, {-1, 0.5F, 2, 9})), {-1, -0.25, 2, 3});
}

TEST(Layers, AnLstmRepeatsItsStateWhereTheMaskIsFalse) {
  const std::string layers = R"({"class_name":"Masking","config":{"name":"m","mask_value":0}},
    {"class_name":"LSTM","config":{"name":"l","units":1,"activation":"tanh","recurrent_activation":"sigmoid","use_bias":false,"return_sequences":true}})";
  const auto graph = load(
      "Sequential", sequential("[null,3,1]", layers),
      {{"l/lstm_cell/kernel", {1, 4}, {1, 1, 1, 1}}, {"l/lstm_cell/recurrent_kernel", {1, 4}, {0.5F, 0.5F, 0.5F, 0.5F}}});
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const double c1 = sigmoid(1) * std::tanh(1), h1 = sigmoid(1) * std::tanh(c1), z = 2 + 0.5 * h1;
  const double c3 = sigmoid(z) * c1 + sigmoid(z) * std::tanh(z), h3 = sigmoid(z) * std::tanh(c3);
  expectNear(run(graph, tensor({1, 3, 1}, {1, 0, 2})), {h1, h1, h3});
}

TEST(Layers, ASharedModelIsCalledTwice) {
  const std::string inner = R"({"class_name":"Sequential","name":"inner","config":{"name":"inner","layers":[
    {"class_name":"InputLayer","config":{"name":"i","batch_input_shape":[null,1]}},{"class_name":"Dense","config":{"name":"d","units":1,"use_bias":false}}]},
    "inbound_nodes":[[["x",0,0,{}]],[["inner",1,0,{}]]]})";
  const auto graph = load(
      "Functional",
      R"({"name":"f","layers":[{"class_name":"InputLayer","name":"x","config":{"name":"x","batch_input_shape":[null,1]},"inbound_nodes":[]},)" +
          inner + R"(],"input_layers":[["x",0,0]],"output_layers":[["inner",2,0]]})",
      {{"d/kernel", {1, 1}, {3}}});
  expectNear(run(graph, tensor({1, 1}, {2})), {18});
}

TEST(Layers, OperationsOfKeras3TakeNumbers) {
  const std::string layers =
      R"({"class_name":"InputLayer","name":"x","config":{"name":"x","batch_shape":[null,2]},"inbound_nodes":[]},
    {"module":"keras.src.ops.numpy","class_name":"Multiply","name":"m","config":{"name":"m"},"inbound_nodes":[{"args":[
      {"class_name":"__keras_tensor__","config":{"shape":[null,2],"dtype":"float32","keras_history":["x",0,0]}},0.5],"kwargs":{}}]})";
  const auto graph =
      load("Functional", R"({"name":"f","layers":[)" + layers + R"(],"input_layers":["x",0,0],"output_layers":["m",0,0]})",
           {}, "3.5.0");
  expectNear(run(graph, tensor({1, 2}, {2, 4})), {1, 2});
}

TEST(Layers, ErrorsNameTheLayer) {
  const auto message = [](const std::string& layer, const std::vector<Weight>& weights = {}) {
    const auto graph = load("Sequential", sequential("[null,2]", layer), weights);
    return graph.ok() ? std::string() : graph.status().message();
  };
  const auto expect = [](const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts) EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(message(R"({"class_name":"Doubler","config":{"name":"twice"}})"), {"'twice'", "'Doubler'", "SavedModel"});
  expect(message(R"({"class_name":"Lambda","config":{"name":"odd"}})"), {"'odd'", "Python code", "SavedModel"});
  expect(message(R"({"class_name":"Dense","config":{"name":"d","units":2}})"), {"'d'", "no weight 'kernel'"});
  expect(message(R"({"class_name":"Dense","config":{"name":"d","units":2}})", {{"d/kernel", {3, 2}, {0, 0, 0, 0, 0, 0}}}),
         {"'d'", "[3,2]", "[2,2]"});
  expect(message(R"({"class_name":"Activation","config":{"name":"a","activation":"sine"}})"), {"'a'", "'sine'"});
  expect(message(R"({"class_name":"Conv2D","config":{"name":"c","filters":1,"kernel_size":3}})"), {"'c'", "4 dimensions"});
}

TEST(Layers, ATensorOfNoLayerIsRefused) {
  const auto message = [](const std::string& inbound) {
    const auto graph = load(
        "Functional",
        R"({"name":"f","layers":[{"class_name":"InputLayer","name":"x","config":{"name":"x","batch_input_shape":[null,1]},"inbound_nodes":[]},
    {"class_name":"Add","name":"a","config":{"name":"a"},"inbound_nodes":)" +
            inbound + R"(}],"input_layers":[["x",0,0]],"output_layers":[["a",0,0]]})",
        {});
    return graph.ok() ? std::string() : graph.status().message();
  };
  EXPECT_EQ(message(R"([[["x",0,0,{}],["x",0,0,{}]]])"), "");
  EXPECT_NE(message(R"([[["x",0,0,{}],["ghost",0,0,{}]]])").find("ghost"), std::string::npos);
  EXPECT_NE(message(R"([[["x",0,0,{}],["x",-1,0,{}]]])").find("[\"x\",-1,0,{}]"), std::string::npos);
  const auto tensor = [](const std::string& name) {
    return R"({"class_name":"__keras_tensor__","config":{"shape":[null,1],"dtype":"float32","keras_history":[")" + name +
           R"(",0,0]}})";
  };
  const auto call = [&](const std::string& other) {
    return R"([{"args":[[)" + tensor("x") + "," + tensor(other) + R"(]],"kwargs":{}}])";
  };
  EXPECT_EQ(message(call("x")), "");
  EXPECT_NE(message(call("ghost")).find("ghost"), std::string::npos) << message(call("ghost"));
}

TEST(Layers, ALayerThatDependsOnItselfIsRefused) {
  const auto graph = load(
      "Functional",
      R"({"name":"f","layers":[{"class_name":"InputLayer","name":"x","config":{"name":"x","batch_input_shape":[null,1]},"inbound_nodes":[]},
    {"class_name":"Activation","name":"a","config":{"name":"a","activation":"relu"},"inbound_nodes":[[["b",0,0,{}]]]},
    {"class_name":"Activation","name":"b","config":{"name":"b","activation":"relu"},"inbound_nodes":[[["a",0,0,{}]]]}],"input_layers":[["x",0,0]],"output_layers":[["b",0,0]]})",
      {});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("depends on its own output"), std::string::npos) << graph.status().message();
}

}  // namespace
}  // namespace texflow
