// A launch that finds its programs in the cache folder.
#include <filesystem>

#include "gl/op_test.h"
#include "gl/own_context_test.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

// 75 million texel accesses a run.
Graph wideConvolutions() {
  Graph graph;
  Port last = add(graph, "x", "Placeholder", {});
  graph.inputs.push_back({"x", last, DType::kFloat32, {1, 128, 128, 32}, true});
  for (const char* name : {"a", "b"})
    last =
        add(graph, name, "Conv2D", {last, add(graph, name + std::string("/w"), "Const", {}, smallValues({3, 3, 32, 32}))});
  graph.outputs.push_back({"y", last, DType::kFloat32, {1, 128, 128, 32}, true});
  return graph;
}

struct Launch {
  Report report;
  int dryRuns = 0;
  std::vector<float> values;
};

Launch launch(Graph graph, const std::string& folder) {
  Launch done;
  ContextOptions contextOptions;
  contextOptions.cacheFolder = folder;
  auto context = makeEglContext(GlApi::kGles3, contextOptions);
  EXPECT_TRUE(context.ok()) << context.status().message();
  const Endpoint input = graph.inputs.front();
  auto session = Session::create(std::move(graph), context->get());
  EXPECT_TRUE(session.ok()) << session.status().message();
  PrepareOptions options;
  options.onProgress = [&](const PrepareEvent& event) { done.dryRuns += event.phase == "dry run" ? 1 : 0; };
  EXPECT_TRUE((*session)->prepare(options).ok());
  const auto values = (*session)->run({{input.name, smallValues(input.shape)}});
  EXPECT_TRUE(values.ok()) << values.status().message();
  done.values = valuesOf(*values);
  done.report = (*session)->report();
  return done;
}

class SecondLaunch : public testing::Test {
 protected:
  void SetUp() override {
    auto context = makeEglContext(GlApi::kGles3);
    if (!context.ok()) GTEST_SKIP() << "no EGL context";
    if (!(*context)->caps().programBinaries) GTEST_SKIP() << "This driver gives no program binaries.";
    rasterTile_ = (*context)->caps().rasterTile;
    folder_ = std::filesystem::path(testing::TempDir()) / "texflow_second_launch";
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  int rasterTile_ = 0;
};

TEST_F(SecondLaunch, LongRunsAreNotMadeWholeInIt) {
  if (rasterTile_ == 0) GTEST_SKIP() << "Only threads of a software rasterizer need their time to spread.";
  const Launch first = launch(wideConvolutions(), folder_.string()), second = launch(wideConvolutions(), folder_.string());
  EXPECT_GT(first.report.programsCompiled, 0);
  EXPECT_EQ(second.report.programsCompiled, 0);
  EXPECT_EQ(second.report.programsFromCache, first.report.programsUsed);
  EXPECT_EQ(second.dryRuns, 0);
  EXPECT_GT(second.report.expectedRunMs, 0) << "some draws tell it";
  EXPECT_EQ(second.values, first.values);
}

TEST_F(SecondLaunch, ShortRunsAreMadeInBoth) {
  const Launch first = launch(smallNet(), folder_.string()), second = launch(smallNet(), folder_.string());
  EXPECT_EQ(second.report.programsCompiled, 0);
  EXPECT_GT(first.dryRuns, 0);
  EXPECT_GT(second.dryRuns, 0);
  EXPECT_EQ(second.values, first.values);
}

}  // namespace
}  // namespace texflow
