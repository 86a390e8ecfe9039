// What is wrong with a file or a feed is said in a sentence that names it.
#include <gtest/gtest.h>

#include "files/model_folder.h"
#include "texflow/session.h"

namespace texflow {
namespace {

using conformance::Json;

const ModelFolder& folderNamed(const std::string& name) {
  for (const ModelFolder& folder : modelFolders()) {
    if (folder.name == name) return folder;
  }
  ADD_FAILURE() << "no model '" << name << "'";
  return modelFolders().front();
}

/// What loading says after `change` has been at the document.
template <class Change>
std::string errorAfter(const std::string& name, Change change) {
  ModelFolder folder = folderNamed(name);
  Json json = Json::parse(folder.modelJson);
  change(json, folder);
  folder.modelJson = json.dump();
  auto graph = loadFromMemory(folder);
  if (!graph.ok()) return graph.status().message();
  auto session = Session::create(std::move(*graph), nullptr, Backend::kHost);
  if (!session.ok()) return session.status().message();
  const auto outputs = (*session)->run(folder.inputs);
  return outputs.ok() ? "no error" : outputs.status().message();
}

#define EXPECT_SAYS(message, ...)                                                                 \
  do {                                                                                            \
    const std::string text = message;                                                             \
    for (const char* part : {__VA_ARGS__}) EXPECT_NE(text.find(part), std::string::npos) << text; \
    EXPECT_TRUE(!text.empty() && text.back() == '.') << text;                                     \
  } while (false)

Json& nodeNamed(Json& json, const std::string& name) {
  for (Json& node : json["modelTopology"]["node"]) {
    if (node["name"] == name) return node;
  }
  ADD_FAILURE() << "no node '" << name << "'";
  return json;
}

TEST(BadFiles, TruncatedAndOversizedShardsNameTheirWeight) {
  EXPECT_SAYS(errorAfter("sharded", [](Json&, ModelFolder& f) { f.shards["group2-shard2of2.bin"].pop_back(); }), "'d'",
              "group 1");
  EXPECT_SAYS(errorAfter("sharded", [](Json&, ModelFolder& f) { f.shards["group1-shard4of4.bin"] += "x"; }), "group 0",
              "more bytes");
}

TEST(BadFiles, WrongDTypesAndShapesAreNamed) {
  const auto weight = [](Json& json, int index) -> Json& {
    return json["weightsManifest"][0]["weights"][std::size_t(index)];
  };
  EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { weight(j, 0)["dtype"] = "float17"; }), "'a'", "float17");
  EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { weight(j, 0)["shape"] = "4x6"; }), "'a'", "4x6");
  EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { weight(j, 0)["shape"] = {4, -6}; }), "'a'", "-6");
  EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { weight(j, 0)["shape"] = {4, "NaN"}; }), "'a'", "NaN");
  EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { weight(j, 0)["shape"] = {1 << 20, 1 << 20}; }), "'a'");
}

TEST(BadFiles, QuantizationThatIsNotFiniteIsNamed) {
  for (const char* field : {"min", "scale"}) {
    for (const Json& value : {Json("NaN"), Json("Infinity"), Json(nullptr), Json(1e300)}) {
      EXPECT_SAYS(
          errorAfter("quantized",
                     [&](Json& j, ModelFolder&) { j["weightsManifest"][0]["weights"][0]["quantization"][field] = value; }),
          "'u8'");
    }
  }
}

TEST(BadFiles, CyclesNameANode) {
  EXPECT_SAYS(errorAfter("sharded", [](Json& j, ModelFolder&) { nodeNamed(j, "xa")["input"][0] = "y"; }), "cycle", "'x");
}

TEST(BadFiles, UnknownOpsAreReportedAllAtOnceWithTheirCounts) {
  EXPECT_SAYS(errorAfter("sharded",
                         [](Json& j, ModelFolder&) {
                           nodeNamed(j, "xab")["op"] = nodeNamed(j, "y")["op"] = "Frobnicate";
                           nodeNamed(j, "hidden")["op"] = "Twiddle";
                         }),
              "Frobnicate (2, first at node 'xab')", "Twiddle (1, first at node 'hidden')");
}

TEST(BadFiles, MissingNodesAndInputsAreNamed) {
  EXPECT_SAYS(errorAfter("sharded", [](Json& j, ModelFolder&) { nodeNamed(j, "y")["input"][1] = "nowhere"; }), "'nowhere'",
              "'y'");
  EXPECT_SAYS(errorAfter("sharded", [](Json& j, ModelFolder&) { nodeNamed(j, "y")["input"] = Json::array({"hc"}); }), "'y'");
  EXPECT_SAYS(errorAfter("sharded", [](Json&, ModelFolder& f) { f.inputs.clear(); }), "'x'");
}

TEST(BadFiles, ImpossibleAttributesNameTheirNode) {
  EXPECT_SAYS(
      errorAfter("picture", [](Json& j, ModelFolder&) { nodeNamed(j, "conv")["attr"]["strides"]["list"]["i"][1] = "-1"; }),
      "'conv'");
  EXPECT_SAYS(
      errorAfter("picture", [](Json& j, ModelFolder&) { nodeNamed(j, "pool")["attr"]["ksize"]["list"]["i"][1] = "1e9"; }),
      "'pool'");
  EXPECT_SAYS(
      errorAfter("structured", [](Json& j, ModelFolder&) { nodeNamed(j, "parts")["attr"]["num_split"]["i"] = 2147483647; }),
      "'parts'");
}

TEST(BadFiles, PathsThatLeaveTheFolderAreRefused) {
  for (const char* path : {"../secret.bin", "/etc/passwd", "a/../../b", "file:///x", "a\\b", ""}) {
    EXPECT_SAYS(errorAfter("sharded", [&](Json& j, ModelFolder&) { j["weightsManifest"][0]["paths"][0] = path; }), "path",
                path);
  }
}

TEST(BadFiles, WhatIsNoModelIsRefused) {
  for (const char* text :
       {"", "{", "[1,2]", "\"text\"", "\xff\xfe", "{\"format\":\"layers-model\"}", "{\"modelTopology\":{\"node\":[]}}"}) {
    ModelFolder folder = folderNamed("sharded");
    folder.modelJson = text;
    const auto graph = loadFromMemory(folder);
    ASSERT_FALSE(graph.ok()) << text;
    EXPECT_EQ(graph.status().message().back(), '.') << graph.status().message();
  }
  // Deep nesting must not reach the end of the stack.
  ModelFolder folder = folderNamed("sharded");
  folder.modelJson = std::string(1 << 20, '[');
  EXPECT_FALSE(loadFromMemory(folder).ok());
}

TEST(BadFeeds, WrongNamesShapesAndDTypesAreNamed) {
  const ModelFolder& folder = folderNamed("sharded");
  auto session = Session::create(*loadFromMemory(folder), nullptr, Backend::kHost);
  ASSERT_TRUE(session.ok());
  const auto errorOf = [&](const std::map<std::string, Tensor>& inputs, const std::vector<std::string>& outputs = {}) {
    const auto result = (*session)->run(inputs, outputs);
    return result.ok() ? "no error" : result.status().message();
  };
  EXPECT_SAYS(errorOf({{"x", Tensor(DType::kFloat32, {2, 5})}}), "'x'", "[2,5]", "[2,4]");
  EXPECT_SAYS(errorOf({{"x", Tensor(DType::kInt32, {2, 4})}}), "'x'", "int32", "float32");
  EXPECT_SAYS(errorOf({{"z", Tensor(DType::kFloat32, {2, 4})}}), "'z'");
  EXPECT_SAYS(errorOf({}), "'x'");
  EXPECT_SAYS(errorOf(folder.inputs, {"nowhere"}), "nowhere");
  EXPECT_SAYS(errorOf(folder.inputs, {"y:7"}), "7");
}

}  // namespace
}  // namespace texflow
