#include "tensorflow/graph_def.h"

#include <gtest/gtest.h>

#include "converter/host_graph.h"

namespace texflow {
namespace {

using testing::runGraphOnHost;

constexpr const char* kInput = R"(
  node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
         attr { key: "shape" value { shape { dim { size: 2 } } } } }
)";

Result<Graph> read(const std::string& text, const std::vector<std::string>& outputs = {}, bool controlFlowV2 = false) {
  tf::FlattenOptions options;
  options.controlFlowV2 = controlFlowV2;
  return tf::readGraphDef(text, "The graph", outputs, options);
}

std::vector<float> run(const Graph& graph, std::vector<float> x) {
  const auto outputs = runGraphOnHost(graph, {{"x", Tensor(DType::kFloat32, {static_cast<std::int64_t>(x.size())}, x)}});
  EXPECT_TRUE(outputs.ok()) << outputs.status().message();
  if (!outputs.ok()) return {};
  const Tensor& y = outputs->begin()->second;
  return {y.data<float>(), y.data<float>() + y.size()};
}

std::string constant(const std::string& name, const std::string& type, const std::string& tensor) {
  return "node { name: '" + name + "' op: 'Const' attr { key: 'dtype' value { type: " + type +
         " } } attr { key: 'value' value { tensor { dtype: " + type + " " + tensor + " } } } }\n";
}

Tensor constantValue(const std::string& type, const std::string& tensor) {
  const auto graph = read(constant("c", type, tensor) + "node { name: 'y' op: 'Identity' input: 'c' }", {"y"});
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  return graph.ok() ? graph->nodes[0].value : Tensor();
}

TEST(GraphDef, TextIsReadAndUnknownFieldsArePassedOver) {
  const auto graph =
      read(std::string(kInput) + "versions { producer: 1882 } node { name: 'y' op: 'Neg' input: 'x' later_field { a: 1 } }");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph, {1, -2}), (std::vector<float>{-1, 2}));
  ASSERT_EQ(graph->inputs.size(), 1u);
  EXPECT_EQ(graph->inputs[0].shape, Shape{2});
}

TEST(GraphDef, TheLastValueRepeats) {
  const Tensor tensor = constantValue("DT_FLOAT", "tensor_shape { dim { size: 4 } } float_val: 1 float_val: 2");
  EXPECT_EQ(tensor.toInts(), (std::vector<std::int64_t>{1, 2, 2, 2}));
}

TEST(GraphDef, NoValuesAreZeros) {
  EXPECT_EQ(constantValue("DT_INT32", "tensor_shape { dim { size: 2 } }").toInts(), (std::vector<std::int64_t>{0, 0}));
}

TEST(GraphDef, HalfAndBfloat16AreBits) {
  EXPECT_EQ(constantValue("DT_HALF", "tensor_shape { } half_val: 15872").number(0), 1.5);
  EXPECT_EQ(constantValue("DT_BFLOAT16", "tensor_shape { } half_val: 16320").number(0), 1.5);
}

TEST(GraphDef, EveryEncodingOfIntegersBecomesInt32) {
  EXPECT_EQ(constantValue("DT_INT64", "tensor_shape { } int64_val: -7").number(0), -7);
  EXPECT_EQ(constantValue("DT_UINT8", "tensor_shape { } int_val: 200").number(0), 200);
  EXPECT_EQ(constantValue("DT_INT8", R"(tensor_shape { dim { size: 2 } } tensor_content: "\377\001")").toInts(),
            (std::vector<std::int64_t>{-1, 1}));
  EXPECT_EQ(constantValue("DT_INT64", "tensor_shape { } int64_val: 4294967299").number(0), 3);
}

TEST(GraphDef, StringsMayHoldAnyBytes) {
  const Tensor tensor =
      constantValue("DT_STRING", R"(tensor_shape { dim { size: 2 } } string_val: "a\000b" string_val: "")");
  EXPECT_EQ(tensor.data<std::string>()[0], std::string("a\0b", 3));
}

TEST(GraphDef, CallsAreInlined) {
  const auto graph = read(std::string(kInput) + R"(
    node { name: "call" op: "PartitionedCall" input: "x" attr { key: "f" value { func { name: "twice" } } } }
    node { name: "y" op: "Neg" input: "call" }
    library { function { signature { name: "twice" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
      node_def { name: "sum" op: "AddV2" input: "a" input: "a" } ret { key: "r" value: "sum:z:0" } } }
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph, {1, 2}), (std::vector<float>{-2, -4}));
  EXPECT_EQ(graph->nodes[1].name, "call/sum");
}

TEST(GraphDef, InFunctionsOutputsHaveNames) {
  const auto graph = read(std::string(kInput) + constant("k", "DT_INT32", "tensor_shape { } int_val: 1") + R"(
    node { name: "y" op: "PartitionedCall" input: "x" input: "k" attr { key: "f" value { func { name: "top" } } } }
    library { function { signature { name: "top" input_arg { name: "a" type: DT_FLOAT } input_arg { name: "k" type: DT_INT32 }
        output_arg { name: "r" type: DT_FLOAT } }
      node_def { name: "t" op: "TopKV2" input: "a" input: "k" }
      node_def { name: "c" op: "Cast" input: "t:indices:0" attr { key: "DstT" value { type: DT_FLOAT } } }
      ret { key: "r" value: "c:y:0" } } }
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph, {1, 2}), std::vector<float>{1});
}

TEST(GraphDef, AFunctionThatCallsItselfIsRefused) {
  const auto graph = read(std::string(kInput) + R"(
    node { name: "y" op: "f" input: "x" }
    library { function { signature { name: "f" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
      node_def { name: "again" op: "f" input: "a" } ret { key: "r" value: "again:r:0" } } }
  )");
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("'f' calls itself"), std::string::npos) << graph.status().message();
}

TEST(GraphDef, AChainOfFunctionsEndsInASentence) {
  std::string text = std::string(kInput) + "node { name: 'y' op: 'f0' input: 'x' } library {";
  for (int i = 0; i < 20000; ++i) {
    const std::string next = i == 19999 ? "Neg" : "f" + std::to_string(i + 1);
    text += "function { signature { name: 'f" + std::to_string(i) +
            "' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'r' type: DT_FLOAT } } node_def { name: 'n' op: '" +
            next + "' input: 'a' } ret { key: 'r' value: 'n:r:0' } }\n";
  }
  const auto graph = read(text + "}");
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("more than 1000 deep"), std::string::npos) << graph.status().message();
}

TEST(GraphDef, FunctionsThatDoubleEndInASentence) {
  std::string text = std::string(kInput) + "node { name: 'y' op: 'f0' input: 'x' } library {";
  for (int i = 0; i < 60; ++i) {
    const std::string next = i == 59 ? "Neg" : "f" + std::to_string(i + 1);
    text += "function { signature { name: 'f" + std::to_string(i) +
            "' input_arg { name: 'a' type: DT_FLOAT } output_arg { name: 'r' type: DT_FLOAT } } node_def { name: 'n' op: '" +
            next + "' input: 'a' } node_def { name: 'm' op: '" + next +
            "' input: 'a' } node_def { name: 's' op: 'AddV2' input: 'n:r:0' input: "
            "'m:r:0' } ret { key: 'r' value: 's:z:0' } }\n";
  }
  const auto graph = read(text + "}");
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("too large"), std::string::npos) << graph.status().message();
}

TEST(GraphDef, ACycleIsNamed) {
  const auto graph = read(
      std::string(kInput) + "node { name: 'a' op: 'AddV2' input: 'x' input: 'b' } node { name: 'b' op: 'Neg' input: 'a' }",
      {"b"});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("cycle"), std::string::npos);
}

TEST(GraphDef, DebugOpsGoAndTheirValuesStay) {
  const auto graph = read(std::string(kInput) + R"(
    node { name: "checked" op: "CheckNumerics" input: "x" }
    node { name: "assert" op: "Assert" input: "x" }
    node { name: "y" op: "Neg" input: "checked" input: "^assert" }
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(graph->nodes.size(), 2u);
  EXPECT_EQ(run(*graph, {1, 2}), (std::vector<float>{-1, -2}));
}

constexpr const char* kLoop = R"(
  node { name: "n" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
         attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 3 } } } }
  node { name: "i" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
         attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 0 } } } }
  node { name: "loop" op: "StatelessWhile" input: "i" input: "x" input: "n"
         attr { key: "cond" value { func { name: "c" } } } attr { key: "body" value { func { name: "b" } } }
         attr { key: "T" value { list { type: [DT_INT32, DT_FLOAT, DT_INT32] } } } }
  node { name: "y" op: "Neg" input: "loop:1" }
  library {
    function { signature { name: "c" input_arg { name: "i" type: DT_INT32 } input_arg { name: "v" type: DT_FLOAT }
        input_arg { name: "n" type: DT_INT32 } output_arg { name: "r" type: DT_BOOL } }
      node_def { name: "less" op: "Less" input: "i" input: "n" } ret { key: "r" value: "less:z:0" } }
    function { signature { name: "b" input_arg { name: "i" type: DT_INT32 } input_arg { name: "v" type: DT_FLOAT }
        input_arg { name: "n" type: DT_INT32 } output_arg { name: "ri" type: DT_INT32 } output_arg { name: "rv" type: DT_FLOAT }
        output_arg { name: "rn" type: DT_INT32 } }
      node_def { name: "one" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
                 attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 1 } } } }
      node_def { name: "next" op: "AddV2" input: "i" input: "one:output:0" }
      node_def { name: "twice" op: "AddV2" input: "v" input: "v" }
      ret { key: "ri" value: "next:z:0" } ret { key: "rv" value: "twice:z:0" } ret { key: "rn" value: "n" } }
  }
)";

TEST(GraphDef, LoopsBecomeFrames) {
  const auto graph = read(std::string(kInput) + kLoop, {"y"});
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  std::map<std::string, int> count;
  for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
    const Node& node = graph->nodes[i];
    ++count[node.op];
    for (const Port& port : node.inputs)
      if (port.node >= static_cast<int>(i)) {
        EXPECT_EQ(node.op + graph->nodes[static_cast<std::size_t>(port.node)].op, "MergeNextIteration");
      }
  }
  // The bound of the loop is a constant and needs no frame variable; the exit of the counter is not asked for.
  EXPECT_EQ(count["Enter"], 2);
  EXPECT_EQ(count["Merge"], 2);
  EXPECT_EQ(count["Exit"], 1);
  EXPECT_EQ(count["LoopCond"], 1);
}

TEST(GraphDef, LoopsStayFunctionsOnRequest) {
  const auto graph = read(std::string(kInput) + kLoop, {"y"}, true);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  ASSERT_EQ(graph->functions.size(), 2u);
  const auto loop = graph->find("loop");
  ASSERT_TRUE(loop.ok());
  EXPECT_EQ(graph->nodes[static_cast<std::size_t>(loop->node)].attrs.get<std::string>("body", ""), "b");
  EXPECT_EQ(graph->functions[1].inputs.size(), 3u);
  EXPECT_EQ(graph->functions[1].outputs.size(), 3u);
}

TEST(GraphDef, AKnownConditionLeavesOneBranch) {
  const auto graph = read(std::string(kInput) + constant("p", "DT_BOOL", "tensor_shape { } bool_val: true") + R"(
    node { name: "y" op: "If" input: "p" input: "x" attr { key: "then_branch" value { func { name: "t" } } }
           attr { key: "else_branch" value { func { name: "e" } } } }
    library {
      function { signature { name: "t" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
        node_def { name: "n" op: "Neg" input: "a" } ret { key: "r" value: "n:y:0" } }
      function { signature { name: "e" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
        node_def { name: "n" op: "Abs" input: "a" } ret { key: "r" value: "n:y:0" } } }
  )");
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph, {1, -2}), (std::vector<float>{-1, 2}));
}

struct BadGraph {
  const char* name;
  std::string text;
  const char* says;
};

TEST(GraphDef, FaultsAreSentences) {
  const std::vector<BadGraph> cases = {
      {"dtype", constant("c", "999", "tensor_shape { }") + "node { name: 'y' op: 'Neg' input: 'c' }", "999"},
      {"huge",
       constant("c", "DT_FLOAT", "tensor_shape { dim { size: 1152921504606846976 } }") +
           "node { name: 'y' op: 'Neg' input: 'c' }",
       "1152921504606846976"},
      {"repeated",
       constant("c", "DT_FLOAT", "tensor_shape { dim { size: 1000000000 } } float_val: 1") +
           "node { name: 'y' op: 'Neg' input: 'c' }",
       "repeated"},
      {"short",
       constant("c", "DT_FLOAT", "tensor_shape { dim { size: 4 } } tensor_content: 'abcd'") +
           "node { name: 'y' op: 'Neg' input: 'c' }",
       "tensor_content has 4 bytes"},
      {"input", "node { name: 'y' op: 'Neg' input: 'ghost' }", "no node 'ghost'"},
      {"twice", "node { name: 'y' op: 'NoOp' } node { name: 'y' op: 'Neg' }", "two nodes named 'y'"},
      {"count", std::string(kInput) + "node { name: 'y' op: 'AddV2' input: 'x' }", "'y' (AddV2)"},
      {"function",
       std::string(kInput) +
           "node { name: 'y' op: 'PartitionedCall' input: 'x' attr { key: 'f' value { func { name: 'lost' } } } }",
       "no function named 'lost'"},
      {"branch",
       std::string(kInput) + "node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_BOOL } } } "
                             "node { name: 'y' op: 'If' input: 'p' input: 'x' }",
       "no function named ''"},
      {"text", "node { name: 'y' op: ", "line 1"},
  };
  for (const BadGraph& bad : cases) {
    const auto graph = read(bad.text, {"y"});
    ASSERT_FALSE(graph.ok()) << bad.name;
    EXPECT_NE(graph.status().message().find(bad.says), std::string::npos) << bad.name << ": " << graph.status().message();
    EXPECT_TRUE(graph.status().message().ends_with('.')) << graph.status().message();
  }
}

TEST(GraphDef, EveryPrefixOfAFileEndsInASentenceOrAGraph) {
  const auto binary = tf::binaryOfText(std::string(kInput) + kLoop, "The graph");
  ASSERT_TRUE(binary.ok());
  for (std::size_t size = 0; size < binary->size(); ++size) {
    const auto graph = read(binary->substr(0, size), {"y"});
    EXPECT_FALSE(graph.ok()) << size;
  }
}

TEST(GraphDef, ChangedBytesDoNoHarm) {
  const auto binary = tf::binaryOfText(std::string(kInput) + kLoop, "The graph");
  ASSERT_TRUE(binary.ok());
  for (std::size_t at = 0; at < binary->size(); ++at)
    for (const int change : {1, 16, 128, 255}) {
      std::string bytes = *binary;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const auto graph = read(bytes, {"y"}, at % 2 == 0);
      EXPECT_EQ(graph.ok(), graph.status().message().empty());
    }
}

}  // namespace
}  // namespace texflow
