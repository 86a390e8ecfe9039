#include "convert_args.h"

#include <gtest/gtest.h>

namespace texflow::cli {
namespace {

ConvertArgs parse(const std::vector<std::string>& tokens) {
  auto args = parseConvertArgs(tokens);
  EXPECT_TRUE(args.ok()) << args.status().message();
  return args.ok() ? *args : ConvertArgs();
}

using Patterns = std::vector<std::string>;

TEST(ConvertArgs, PeerCommandLinesWithAndWithoutEquals) {
  const auto a = parse({"--input_format=keras", "--output_format", "tfjs_graph_model", "a model.h5", "out"});
  EXPECT_EQ(a.options.inputFormat, ModelFormat::kKeras);
  EXPECT_EQ(a.options.outputFormat, ModelFormat::kTfjsGraph);
  EXPECT_EQ(a.input, "a model.h5");
  EXPECT_EQ(a.output, "out");
}

TEST(ConvertArgs, BooleansAreWhatTheySay) {
  EXPECT_FALSE(parse({"--strip_debug_ops=False", "a", "b"}).options.stripDebugOps);
  EXPECT_FALSE(parse({"--strip_debug_ops", "False", "a", "b"}).options.stripDebugOps);
  EXPECT_TRUE(parse({"--strip_debug_ops", "a", "b"}).options.stripDebugOps);
  EXPECT_TRUE(parse({"a", "b", "--control_flow_v2=True"}).options.controlFlowV2);
  EXPECT_TRUE(parse({"--split_weights_by_layer", "a", "b"}).options.splitWeightsByLayer);
  EXPECT_FALSE(parseConvertArgs({"--strip_debug_ops=maybe", "a", "b"}).ok());
}

TEST(ConvertArgs, BareQuantizationFlagDoesNotSwallowAPath) {
  auto args = parse({"--quantize_float16", "a", "b"});
  EXPECT_EQ(args.input, "a");
  EXPECT_EQ(args.options.quantization.at(Quantization::kFloat16), Patterns{"*"});
  args = parse({"--quantize_uint8", "*kernel,*bias", "a", "b"});
  EXPECT_EQ(args.input, "a");
  EXPECT_EQ(args.options.quantization.at(Quantization::kUint8), (Patterns{"*kernel", "*bias"}));
  args = parse({"--quantize_uint16=conv/*", "--quantize_float16", "a", "b"});
  EXPECT_EQ(args.options.quantization.at(Quantization::kUint16), Patterns{"conv/*"});
  EXPECT_EQ(parse({"--quantization_bytes", "1", "a", "b"}).options.quantization.at(Quantization::kUint8), Patterns{"*"});
}

TEST(ConvertArgs, WrongOnesAreRefusedByName) {
  const auto refused = [](const std::vector<std::string>& tokens, const char* part) {
    const auto args = parseConvertArgs(tokens);
    return !args.ok() && args.status().message().find(part) != std::string::npos;
  };
  EXPECT_TRUE(refused({"--no_such", "a", "b"}, "--no_such"));
  EXPECT_TRUE(refused({"a"}, "1 paths"));
  EXPECT_TRUE(refused({"--input_format=pickle", "a", "b"}, "pickle"));
  EXPECT_TRUE(refused({"--weight_shard_size_bytes=0", "a", "b"}, "positive"));
  EXPECT_TRUE(refused({"--quantization_bytes=3", "a", "b"}, "1 or 2"));
  EXPECT_TRUE(refused({"--metadata=key", "a", "b"}, "KEY:FILE"));
  EXPECT_TRUE(refused({"a", "b", "--signature_name"}, "needs a value"));
}

TEST(ConvertArgs, TagsMayBeNone) {
  EXPECT_TRUE(parse({"--saved_model_tags=", "a", "b"}).options.tags.empty());
  EXPECT_EQ(parse({"--saved_model_tags=serve,gpu", "a", "b"}).options.tags, (Patterns{"serve", "gpu"}));
}

TEST(ConvertArgs, ShellQuoting) {
  EXPECT_EQ(shellQuoted("a/b.h5"), "a/b.h5");
  EXPECT_EQ(shellQuoted("a b'c"), "'a b'\\''c'");
}

}  // namespace
}  // namespace texflow::cli
