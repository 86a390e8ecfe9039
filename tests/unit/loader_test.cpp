#include "texflow/loader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace texflow {
namespace {

namespace fs = std::filesystem;

/// One weight of a written model: its manifest entry and its bytes.
struct Weight {
  std::string name, shape, dtype, bytes, quantization = "";
};

template <class T>
std::string bytesOf(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

std::string protoDType(const std::string& dtype) {
  if (dtype == "int32" || dtype == "uint8") return "DT_INT32";
  if (dtype == "bool") return "DT_BOOL";
  if (dtype == "string") return "DT_STRING";
  if (dtype == "complex64") return "DT_COMPLEX64";
  return "DT_FLOAT";
}

std::string manifestEntry(const Weight& weight) {
  return R"({"name":")" + weight.name + R"(","shape":)" + weight.shape + R"(,"dtype":")" + weight.dtype + "\"" +
         (weight.quantization.empty() ? "" : R"(,"quantization":)" + weight.quantization) + "}";
}

std::string constNode(const Weight& weight) {
  return R"({"name":")" + weight.name + R"(","op":"Const","attr":{"dtype":{"type":")" + protoDType(weight.dtype) + R"("}}})";
}

std::string modelOf(const std::string& nodes, const std::string& manifest = "[]", const std::string& more = "") {
  return R"({"format":"graph-model",)" + more + R"("modelTopology":{"node":[)" + nodes + R"(]},"weightsManifest":)" +
         manifest + "}";
}

std::string modelOf(const std::vector<Weight>& weights) {
  std::string nodes, entries;
  for (const Weight& weight : weights) {
    nodes += (nodes.empty() ? "" : ",") + constNode(weight);
    entries += (entries.empty() ? "" : ",") + manifestEntry(weight);
  }
  return modelOf(nodes, R"([{"paths":["w.bin"],"weights":[)" + entries + "]}]");
}

Result<Graph> load(const std::string& json, const std::string& bytes = "", std::size_t chunk = 1 << 20) {
  ModelLoader loader;
  if (const auto groups = loader.begin(json); !groups.ok()) return groups.status();
  const auto all = std::as_bytes(std::span(bytes.data(), bytes.size()));
  for (std::size_t at = 0; at < all.size(); at += chunk)
    TEXFLOW_TRY(loader.feed(all.subspan(at, std::min(chunk, all.size() - at))));
  return loader.finish();
}

std::string errorOf(const Result<Graph>& graph) { return graph.ok() ? "" : graph.status().message(); }

#define EXPECT_ERROR(graph, part)                                               \
  do {                                                                          \
    const std::string message = errorOf(graph);                                 \
    EXPECT_NE(message.find(part), std::string::npos) << "message: " << message; \
  } while (false)

const Tensor& valueOf(const Graph& graph, const std::string& name) {
  return graph.nodes[static_cast<std::size_t>(graph.find(name)->node)].value;
}

std::vector<Weight> allKinds() {
  using namespace std::string_literals;
  return {
      {"f", "[2]", "float32", bytesOf({1.5f, -2.0f})},
      {"i", "[2]", "int32", bytesOf<std::int32_t>({7, -8})},
      {"b", "[3]", "bool", bytesOf<std::uint8_t>({1, 0, 255})},
      {"u", "[2]", "uint8", bytesOf<std::uint8_t>({3, 200})},
      {"empty", "[0,4]", "float32", ""},
      {"s", "[3]", "string", "\2\0\0\0hi\0\0\0\0\1\0\0\0!"s},
      {"c", "[1]", "complex64", bytesOf({2.0f, 3.0f})},
      {"h", "[4]", "float16", bytesOf<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0xFC00})},
      {"q8", "[3]", "float32", bytesOf<std::uint8_t>({0, 1, 255}), R"({"dtype":"uint8","min":-1.0,"scale":0.5})"},
      {"q16", "[2]", "float32", bytesOf<std::uint16_t>({0, 65535}), R"({"dtype":"uint16","min":10,"scale":2})"},
      {"q32", "[2]", "int32", bytesOf<std::uint8_t>({1, 4}), R"({"dtype":"uint8","min":-10,"scale":2.5})"},
      {"qh", "[1]", "float32", bytesOf<std::uint16_t>({0x7BFF}), R"({"dtype":"float16"})"},
      {"emptyEnd", "[0]", "int32", ""},
  };
}

void expectAllKinds(const Graph& graph) {
  EXPECT_EQ(valueOf(graph, "f").data<float>()[1], -2.0f);
  EXPECT_EQ(valueOf(graph, "i").data<std::int32_t>()[1], -8);
  EXPECT_EQ(valueOf(graph, "b").dtype(), DType::kBool);
  EXPECT_EQ(valueOf(graph, "b").data<std::uint8_t>()[2], 1);
  EXPECT_EQ(valueOf(graph, "u").dtype(), DType::kInt32);
  EXPECT_EQ(valueOf(graph, "u").data<std::int32_t>()[1], 200);
  EXPECT_EQ(valueOf(graph, "empty").shape(), (Shape{0, 4}));
  EXPECT_EQ(valueOf(graph, "s").data<std::string>()[0], "hi");
  EXPECT_EQ(valueOf(graph, "s").data<std::string>()[1], "");
  EXPECT_EQ(valueOf(graph, "s").data<std::string>()[2], "!");
  EXPECT_EQ(valueOf(graph, "c").data<std::complex<float>>()[0], std::complex<float>(2, 3));
  const float* halves = valueOf(graph, "h").data<float>();
  EXPECT_EQ(halves[0], 1.0f);
  EXPECT_EQ(halves[1], -2.0f);
  EXPECT_EQ(halves[2], 5.9604644775390625e-8f);
  EXPECT_EQ(halves[3], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(valueOf(graph, "q8").data<float>()[0], -1.0f);
  EXPECT_EQ(valueOf(graph, "q8").data<float>()[2], 126.5f);
  EXPECT_EQ(valueOf(graph, "q16").data<float>()[1], 131080.0f);
  EXPECT_EQ(valueOf(graph, "q32").data<std::int32_t>()[0], -7);  // Math.round(-7.5)
  EXPECT_EQ(valueOf(graph, "q32").data<std::int32_t>()[1], 0);
  EXPECT_EQ(valueOf(graph, "qh").data<float>()[0], 65504.0f);
}

TEST(Loader, DecodesEveryDTypeAndQuantizationInChunksOfAnySize) {
  std::string bytes;
  for (const Weight& weight : allKinds()) bytes += weight.bytes;
  for (const std::size_t chunk : {1, 2, 3, 5, 7, 64}) {
    const auto graph = load(modelOf(allKinds()), bytes, chunk);
    ASSERT_TRUE(graph.ok()) << errorOf(graph);
    expectAllKinds(*graph);
  }
}

TEST(Loader, RefusesTruncatedAndOversizedWeights) {
  const std::string model = modelOf({{"f", "[2]", "float32", ""}});
  EXPECT_ERROR(load(model, std::string(7, 'x')), "the weight 'f' has 7 of its bytes");
  EXPECT_ERROR(load(model, std::string(9, 'x')), "more than the weightsManifest describes");
}

TEST(Loader, RefusesBadManifests) {
  const auto entry = [](const std::string& shape, const std::string& dtype, const std::string& quantization = "") {
    return load(modelOf({{"q", shape, dtype, "", quantization}}));
  };
  EXPECT_ERROR(entry("[1]", "float32", R"({"dtype":"uint8","min":"NaN","scale":1})"), "min \"NaN\"");
  EXPECT_ERROR(entry("[1]", "float32", R"({"dtype":"uint8","min":0})"), "scale (missing)");
  EXPECT_ERROR(entry("[1]", "float32", R"({"dtype":"uint4","min":0,"scale":1})"), "'uint4'");
  EXPECT_ERROR(entry("[1]", "bool", R"({"dtype":"uint8","min":0,"scale":1})"), "dtype bool");
  EXPECT_ERROR(entry("[-1]", "float32"), "negative dimension");
  EXPECT_ERROR(entry("[65536,65536]", "float32"), "2^30");
  EXPECT_ERROR(entry("[1.5]", "float32"), "dimension 1.5");
  EXPECT_ERROR(entry("[1]", "int64"), "'int64'");
  const std::string node = constNode({"a", "", "float32", ""});
  EXPECT_ERROR(load(modelOf(node, R"([{"paths":["w"],"weights":[{"name":"a","shape":[],"dtype":"float32"},
      {"name":"a","shape":[],"dtype":"float32"}]}])")),
               "names the weight 'a' twice");
  EXPECT_ERROR(load(modelOf(node)), "constant 'a' has no value");
  for (const std::string path : {"../w.bin", "/etc/passwd", "a/../../w", "http://x/y", "", "a\\\\..\\\\w"})
    EXPECT_ERROR(load(modelOf(node, R"([{"paths":[")" + path + R"("],"weights":[]}])")), "shard path");
}

TEST(Loader, RefusesWeightsThatDisagreeWithTheTopology) {
  const std::string manifest = R"([{"paths":["w"],"weights":[{"name":"a","shape":[2],"dtype":"float32"}]}])";
  const auto node = [](const char* tensor) {
    return std::string(R"({"name":"a","op":"Const","attr":{"value":{"tensor":)") + tensor + "}}}";
  };
  EXPECT_ERROR(load(modelOf(node(R"({"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"3"}]}})"), manifest)), "shape [3]");
  EXPECT_ERROR(load(modelOf(node(R"({"dtype":"DT_INT32","tensorShape":{"dim":[{"size":"2"}]}})"), manifest)), "dtype int32");
}

TEST(Loader, RefusesWhatIsNoModel) {
  EXPECT_ERROR(load("not json"), "not valid JSON");
  EXPECT_ERROR(load("[]"), "not a JSON object");
  EXPECT_ERROR(load("{}"), "no modelTopology");
  EXPECT_ERROR(load(R"({"format":"layers-model","modelTopology":{}})"), "names no class_name and config");
  EXPECT_ERROR(load(R"({"modelTopology":{"model_config":{}}})"), "names no class_name and config");
  EXPECT_ERROR(load(R"({"modelTopology":{"node":[]}})"), "no nodes");
  EXPECT_ERROR(load(std::string(100000, '[')), "nests deeper");
  EXPECT_ERROR(load(R"({"a":")" + std::string(1000, '[') + R"("})"), "no modelTopology");
}

TEST(Loader, RefusesBrokenTopologies) {
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"NoOp"},{"name":"a","op":"NoOp"})")), "two nodes named 'a'");
  EXPECT_ERROR(load(modelOf(R"({"op":"NoOp"})")), "has no name");
  EXPECT_ERROR(load(modelOf(R"({"name":"a"})")), "has no op");
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"Relu","input":["b"]})")), "'b' names no node");
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"Relu","input":["a:-1"]})")), "output number");
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"Relu","input":[3]})")), "not a string");
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"Relu","input":["b"]},{"name":"b","op":"Relu","input":["a"]})")), "cycle");
  EXPECT_ERROR(load(modelOf(R"({"name":"a","op":"Relu","attr":{"k":{"i":"x"}}})")), "attribute 'k'");
}

TEST(Loader, NotesOfTensorFlowsOptimizerAreNoAttributesOfTheModel) {
  const std::string shapes = R"({"list":{"shape":[{"dim":[{"size":"-2"},{"size":"3"}]}]}})";
  const auto node = [&](const std::string& key) {
    return modelOf(
        R"({"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_FLOAT"}}},{"name":"y","op":"Relu","input":["x"],)"
        R"("attr":{")" +
        key + "\":" + shapes + "}}");
  };
  const auto graph = load(node("_input_shapes"));
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(graph->nodes.size(), 2u);
  EXPECT_ERROR(load(node("shapes")), "out of range");
}

TEST(Loader, OrdersNodesAndDropsControlInputs) {
  const auto graph = load(modelOf(R"({"name":"late","op":"AddV2","input":["s:1","x","^s"]},
      {"name":"s","op":"Split","input":["x"]},{"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_INT64"},
      "shape":{"shape":{"dim":[{"size":"-1"},{"size":"3"}]}}}})"));
  ASSERT_TRUE(graph.ok()) << errorOf(graph);
  ASSERT_EQ(graph->nodes.size(), 3u);
  EXPECT_EQ(graph->nodes[2].name, "late");
  ASSERT_EQ(graph->nodes[2].inputs.size(), 2u);
  EXPECT_EQ(graph->nodes[2].inputs[0], (Port{1, 1}));
  EXPECT_FALSE(graph->hasSignature);
  ASSERT_EQ(graph->inputs.size(), 1u);
  EXPECT_EQ(graph->inputs[0].dtype, DType::kInt32);
  EXPECT_EQ(graph->inputs[0].shape, (Shape{-1, 3}));
  EXPECT_TRUE(graph->inputs[0].knownRank);
  ASSERT_EQ(graph->outputs.size(), 1u);
  EXPECT_EQ(graph->outputs[0].name, "late");
}

TEST(Loader, DeepChainsDoNotRecurse) {
  constexpr int kLength = 50000;
  std::string nodes;
  for (int i = kLength; i > 0; --i)
    nodes += R"({"name":"n)" + std::to_string(i) + R"(","op":"Relu","input":["n)" + std::to_string(i - 1) + R"("]},)";
  const auto graph = load(modelOf(nodes + R"({"name":"n0","op":"Placeholder"})"));
  ASSERT_TRUE(graph.ok()) << errorOf(graph);
  EXPECT_EQ(graph->nodes[0].name, "n0");
}

TEST(Loader, ReadsSignaturesOfBothGenerations) {
  const std::string nodes = R"({"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_FLOAT"}}},
      {"name":"y","op":"Relu","input":["x"]},{"name":"z","op":"Neg","input":["y"]})";
  const std::string signature = R"("signature":{"inputs":{"image":{"name":"x:0","dtype":"DT_FLOAT","tensorShape":
      {"unknownRank":true}},"table":{"name":"t:0","dtype":"DT_RESOURCE","resourceId":3}},
      "outputs":{"b":{"name":"z:0","tensorShape":{}},"a":{"name":"y:0"}}})";
  for (const std::string& more : {signature + ",", R"("userDefinedMetadata":{)" + signature + "},"}) {
    const auto graph = load(modelOf(nodes, "[]", more));
    ASSERT_TRUE(graph.ok()) << errorOf(graph);
    EXPECT_TRUE(graph->hasSignature);
    ASSERT_EQ(graph->inputs.size(), 1u);
    EXPECT_EQ(graph->inputs[0].name, "image");
    EXPECT_FALSE(graph->inputs[0].knownRank);
    ASSERT_EQ(graph->outputs.size(), 2u);
    EXPECT_EQ(graph->outputs[0].name, "b");
    EXPECT_TRUE(graph->outputs[0].knownRank);
    EXPECT_EQ(graph->nodes[static_cast<std::size_t>(graph->outputs[0].port.node)].name, "z");
  }
  const auto renamed =
      load(modelOf(nodes, "[]", signature + R"(,"userDefinedMetadata":{"structuredOutputKeys":["p","q"]},)"));
  ASSERT_TRUE(renamed.ok()) << errorOf(renamed);
  EXPECT_EQ(renamed->outputs[0].name, "p");
  const auto sorted =
      load(modelOf(nodes, "[]", signature + R"(,"userDefinedMetadata":{"structuredOutputKeys":["a","b"]},)"));
  ASSERT_TRUE(sorted.ok()) << errorOf(sorted);
  EXPECT_EQ(sorted->outputs[0].name, "a");
  EXPECT_ERROR(load(modelOf(nodes, "[]", R"("signature":{"outputs":{"o":{"name":"nope:0"}}},)")), "'nope:0'");
}

TEST(Loader, ReadsEveryAttributeEncoding) {
  const auto graph = load(modelOf(R"({"name":"a","op":"NoOp","attr":{"i":{"i":"-5"},"n":{"i":6},"f":{"f":"Infinity"},
      "s":{"s":"U0FNRQ=="},"old":{"s":[83,65]},"b":{"b":false},"t":{"type":"DT_HALF"},"r":{"type":"DT_RESOURCE"},
      "shape":{"shape":{"dim":[{"size":"2"},{"size":"-1"}]}},"scalar":{"shape":{}},"unknown":{"shape":{"unknownRank":true}},
      "empty":{"list":{}},"is":{"list":{"i":["1","2"]}},"fs":{"list":{"f":[1,"NaN"]}},"ss":{"list":{"s":["QQ==",""]}},
      "bs":{"list":{"b":[true,false]}},"ts":{"list":{"type":["DT_INT32","DT_BOOL"]}},
      "shapes":{"list":{"shape":[{"dim":[{"size":"4"}]},{}]}},"func":{"func":{"name":"g"}}}})"));
  ASSERT_TRUE(graph.ok()) << errorOf(graph);
  const Attrs& attrs = graph->nodes[0].attrs;
  using Ints = std::vector<std::int64_t>;
  EXPECT_EQ(attrs.get<std::int64_t>("i", 0), -5);
  EXPECT_EQ(attrs.get<std::int64_t>("n", 0), 6);
  EXPECT_EQ(attrs.number("f", 0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(attrs.get<std::string>("s", ""), "SAME");
  EXPECT_EQ(attrs.get<std::string>("old", ""), "SA");
  EXPECT_FALSE(attrs.get<bool>("b", true));
  EXPECT_EQ(attrs.get<DType>("t", DType::kString), DType::kFloat32);
  EXPECT_FALSE(attrs.all().contains("r"));
  EXPECT_EQ(attrs.get<Shape>("shape", {}), (Shape{2, -1}));
  EXPECT_EQ(attrs.get<Shape>("scalar", {9}), Shape{});
  EXPECT_FALSE(attrs.all().contains("unknown"));
  EXPECT_NE(attrs.find<Ints>("empty"), nullptr);
  EXPECT_EQ(attrs.get<Ints>("is", {}), (Ints{1, 2}));
  EXPECT_TRUE(std::isnan(attrs.get<std::vector<double>>("fs", {0, 0})[1]));
  EXPECT_EQ(attrs.get<std::vector<std::string>>("ss", {}), (std::vector<std::string>{"A", ""}));
  EXPECT_EQ(attrs.get<Ints>("bs", {}), (Ints{1, 0}));
  EXPECT_EQ(attrs.get<std::vector<DType>>("ts", {}), (std::vector<DType>{DType::kInt32, DType::kBool}));
  EXPECT_EQ(attrs.get<std::vector<Shape>>("shapes", {}), (std::vector<Shape>{{4}, {}}));
  EXPECT_FALSE(attrs.all().contains("func"));
}

TEST(Loader, ReadsInlineTensors) {
  const auto inlined = [](const std::string& tensor) {
    return load(modelOf(R"({"name":"a","op":"Const","attr":{"value":{"tensor":{)" + tensor + "}}}}"));
  };
  const auto repeated = inlined(R"("dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"3"}]},"floatVal":[1,2])");
  ASSERT_TRUE(repeated.ok()) << errorOf(repeated);
  EXPECT_EQ(valueOf(*repeated, "a").data<float>()[2], 2.0f);
  const auto content = inlined(R"("dtype":"DT_INT64","tensorShape":{"dim":[{"size":"1"}]},"tensorContent":"/v////////8=")");
  ASSERT_TRUE(content.ok()) << errorOf(content);
  EXPECT_EQ(valueOf(*content, "a").data<std::int32_t>()[0], -2);
  const auto text = inlined(R"("dtype":"DT_STRING","tensorShape":{},"stringVal":["aGk="])");
  ASSERT_TRUE(text.ok()) << errorOf(text);
  EXPECT_EQ(valueOf(*text, "a").data<std::string>()[0], "hi");
  const auto flag = inlined(R"("dtype":"DT_BOOL","tensorShape":{},"boolVal":[true])");
  ASSERT_TRUE(flag.ok()) << errorOf(flag);
  EXPECT_EQ(valueOf(*flag, "a").data<std::uint8_t>()[0], 1);
  const auto half = inlined(R"("dtype":"DT_HALF","tensorShape":{},"halfVal":[15360])");
  ASSERT_TRUE(half.ok()) << errorOf(half);
  EXPECT_EQ(valueOf(*half, "a").data<float>()[0], 1.0f);

  EXPECT_ERROR(inlined(R"("dtype":"DT_FLOAT","tensorShape":{},"floatVal":[1,2])"), "2 values");
  EXPECT_ERROR(inlined(R"("dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"1073741824"}]},"floatVal":[1])"), "too often");
  EXPECT_ERROR(inlined(R"("dtype":"DT_FLOAT","tensorShape":{},"tensorContent":"AAA=")"), "2 bytes where 4");
  EXPECT_ERROR(inlined(R"("dtype":"DT_INT32","tensorShape":{},"intVal":["x"])"), "intVal");
}

class LoaderFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("texflow_loader_") + info->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "sub");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  fs::path folder_;
};

TEST_F(LoaderFiles, ReadsGroupsOfShardsCutAnywhere) {
  std::string nodes, entries[2], bytes[2];
  const auto weights = allKinds();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t group = i < 6 ? 0 : 1;
    nodes += (nodes.empty() ? "" : ",") + constNode(weights[i]);
    entries[group] += (entries[group].empty() ? "" : ",") + manifestEntry(weights[i]);
    bytes[group] += weights[i].bytes;
  }
  write("net.json", modelOf(nodes, R"([{"paths":["g1a.bin","sub/g1b.bin"],"weights":[)" + entries[0] +
                                       R"(]},{"paths":["g2a.bin","g2b.bin","g2c.bin"],"weights":[)" + entries[1] + "]}]"));
  write("g1a.bin", bytes[0].substr(0, 5));
  write("sub/g1b.bin", bytes[0].substr(5));
  write("g2a.bin", bytes[1].substr(0, 3));
  write("g2b.bin", "");
  write("g2c.bin", bytes[1].substr(3));
  const auto reload = [&] { return loadGraphModel((folder_ / "net.json").string()); };
  const auto graph = reload();
  ASSERT_TRUE(graph.ok()) << errorOf(graph);
  expectAllKinds(*graph);

  write("sub/g1b.bin", bytes[0].substr(5) + "x");
  EXPECT_ERROR(reload(), "more bytes than its weights need");
  write("sub/g1b.bin", bytes[0].substr(5, bytes[0].size() - 6));
  EXPECT_ERROR(reload(), "end within the weight 's'");
  write("sub/g1b.bin", bytes[0].substr(5));
  write("g2b.bin", "xx");
  EXPECT_ERROR(reload(), "too large");
  fs::remove(folder_ / "g2b.bin");
  EXPECT_ERROR(reload(), "g2b.bin' does not exist");
}

TEST_F(LoaderFiles, TakesTheFolderOfAModel) {
  write("model.json", modelOf(R"({"name":"x","op":"Placeholder"})"));
  EXPECT_TRUE(loadGraphModel(folder_.string()).ok());
  EXPECT_ERROR(loadGraphModel((folder_ / "sub").string()), "model.json' does not exist");
}

TEST_F(LoaderFiles, NamesTruncatedShardsAndTheirSizes) {
  write("model.json", modelOf({{"f", "[2]", "float32", ""}}));
  write("w.bin", "1234567");
  EXPECT_ERROR(loadGraphModel(folder_.string()),
               "'w.bin' (7 bytes) hold 7 bytes, but the weightsManifest describes 8; they are truncated");
}

}  // namespace
}  // namespace texflow
