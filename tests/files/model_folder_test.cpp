// Models of every kind of file give TensorFlow.js's outputs, on the host and through GL.
#include "files/model_folder.h"

#include <gtest/gtest.h>

#include "conformance/compare.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow {
namespace {

void expectRecordedOutputs(const ModelFolder& folder, Context* context) {
  SCOPED_TRACE(folder.name);
  auto graph = loadGraphModel(folder.path);
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  auto session = Session::create(std::move(*graph), context, context ? Backend::kGl : Backend::kHost);
  ASSERT_TRUE(session.ok()) << session.status().message();
  const auto outputs = (*session)->run(folder.inputs);
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  ASSERT_EQ(outputs->size(), folder.outputs.size());
  for (const NamedTensor& output : *outputs) {
    const auto want = folder.outputs.find(output.name);
    ASSERT_NE(want, folder.outputs.end()) << "no output '" << output.name << "' was recorded";
    EXPECT_EQ(conformance::difference(std::vector<Tensor>{output.value}, std::vector<Tensor>{want->second}), "")
        << output.name;
  }
}

TEST(ModelFolders, GiveTensorFlowJsOutputsOnTheHost) {
  for (const ModelFolder& folder : modelFolders()) expectRecordedOutputs(folder, nullptr);
}

TEST(ModelFolders, GiveTensorFlowJsOutputsForEveryStripeCount) {
#ifdef TEXFLOW_SANITIZED
  GTEST_SKIP() << "drivers are not built for sanitizers";
#endif
  for (const GlApi api : {GlApi::kGles3, GlApi::kGl33}) {
    for (const int stripes : {1, 2, 4, 8}) {
      ContextOptions options;
      options.stripes = stripes;
      auto context = makeEglContext(api, options);
      if (!context.ok()) GTEST_SKIP() << context.status().message();
      for (const ModelFolder& folder : modelFolders()) expectRecordedOutputs(folder, context->get());
    }
  }
}

TEST(ModelFolders, LoadFromMemoryAsFromFiles) {
  for (const ModelFolder& folder : modelFolders()) {
    const auto graph = loadFromMemory(folder), files = loadGraphModel(folder.path);
    ASSERT_TRUE(graph.ok() && files.ok()) << folder.name;
    ASSERT_EQ(graph->nodes.size(), files->nodes.size());
    for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
      if (graph->nodes[i].op != "Const") continue;
      EXPECT_EQ(
          conformance::difference(std::vector<Tensor>{graph->nodes[i].value}, std::vector<Tensor>{files->nodes[i].value}),
          "");
    }
  }
}

}  // namespace
}  // namespace texflow
