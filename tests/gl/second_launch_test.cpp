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

class SecondLaunch : public OwnContextTest {
 protected:
  void SetUp() override {
    OwnContextTest::SetUp();
    if (IsSkipped()) return;
    if (!context_->caps().programBinaries) GTEST_SKIP() << "This driver gives no program binaries.";
    folder_ = std::filesystem::path(testing::TempDir()) / "texflow_second_launch";
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// As a process of its own does: in a new context, with what the cache folder has.
  Launch launch(Graph graph) {
    ContextOptions withFolder;
    withFolder.cacheFolder = folder_.string();
    open(withFolder);
    const Endpoint input = graph.inputs.front();
    const auto session = this->session(std::move(graph));
    Launch done;
    PrepareOptions options;
    options.onProgress = [&](const PrepareEvent& event) { done.dryRuns += event.phase == "dry run" ? 1 : 0; };
    EXPECT_TRUE(session->prepare(options).ok());
    const auto values = session->run({{input.name, smallValues(input.shape)}});
    EXPECT_TRUE(values.ok()) << values.status().message();
    done.values = valuesOf(*values);
    done.report = session->report();
    return done;
  }

  std::filesystem::path folder_;
};

TEST_F(SecondLaunch, LongRunsAreNotMadeWholeInIt) {
  if (context_->caps().rasterTile == 0) GTEST_SKIP() << "Only threads of a software rasterizer need their time to spread.";
  const Launch first = launch(wideConvolutions()), second = launch(wideConvolutions());
  EXPECT_GT(first.report.programsCompiled, 0);
  EXPECT_EQ(second.report.programsCompiled, 0);
  EXPECT_EQ(second.report.programsFromCache, first.report.programsUsed);
  EXPECT_EQ(second.dryRuns, 0);
  EXPECT_GT(second.report.expectedRunMs, 0) << "some draws tell it";
  EXPECT_EQ(second.values, first.values);
}

TEST_F(SecondLaunch, ShortRunsAreMadeInBoth) {
  const Launch first = launch(smallNet()), second = launch(smallNet());
  EXPECT_EQ(second.report.programsCompiled, 0);
  EXPECT_GT(first.dryRuns, 0);
  EXPECT_GT(second.dryRuns, 0);
  EXPECT_EQ(second.values, first.values);
}

}  // namespace
}  // namespace texflow
