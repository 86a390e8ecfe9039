// Keras files and layers-models of the fixtures: what the layers become gives TensorFlow's outputs.
#include "host_graph.h"
#include "keras/keras_file.h"
#include "keras_fixtures.h"

namespace texflow::testing {
namespace {

Result<Graph> readCase(const KerasCase& test) {
  auto file = test.format == "keras_h5"   ? readKerasHdf5(test.model.string())
              : test.format == "keras_v3" ? readKerasZip(test.model.string())
                                          : readLayersModel(test.model.string());
  if (!file.ok()) return file.status();
  return kerasGraph(*file);
}

TEST(KerasFixtures, LayersGiveTheOutputsOfTensorFlow) {
  const auto cases = kerasCases();
  if (cases.empty()) GTEST_SKIP() << "../shared/fixtures is absent";
  for (const KerasCase& test : cases) {
    SCOPED_TRACE(test.name);
    const auto graph = readCase(test);
    if (test.name.find("custom_layer") != std::string::npos) {
      // Python code is not in the file: refused with the layer's name.
      ASSERT_FALSE(graph.ok());
      EXPECT_NE(graph.status().message().find("SavedModel"), std::string::npos) << graph.status().message();
      continue;
    }
    EXPECT_TRUE(graph.ok()) << graph.status().message();
    if (!graph.ok()) continue;
    for (const std::string& ending : {std::string(), std::string("_1"), std::string("_2")}) {
      const KerasSet set = kerasSet(test, ending, graph->inputs);
      if (set.inputs.empty()) continue;
      const auto outputs = runGraphOnHost(*graph, set.inputs);
      EXPECT_TRUE(outputs.ok()) << outputs.status().message();
      if (!outputs.ok()) continue;
      ASSERT_EQ(graph->outputs.size(), set.outputs.size());
      for (std::size_t i = 0; i < set.outputs.size(); ++i)
        EXPECT_EQ(difference(test, outputs->at(graph->outputs[i].name), set.outputs[i]), "")
            << "output " << graph->outputs[i].name << " set" << ending;
    }
  }
}

TEST(KerasFixtures, BadFilesAreRefusedInOneSentence) {
  const auto folder = fixtureFolder() / "bad-inputs";
  std::error_code error;
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("h5_") && !name.starts_with("keras_") && !name.starts_with("json_layers_")) continue;
    SCOPED_TRACE(name);
    const auto expect = parseJson(readWholeFile(entry.path() / "expect.json"), "expect.json");
    ASSERT_TRUE(expect.ok());
    const std::string path = (entry.path() / std::string(textOf(member(*expect, "input")))).string();
    auto file = name.starts_with("h5_")      ? readKerasHdf5(path)
                : name.starts_with("keras_") ? readKerasZip(path)
                                             : readLayersModel(path);
    const auto graph = file.ok() ? kerasGraph(*file) : Result<Graph>(file.status());
    ++seen;
    if (name == "keras_traversal") continue;  // Members that are not asked for are never looked at.
    EXPECT_FALSE(graph.ok());
    if (graph.ok()) continue;
    EXPECT_TRUE(graph.status().message().ends_with(".")) << graph.status().message();
  }
  if (seen == 0) GTEST_SKIP() << "../shared/fixtures is absent";
}

}  // namespace
}  // namespace texflow::testing
