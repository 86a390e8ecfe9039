// All SavedModels, frozen graphs and hub modules of ../shared/fixtures: read, run on the host kernels where each op has one,
// compared with TensorFlow's outputs. And the damaged ones: a sentence each.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "converter/fixture_values.h"
#include "converter/host_graph.h"
#include "json.h"
#include "tensorflow/model_resources.h"
#include "texflow/converter.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(TEXFLOW_SOURCE_DIR).parent_path() / "shared" / "fixtures";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

ConvertOptions optionsOf(const Json& flags) {
  ConvertOptions options;
  for (const Json& item : flags) {
    const std::string flag = item.get<std::string>(), name = flag.substr(0, flag.find('=')),
                      value = flag.substr(flag.find('=') + 1);
    if (name == "--input_format") options.inputFormat = formatNamed(value).value_or(ModelFormat::kAuto);
    if (name == "--signature_name") options.signatureName = value;
    if (name == "--saved_model_tags") options.tags = split(value);
    if (name == "--output_node_names") options.outputNodeNames = split(value);
    if (name == "--control_flow_v2") options.controlFlowV2 = value == "True";
  }
  return options;
}

std::string difference(const Tensor& got, const Tensor& want, double rtol, double atol) {
  if (got.shape() != want.shape()) return "shape " + shapeText(got.shape()) + " instead of " + shapeText(want.shape());
  for (std::int64_t i = 0; i < got.size(); ++i) {
    if (want.dtype() == DType::kString) {
      if (got.data<std::string>()[i] != want.data<std::string>()[i]) return "element " + std::to_string(i);
      continue;
    }
    const double a = got.number(i), b = want.number(i);
    if (a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= atol + rtol * std::abs(b)) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " + std::to_string(b);
  }
  return {};
}

bool hasKernels(const Graph& graph) {
  std::set<std::string> missing;
  for (const Node& node : graph.nodes)
    if (node.op != "Const" && node.op != "Placeholder" && !findOp(node.op)) missing.insert(node.op);
  return missing.empty();
}

TEST(TensorFlowFixtures, GiveTensorFlowsOutputs) {
  if (!fs::exists(kFixtures)) GTEST_SKIP() << "no ../shared/fixtures";
  int compared = 0, read = 0;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    if (!fs::exists(entry.path() / "case.json")) continue;
    const Json json = Json::parse(testing::fileText(entry.path() / "case.json"));
    const std::string format = json.at("format");
    if (format != "saved_model" && format != "frozen_graph" && !format.starts_with("hub")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    for (const Json& flags : json.at("convert")) {
      const ConvertOptions options = optionsOf(flags);
      std::vector<fs::path> sources = {entry.path() / json.at("model").get<std::string>()};
      if (json.contains("archive")) sources.push_back(entry.path() / json.at("archive").get<std::string>());
      for (const fs::path& source : sources) {
        const auto model = readModel(source.string(), options);
        ASSERT_TRUE(model.ok()) << model.status().message();
        ++read;
        const bool asked = options.signatureName.empty() || options.signatureName == json.value("signature", "");
        if (!asked || !hasKernels(model->graph)) continue;
        for (int set = 0;; ++set) {
          const std::string ending = set ? "_" + std::to_string(set) : "";
          if (!json.contains("outputs" + ending)) break;
          std::map<std::string, Tensor> inputs;
          for (const Json& input : json.at("inputs" + ending))
            inputs.emplace(input.at("name"), testing::readArray(entry.path() / input.at("file").get<std::string>()));
          const auto outputs = testing::runGraphOnHost(model->graph, inputs);
          ASSERT_TRUE(outputs.ok()) << outputs.status().message();
          for (const Json& output : json.at("outputs" + ending)) {
            const auto found = outputs->find(output.at("name").get<std::string>());
            ASSERT_NE(found, outputs->end()) << output.at("name");
            const Json& tolerance = json.at("tolerance");
            EXPECT_EQ(difference(found->second, testing::readArray(entry.path() / output.at("file").get<std::string>()),
                                 tolerance.value("rtol", 0.0), tolerance.value("atol", 0.0)),
                      "")
                << output.at("name");
            ++compared;
          }
        }
      }
    }
  }
  std::cout << read << " models read, " << compared << " outputs compared\n";
  EXPECT_GT(compared, 0);
}

TEST(TensorFlowFixtures, DamagedOnesEndInASentence) {
  if (!fs::exists(kFixtures)) GTEST_SKIP() << "no ../shared/fixtures";
  // Which ops there are is not the reader's to know.
  const std::set<std::string> legal = {"pb_unknown_op", "sm_unknown_op"};
  for (const auto& entry : fs::directory_iterator(kFixtures / "bad-inputs")) {
    const std::string name = entry.path().filename();
    if ((!name.starts_with("pb_") && !name.starts_with("sm_")) || legal.count(name)) continue;
    SCOPED_TRACE(name);
    const Json json = Json::parse(testing::fileText(entry.path() / "expect.json"));
    const std::string input = json.at("input");
    if (input.ends_with(".gz")) continue;  // graph_def_test.cpp has its like.
    const auto model = readModel((entry.path() / input).string(), optionsOf(json.at("flags")));
    ASSERT_FALSE(model.ok());
    EXPECT_GT(model.status().message().size(), 30u);
    EXPECT_TRUE(model.status().message().ends_with('.')) << model.status().message();
  }
}

// Two ways lead from a variable to its value: the ops that restore it and the objects that functions are bound to.
TEST(TensorFlowFixtures, ObjectsAndRestoreOpsLeadToTheSameValues) {
  if (!fs::exists(kFixtures)) GTEST_SKIP() << "no ../shared/fixtures";
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    const fs::path folder = entry.path() / "model";
    if (!fs::exists(folder / "variables" / "variables.index") || !fs::exists(folder / "fingerprint.pb")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const auto file = tf::SavedModelFile::open(folder.string());
    ASSERT_TRUE(file.ok()) << file.status().message();
    const auto meta = file->withTags({"serve"});
    if (!meta.ok() || (*meta)->objectGraph.empty()) continue;
    const auto view = tf::GraphView::parse((*meta)->graph, "The graph");
    ASSERT_TRUE(view.ok()) << view.status().message();
    const auto checkpoint = tf::Checkpoint::open((folder / "variables" / "variables").string());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    const auto restored = tf::variableKeys(**view, **meta);
    ASSERT_TRUE(restored.ok()) << restored.status().message();
    for (const auto& [name, key] : tf::keysOfObjects(**view, **meta, **checkpoint)) {
      const auto other = restored->find(name);
      if (other == restored->end()) continue;
      const auto one = (*checkpoint)->read(key), two = (*checkpoint)->read(other->second.key);
      ASSERT_TRUE(one.ok() && two.ok()) << name;
      EXPECT_EQ(difference(*one, *two, 0, 0), "") << name << ": " << key << " and " << other->second.key;
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
  std::cout << compared << " variables compared\n";
}

}  // namespace
}  // namespace texflow
