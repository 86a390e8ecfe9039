#include "tensorflow/saved_model.h"

#include "converter/graph_text.h"
#include "converter/host_graph.h"
#include "tensorflow/checkpoint.h"
#include "tensorflow/tar_gz.h"

namespace texflow {
namespace {

using testing::field;
using testing::floatEntry;
using testing::FolderTest;
using testing::number;
using testing::sortedTable;

constexpr const char* kVariableGraph = R"(
  node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
  node { name: "w" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } }
         attr { key: "shape" value { shape { dim { size: 2 } } } } }
  node { name: "read" op: "ReadVariableOp" input: "w" attr { key: "dtype" value { type: DT_FLOAT } } }
  node { name: "y" op: "AddV2" input: "x" input: "read" }
)";

class SavedModel : public FolderTest {
 protected:
  void writeVariables(bool damaged = false) {
    std::string data;
    const std::string entry = floatEntry({10, 20}, data);
    write("variables/variables.index", sortedTable({{"", number(1, 1)}, {"w", entry}}));
    if (damaged) data[5] = static_cast<char>(data[5] ^ 4);
    write("variables/variables.data-00000-of-00001", data);
  }
  Result<Graph> read(const ConvertOptions& options = {}) { return tf::readSavedModel(folder_.string(), options); }
  std::vector<float> run(const Graph& graph) {
    const auto outputs = testing::runGraphOnHost(graph, {{"in", Tensor(DType::kFloat32, {2}, std::vector<float>{1, 2})}});
    EXPECT_TRUE(outputs.ok()) << outputs.status().message();
    if (!outputs.ok()) return {};
    return {outputs->at("out").data<float>(), outputs->at("out").data<float>() + 2};
  }
};

TEST_F(SavedModel, VariablesBecomeConstants) {
  writeSavedModel(kVariableGraph, {{"in", "x:0"}}, {{"out", "y:0"}});
  writeVariables();
  const auto graph = read();
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph), (std::vector<float>{11, 22}));
  EXPECT_EQ(graph->inputs[0].name, "in");
  EXPECT_TRUE(graph->hasSignature);
}

TEST_F(SavedModel, AWriteThatTheOutputWaitsForIsSeen) {
  writeSavedModel(std::string(kVariableGraph) + R"(
    node { name: "add" op: "AssignAddVariableOp" input: "w" input: "x" }
    node { name: "after" op: "ReadVariableOp" input: "w" input: "^add" }
    node { name: "z" op: "Identity" input: "after" attr { key: "T" value { type: DT_FLOAT } } })",
                  {{"in", "x:0"}}, {{"out", "z:0"}});
  writeVariables();
  const auto graph = read();
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph), (std::vector<float>{11, 22}));
}

TEST_F(SavedModel, GathersOfVariablesAreGathers) {
  writeSavedModel(std::string(kVariableGraph) + R"(
    node { name: "i" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
           attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { dim { size: 2 } } int_val: 1 } } } }
    node { name: "g" op: "ResourceGather" input: "w" input: "i" }
    node { name: "z" op: "AddV2" input: "g" input: "x" })",
                  {{"in", "x:0"}}, {{"out", "z:0"}});
  writeVariables();
  const auto graph = read();
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(run(*graph), (std::vector<float>{21, 22}));
}

TEST_F(SavedModel, TablesOfAssetsAreFilledFromConstants) {
  const std::string asset = field(6, field(1, field(1, "vocab:0")) + field(2, "words.txt"));
  const std::string init = field(4, field(1, "saved_model_main_op") + field(2, field(1, field(1, "init"))));
  writeSavedModel(R"(
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "vocab" op: "Placeholder" attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "table" op: "HashTableV2" attr { key: "key_dtype" value { type: DT_STRING } }
           attr { key: "value_dtype" value { type: DT_INT64 } } }
    node { name: "fill" op: "InitializeTableFromTextFileV2" input: "table" input: "vocab"
           attr { key: "key_index" value { i: -2 } } attr { key: "value_index" value { i: -1 } } }
    node { name: "init" op: "NoOp" input: "^fill" }
    node { name: "default" op: "Const" attr { key: "dtype" value { type: DT_INT64 } }
           attr { key: "value" value { tensor { dtype: DT_INT64 tensor_shape { } int64_val: -1 } } } }
    node { name: "y" op: "LookupTableFindV2" input: "table" input: "x" input: "default" })",
                  {{"in", "x:0"}}, {{"out", "y:0"}}, asset + init);
  write("assets/words.txt", "one\ntwo\r\n");
  const auto graph = read();
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  ASSERT_TRUE(graph->initializer.has_value());
  const Node& fill = graph->initializer->nodes.back();
  EXPECT_EQ(fill.op, "LookupTableImportV2");
  ASSERT_EQ(fill.inputs.size(), 3u);
  const auto valueOf = [&](std::size_t i) {
    return graph->initializer->nodes[static_cast<std::size_t>(fill.inputs[i].node)].value;
  };
  EXPECT_EQ(valueOf(1).data<std::string>()[1], "two");
  EXPECT_EQ(valueOf(2).toInts(), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(SavedModel, AnAssetOutsideIsRefused) {
  const std::string asset = field(6, field(1, field(1, "vocab:0")) + field(2, "../../etc/passwd"));
  const std::string init = field(4, field(1, "table_initializer") + field(2, field(1, field(1, "fill"))));
  writeSavedModel(R"(
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "vocab" op: "Placeholder" attr { key: "dtype" value { type: DT_STRING } } }
    node { name: "table" op: "HashTableV2" }
    node { name: "fill" op: "InitializeTableFromTextFileV2" input: "table" input: "vocab" }
    node { name: "y" op: "LookupTableFindV2" input: "table" input: "x" input: "x" })",
                  {{"in", "x:0"}}, {{"out", "y:0"}}, asset + init);
  const auto graph = read();
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("../../etc/passwd"), std::string::npos) << graph.status().message();
}

TEST_F(SavedModel, FaultsAreSentences) {
  const auto says = [&](const ConvertOptions& options, const char* text) {
    const auto graph = read(options);
    ASSERT_FALSE(graph.ok()) << text;
    EXPECT_NE(graph.status().message().find(text), std::string::npos) << graph.status().message();
    EXPECT_TRUE(graph.status().message().ends_with('.')) << graph.status().message();
  };
  says({}, "no saved_model.pb");
  write("saved_model.pb", "");
  says({}, "is empty");
  write("saved_model.pb", number(1, 1));
  says({}, "no MetaGraph");
  writeSavedModel(kVariableGraph, {{"in", "x:0"}}, {{"out", "y:0"}});
  says({}, "no folder 'variables'");
  write("variables/other", "");
  says({}, "no file 'variables/variables.index'");
  writeVariables(true);
  says({}, "does not match its checksum");
  write("variables/variables.data-00000-of-00001", "1234567");
  says({}, "has only 7 bytes");
  ConvertOptions options;
  options.signatureName = "predict";
  says(options, "it has 'serving_default'");
  options = {};
  options.tags = {"train"};
  says(options, "it has 'serve'");
}

TEST_F(SavedModel, EveryPrefixOfTheIndexEndsInASentence) {
  writeSavedModel(kVariableGraph, {{"in", "x:0"}}, {{"out", "y:0"}});
  std::string data;
  const std::string index = sortedTable({{"", number(1, 1)}, {"w", floatEntry({10, 20}, data)}});
  write("variables/variables.data-00000-of-00001", data);
  for (std::size_t size = 0; size < index.size(); ++size) {
    write("variables/variables.index", index.substr(0, size));
    EXPECT_FALSE(read().ok()) << size;
  }
  for (std::size_t at = 0; at < index.size(); ++at) {
    std::string changed = index;
    changed[at] = static_cast<char>(changed[at] ^ 64);
    write("variables/variables.index", changed);
    (void)read();
  }
}

TEST_F(SavedModel, AnAddressIsToBeDownloadedFirst) {
  const auto graph = tf::readHubModule("https://tfhub.dev/google/some/1", {});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("download it first"), std::string::npos);
}

TEST_F(SavedModel, AnArchiveThatIsNoneIsRefused) {
  const auto graph = tf::readHubModule(write("module.tar.gz", "not an archive"), {});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("is damaged"), std::string::npos) << graph.status().message();
}

TEST_F(SavedModel, AnArchiveMayNotLeadOut) {
  std::string header(512, '\0');
  header.replace(0, 12, "../escape.pb");
  header.replace(124, 11, "00000000004");
  header[156] = '0';
  header.replace(257, 5, "ustar");
  const auto graph = tf::readHubModule(write("module.tar.gz", header + "text" + std::string(508 + 1024, '\0')), {});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("leads out"), std::string::npos) << graph.status().message();
}

TEST(Crc32c, IsCastagnolis) {
  EXPECT_EQ(tf::crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(tf::crc32c("6789", tf::crc32c("12345")), 0xe3069283U);
}

}  // namespace
}  // namespace texflow
