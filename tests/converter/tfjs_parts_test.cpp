// Layers that TensorFlow.js lacks: what is written instead computes the same and holds only layers that it has.
#include <cmath>

#include "host_graph.h"
#include "json.h"
#include "keras/keras_writers.h"
#include "keras_fixtures.h"
#include "layers/keras_model.h"
#include "weights.h"

namespace texflow::testing {
namespace {

struct Case {
  const char* what;
  const char* layers;  ///< Between input and output of a Functional model of Keras 2; the last is called "y".
  std::vector<std::pair<std::string, Shape>> weights;
  Shape input;
};

/// A fixed sequence in (-1, 1).
Tensor valuesOf(Shape shape) {
  static std::uint32_t seed = 1;
  Tensor tensor(DType::kFloat32, std::move(shape));
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    seed = seed * 1103515245U + 12345U;
    tensor.mutableData<float>()[i] = static_cast<float>(seed >> 8) / 8388608.0F - 1;
  }
  return tensor;
}

KerasFile fileOf(const Case& test) {
  KerasFile file;
  Json shape = Json::array({nullptr});
  for (std::size_t i = 1; i < test.input.size(); ++i) shape.push_back(test.input[i]);
  const std::string text =
      R"({"class_name":"Functional","config":{"name":"m","layers":[{"class_name":"InputLayer","name":"x",
    "config":{"name":"x","dtype":"float32","batch_input_shape":)" +
      shape.dump() + R"(},"inbound_nodes":[]},)" + test.layers +
      R"(],"input_layers":[["x",0,0]],"output_layers":[["y",0,0]]}})";
  file.model = *parseJson(text, test.what);
  file.kerasVersion = "2.19.0";
  std::vector<Tensor> tensors;
  for (const auto& [name, size] : test.weights) {
    tensors.push_back(valuesOf(size));
    file.weights.push_back({name, {}, DType::kFloat32, size});
  }
  file.read = [tensors](std::size_t index) -> Result<Tensor> { return tensors[index]; };
  return file;
}

/// The written model as a file again.
KerasFile readBack(const MemorySink& sink) {
  const auto model = parseJson(sink.files().at("model.json"), "model.json");
  KerasFile file;
  file.model = (*model)["modelTopology"]["model_config"];
  file.kerasVersion = "2.19.0";
  WeightDecoder decoder;
  for (const Json& group : (*model)["weightsManifest"])
    for (const Json& entry : group["weights"]) {
      auto spec = parseWeightSpec(entry);
      file.weights.push_back({spec->name, {}, spec->dtype, spec->shape});
      decoder.add(std::move(*spec));
    }
  if (const auto shard = sink.files().find("group1-shard1of1.bin"); shard != sink.files().end()) {
    const Status fed = decoder.feed(std::as_bytes(std::span(shard->second.data(), shard->second.size())));
    EXPECT_TRUE(fed.ok()) << fed.message();
  }
  file.read = [tensors = decoder.take()](std::size_t index) -> Result<Tensor> { return tensors[index]; };
  return file;
}

Tensor outputOf(const KerasFile& file, const Tensor& x) {
  const auto graph = kerasGraph(file);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  if (!graph.ok()) return {};
  const auto outputs = runGraphOnHost(*graph, {{"x", x}});
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  return outputs.ok() ? outputs->at("y") : Tensor();
}

const Case kCases[] = {
    {"ELU with alpha",
     R"({"class_name":"ELU","name":"y","config":{"name":"y","alpha":0.7},"inbound_nodes":[[["x",0,0,{}]]]})",
     {},
     {2, 5}},
    {"ReLU with all options",
     R"({"class_name":"ReLU","name":"y","config":{"name":"y","negative_slope":0.3,"threshold":-0.4,"max_value":0.5},"inbound_nodes":[[["x",0,0,{}]]]})",
     {},
     {3, 7}},
    {"Softmax along axis 1",
     R"({"class_name":"Softmax","name":"y","config":{"name":"y","axis":1},"inbound_nodes":[[["x",0,0,{}]]]})",
     {},
     {2, 3, 4}},
    {"exponential",
     R"({"class_name":"Dense","name":"y","config":{"name":"y","units":3,"activation":"exponential"},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/kernel", {4, 3}}, {"y/bias", {3}}},
     {2, 4}},
    {"Subtract of a shared layer",
     R"({"class_name":"Dense","name":"d","config":{"name":"d","units":4,"activation":"tanh"},"inbound_nodes":[[["x",0,0,{}]],[["d",0,0,{}]]]},
      {"class_name":"Subtract","name":"s","config":{"name":"s"},"inbound_nodes":[[["x",0,0,{}],["d",0,0,{}]],[["d",1,0,{}],["s",0,0,{}]]]},
      {"class_name":"Activation","name":"y","config":{"name":"y","activation":"linear"},"inbound_nodes":[[["s",1,0,{}]]]})",
     {{"d/kernel", {4, 4}}, {"d/bias", {4}}},
     {2, 4}},
    {"padding, cropping and repeating sequences",
     R"({"class_name":"ZeroPadding1D","name":"p","config":{"name":"p","padding":[1,2]},"inbound_nodes":[[["x",0,0,{}]]]},
      {"class_name":"UpSampling1D","name":"u","config":{"name":"u","size":2},"inbound_nodes":[[["p",0,0,{}]]]},
      {"class_name":"Cropping1D","name":"y","config":{"name":"y","cropping":[3,1]},"inbound_nodes":[[["u",0,0,{}]]]})",
     {},
     {2, 5, 3}},
    {"volumes",
     R"({"class_name":"ZeroPadding3D","name":"p","config":{"name":"p","padding":[[1,0],[0,1],[2,1]]},"inbound_nodes":[[["x",0,0,{}]]]},
      {"class_name":"UpSampling3D","name":"u","config":{"name":"u","size":[1,2,3]},"inbound_nodes":[[["p",0,0,{}]]]},
      {"class_name":"Cropping3D","name":"c","config":{"name":"c","cropping":[[0,1],[1,2],[3,0]]},"inbound_nodes":[[["u",0,0,{}]]]},
      {"class_name":"GlobalMaxPooling3D","name":"y","config":{"name":"y","keepdims":true},"inbound_nodes":[[["c",0,0,{}]]]})",
     {},
     {1, 2, 3, 4, 2}},
    {"bilinear images",
     R"({"class_name":"UpSampling2D","name":"u","config":{"name":"u","size":[2,3],"interpolation":"bilinear"},"inbound_nodes":[[["x",0,0,{}]]]},
      {"class_name":"Resizing","name":"y","config":{"name":"y","height":5,"width":4,"interpolation":"bilinear"},"inbound_nodes":[[["u",0,0,{}]]]})",
     {},
     {1, 4, 3, 2}},
    {"causal separable convolution of sequences",
     R"({"class_name":"SeparableConv1D","name":"y","config":{"name":"y","filters":3,"kernel_size":[3],"strides":[1],"dilation_rate":[2],"padding":"same","depth_multiplier":2,"activation":"relu"},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/depthwise_kernel", {3, 2, 2}}, {"y/pointwise_kernel", {1, 4, 3}}, {"y/bias", {3}}},
     {2, 6, 2}},
    {"groups",
     R"({"class_name":"Conv2D","name":"y","config":{"name":"y","filters":4,"kernel_size":[2,2],"groups":2,"activation":"exponential"},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/kernel", {2, 2, 3, 4}}, {"y/bias", {4}}},
     {1, 3, 4, 6}},
    {"normalizations",
     R"({"class_name":"Normalization","name":"n","config":{"name":"n","axis":[-1],"mean":[[[[0.1,0.2,0.3,0.4]]]],"variance":[[[[0.5,0.6,0.7,0.8]]]]},"inbound_nodes":[[["x",0,0,{}]]]},
      {"class_name":"GroupNormalization","name":"y","config":{"name":"y","groups":2,"axis":-1,"epsilon":0.001},"inbound_nodes":[[["n",0,0,{}]]]})",
     {{"y/gamma", {4}}, {"y/beta", {4}}},
     {2, 3, 2, 4}},
    {"attention",
     R"({"class_name":"MultiHeadAttention","name":"y","config":{"name":"y","num_heads":2,"key_dim":3,"value_dim":2,"use_bias":true},"inbound_nodes":[[["x",0,0,{"value":["x",0,0]}]]]})",
     {{"y/query/kernel", {4, 2, 3}},
      {"y/query/bias", {2, 3}},
      {"y/key/kernel", {4, 2, 3}},
      {"y/key/bias", {2, 3}},
      {"y/value/kernel", {4, 2, 2}},
      {"y/value/bias", {2, 2}},
      {"y/attention_output/kernel", {2, 2, 4}},
      {"y/attention_output/bias", {4}}},
     {2, 5, 4}},
    {"a GRU",
     R"({"class_name":"GRU","name":"y","config":{"name":"y","units":3,"reset_after":true,"return_sequences":true,"go_backwards":true},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/kernel", {2, 9}}, {"y/recurrent_kernel", {3, 9}}, {"y/bias", {2, 9}}},
     {2, 4, 2}},
    {"a GRU with a state",
     R"({"class_name":"GRU","name":"e","config":{"name":"e","units":3,"reset_after":true,"return_state":true},"inbound_nodes":[[["x",0,0,{}]]]},
      {"class_name":"GRU","name":"y","config":{"name":"y","units":3,"reset_after":true,"use_bias":false},"inbound_nodes":[[["x",0,0,{}],["e",0,1,{}]]]})",
     {{"e/kernel", {2, 9}},
      {"e/recurrent_kernel", {3, 9}},
      {"e/bias", {2, 9}},
      {"y/kernel", {2, 9}},
      {"y/recurrent_kernel", {3, 9}}},
     {2, 4, 2}},
    {"GRUs both ways",
     R"({"class_name":"Bidirectional","name":"y","config":{"name":"y","merge_mode":"concat","layer":{"class_name":"GRU","config":{"name":"g","units":3,"reset_after":true,"return_sequences":true}}},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/forward_g/kernel", {2, 9}},
      {"y/forward_g/recurrent_kernel", {3, 9}},
      {"y/forward_g/bias", {2, 9}},
      {"y/backward_g/kernel", {2, 9}},
      {"y/backward_g/recurrent_kernel", {3, 9}},
      {"y/backward_g/bias", {2, 9}}},
     {2, 4, 2}},
    {"a stack of cells",
     R"({"class_name":"RNN","name":"y","config":{"name":"y","cell":{"class_name":"StackedRNNCells","config":{"name":"c","cells":[
        {"class_name":"SimpleRNNCell","config":{"name":"a","units":3,"activation":"tanh"}},{"class_name":"GRUCell","config":{"name":"b","units":2,"reset_after":true}}]}}},"inbound_nodes":[[["x",0,0,{}]]]})",
     {{"y/c/a/kernel", {2, 3}},
      {"y/c/a/recurrent_kernel", {3, 3}},
      {"y/c/a/bias", {3}},
      {"y/c/b/kernel", {3, 6}},
      {"y/c/b/recurrent_kernel", {2, 6}},
      {"y/c/b/bias", {2, 6}}},
     {2, 4, 2}},
};

TEST(TfjsParts, ComputeWhatTheLayerDoes) {
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.what);
    const KerasFile file = fileOf(test);
    MemorySink sink;
    const Status written = writeLayersModel(file, {}, sink, nullptr);
    ASSERT_TRUE(written.ok()) << written.message();
    EXPECT_EQ(sink.files().at("model.json").find("\"Subtract\""), std::string::npos);
    const Tensor x = valuesOf(test.input);
    const Tensor want = outputOf(file, x), got = outputOf(readBack(sink), x);
    ASSERT_EQ(shapeText(got.shape()), shapeText(want.shape()));
    for (std::int64_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(got.number(i), want.number(i), 2e-5 * std::max(1.0, std::abs(want.number(i)))) << i;
  }
}

TEST(TfjsParts, OperationsOfHdf5FilesAreToldFromLayersByTheirArguments) {
  const auto tensor = [](const std::string& layer) {
    return R"({"class_name":"__keras_tensor__","config":{"shape":[null,4],"dtype":"float32","keras_history":[")" + layer +
           R"(",0,0]}})";
  };
  const auto call = [](const std::string& name, const std::string& args) {
    return R"({"class_name":"Add","name":")" + name + R"(","config":{"name":")" + name + R"("},"inbound_nodes":[{"args":[)" +
           args + R"(],"kwargs":{}}]})";
  };
  const std::string layers = call("a", tensor("x") + ",3.0") + "," + call("y", "[" + tensor("x") + "," + tensor("a") + "]");
  KerasFile file = fileOf({"Add, twice", layers.c_str(), {{"layers/a/vars/0", {1}}}, {2, 4}});
  file.kerasVersion = "3.8.0";
  MemorySink sink;
  const Status written = writeLayersModel(file, {}, sink, nullptr);
  ASSERT_TRUE(written.ok()) << written.message();
  const Tensor x = valuesOf({2, 4});
  const KerasFile back = readBack(sink);
  const Tensor got = outputOf(back, x);
  for (std::int64_t i = 0; i < x.size(); ++i) EXPECT_NEAR(got.number(i), 2 * x.number(i) + 3, 1e-5);
  // TensorFlow.js refuses a weight that no layer reads.
  for (const StoredWeight& weight : back.weights) EXPECT_EQ(weight.name.find("vars"), std::string::npos) << weight.name;
}

TEST(TfjsParts, AreRefusedWhereTheyCannotBe) {
  const Case masked{"masked",
                    R"({"class_name":"Masking","name":"m","config":{"name":"m"},"inbound_nodes":[[["x",0,0,{}]]]},
    {"class_name":"GRU","name":"y","config":{"name":"y","units":3,"reset_after":true},"inbound_nodes":[[["m",0,0,{}]]]})",
                    {{"y/kernel", {2, 9}}, {"y/recurrent_kernel", {3, 9}}, {"y/bias", {2, 9}}},
                    {2, 4, 2}};
  MemorySink sink;
  const Status written = writeLayersModel(fileOf(masked), {}, sink, nullptr);
  EXPECT_NE(written.message().find("mask"), std::string::npos) << written.message();
  EXPECT_TRUE(sink.files().empty());
}

}  // namespace
}  // namespace texflow::testing
