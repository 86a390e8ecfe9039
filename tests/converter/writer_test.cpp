// What is written is what the loader reads, and quantization is the one of tensorflowjs_converter.
#include <cstring>
#include <limits>

#include "converter/graph_maker.h"
#include "json.h"
#include "quantize.h"
#include "texflow/loader.h"
#include "weights.h"

namespace texflow {
namespace {

/// Loads what was written, shard by shard.
Result<Graph> readBack(const MemorySink& sink) {
  ModelLoader loader;
  TEXFLOW_ASSIGN(const auto groups, loader.begin(sink.files().at("model.json")));
  for (const ShardGroup& group : groups) {
    for (const std::string& path : group.paths) {
      const std::string& bytes = sink.files().at(path);
      TEXFLOW_TRY(loader.feed({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}));
    }
  }
  return loader.finish();
}

Graph smallModel(GraphMaker& g) {
  const Port x = g.input("x", {-1, 3});
  const Port y = g.add("MatMul", {x, g.weights({3, 5})}, {{"T", DType::kFloat32}, {"transpose_b", false}});
  g.output(g.add("AddV2", {y, g.weights({5})}, {{"T", DType::kFloat32}}), "sum");
  g.output(g.constant({DType::kString, {2}, std::vector<std::string>{"caf\xC3\xA9", ""}}, "labels"), "labels");
  g.output(g.constant({DType::kBool, {2}, std::vector<std::uint8_t>{1, 0}}, "flags"), "flags");
  g.output(g.constant(Tensor(DType::kFloat32, {0, 4}), "nothing"), "nothing");
  return g.take();
}

TEST(GraphModelWriter, LoaderReadsWhatIsWritten) {
  for (const std::int64_t shardBytes : {std::int64_t{7}, std::int64_t{4} << 20}) {
    GraphMaker g;
    const Graph graph = smallModel(g);
    ConvertOptions options;
    options.weightShardSizeBytes = shardBytes;
    MemorySink sink;
    const Status written = writeGraphModel(graph, options, sink);
    ASSERT_TRUE(written.ok()) << written.message();
    const auto loaded = readBack(sink);
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    ASSERT_EQ(loaded->outputs.size(), 4u);
    EXPECT_EQ(loaded->inputs[0].shape, (Shape{-1, 3}));
    const auto values = evaluate(*loaded, {{"x", g.values({2, 3})}});
    expectEqual({{"sum", values.at("sum")}}, {{"sum", evaluate(graph, {{"x", g.values({2, 3})}}).at("sum")}}, 10);
    EXPECT_EQ(values.at("labels").data<std::string>()[0], "caf\xC3\xA9");
    EXPECT_EQ(shapeText(values.at("nothing").shape()), "[0,4]");
  }
}

TEST(GraphModelWriter, AttributesKeepTheirKind) {
  GraphMaker g;
  const Port x = g.input("x", {1, 4, 4, 2});
  g.output(g.add("LeakyRelu", {g.conv(x, {1, 1, 2, 2})}, {{"T", DType::kFloat32}, {"alpha", 0.1}}));
  MemorySink sink;
  ASSERT_TRUE(writeGraphModel(g.take(), {}, sink).ok());
  const auto json = parseJson(sink.files().at("model.json"), "it");
  ASSERT_TRUE(json.ok());
  const Json& nodes = (*json)["modelTopology"]["node"];
  EXPECT_EQ(nodes[2]["attr"]["strides"].dump(), R"({"list":{"i":["1","1","1","1"]}})");
  EXPECT_EQ(nodes[2]["attr"]["padding"].dump(), R"({"s":"U0FNRQ=="})");
  EXPECT_EQ(nodes[3]["attr"]["alpha"].dump(), R"({"f":0.1})");
  EXPECT_EQ(nodes[0]["attr"]["shape"].dump(), R"({"shape":{"dim":[{"size":"1"},{"size":"4"},{"size":"4"},{"size":"2"}]}})");
  EXPECT_EQ((*json)["weightsManifest"][0]["paths"].dump(), R"(["group1-shard1of1.bin"])");
}

TEST(GraphModelWriter, StructuredNamesAndMetadata) {
  GraphMaker g;
  ConvertOptions options;
  options.useStructuredOutputsNames = true;
  options.metadata = {{"labels", R"({"a":[1,2]})"}};
  MemorySink sink;
  ASSERT_TRUE(writeGraphModel(smallModel(g), options, sink).ok());
  const auto json = parseJson(sink.files().at("model.json"), "it");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["userDefinedMetadata"].dump(),
            R"({"structuredOutputKeys":["sum","labels","flags","nothing"],"labels":{"a":[1,2]}})");
}

TEST(Quantize, ZeroIsExactAndEndsAreKept) {
  const Tensor tensor(DType::kFloat32, {5}, std::vector<float>{-1, 0, 0.5F, 2, 1.25F});
  for (const Quantization to : {Quantization::kUint8, Quantization::kUint16}) {
    const Quantized q = quantize(tensor, to);
    const double steps = to == Quantization::kUint8 ? 255 : 65535;
    EXPECT_DOUBLE_EQ(q.scale, 3 / steps);
    std::uint16_t zero = 0;
    std::memcpy(&zero, q.bytes.data() + (to == Quantization::kUint8 ? 1 : 2), to == Quantization::kUint8 ? 1 : 2);
    EXPECT_EQ(zero * q.scale + q.min, 0);
    EXPECT_LE(q.error.largest, q.scale * 0.51);
  }
}

TEST(Quantize, EqualValuesAndOneSidedRanges) {
  const Quantized equal = quantize({DType::kFloat32, {3}, std::vector<float>{7, 7, 7}}, Quantization::kUint8);
  EXPECT_EQ(equal.scale, 1);
  EXPECT_EQ(equal.min, 7);
  EXPECT_EQ(equal.bytes, std::string(3, '\0'));
  const Quantized positive = quantize({DType::kFloat32, {2}, std::vector<float>{1, 2}}, Quantization::kUint8);
  EXPECT_EQ(positive.min, 1);
  EXPECT_EQ(positive.bytes, std::string("\x00\xFF", 2));
}

TEST(Quantize, HalvesRoundToEvenWithSubnormalsAndInfinity) {
  for (std::uint32_t half = 0; half < 0x7C00; half += 7)
    EXPECT_EQ(floatToHalf(halfToFloat(static_cast<std::uint16_t>(half))), half);
  EXPECT_EQ(floatToHalf(65519.996F), 0x7BFF);
  EXPECT_EQ(floatToHalf(65520), 0x7C00);
  EXPECT_EQ(floatToHalf(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_EQ(floatToHalf(1 + 1.0F / 2048), 0x3C00);  // A tie goes to the even one.
  EXPECT_EQ(floatToHalf(1 + 3.0F / 2048), 0x3C02);
  EXPECT_EQ(floatToHalf(0x1p-25F), 0);
  EXPECT_EQ(floatToHalf(0x1.8p-24F), 2);
}

TEST(Quantize, PatternsAreThoseOfFnmatch) {
  EXPECT_TRUE(matchesPattern("model/conv/kernel", "*conv*"));
  EXPECT_TRUE(matchesPattern("a/b", "a?b"));
  EXPECT_TRUE(matchesPattern("w7", "w[0-9]"));
  EXPECT_FALSE(matchesPattern("w7", "w[!0-9]"));
  EXPECT_TRUE(matchesPattern("w]", "w[]]"));
  EXPECT_TRUE(matchesPattern("w[", "w["));
  EXPECT_FALSE(matchesPattern("Conv", "conv"));
  EXPECT_TRUE(matchesPattern("", "*"));
  EXPECT_FALSE(matchesPattern("ab", "a"));
}

TEST(Quantize, ConflictsAreErrorsAndBareFlagsTakeTheRest) {
  ConvertOptions options;
  options.quantization = {{Quantization::kUint8, {"*"}}, {Quantization::kFloat16, {"*kernel"}}};
  const auto chosen = chooseQuantization({"a/kernel", "a/bias"}, options);
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ((*chosen)[0], Quantization::kFloat16);
  EXPECT_EQ((*chosen)[1], Quantization::kUint8);
  options.quantization[Quantization::kUint8] = {"a/*"};
  EXPECT_FALSE(chooseQuantization({"a/kernel"}, options).ok());
  options.quantization = {{Quantization::kUint8, {"*"}}, {Quantization::kFloat16, {"*"}}};
  EXPECT_FALSE(chooseQuantization({"a"}, options).ok());
}

}  // namespace
}  // namespace texflow
