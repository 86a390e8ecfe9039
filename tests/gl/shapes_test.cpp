// Input shapes that were never prepared, weights that come late or were freed, and manifests.
#include <filesystem>
#include <fstream>
#include <thread>

#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "gl/own_context_test.h"
#include "texflow/loader.h"

namespace texflow {
namespace {

class Shapes : public OwnContextTest {
 protected:
  static Graph freeNet() {
    Graph graph = smallNet();
    graph.inputs[0].shape = {-1, -1, -1, 5};
    return graph;
  }
  // Feeds `shape` and compares with the host.
  static void expectRightAt(Session& session, const Shape& shape) {
    auto host = Session::create(freeNet(), nullptr, Backend::kHost);
    ASSERT_TRUE(host.ok());
    const auto expected = (*host)->run({{"x", smallValues(shape)}}), results = session.run({{"x", smallValues(shape)}});
    ASSERT_TRUE(expected.ok() && results.ok()) << results.status().message();
    for (std::size_t output = 0; output < 2; ++output)
      for (std::int64_t i = 0; i < (*expected)[output].value.size(); ++i)
        ASSERT_NEAR((*results)[output].value.number(i), (*expected)[output].value.number(i), 1e-5);
  }
};

TEST_F(Shapes, ARunAtAShapeNeverPreparedCompilesNothing) {
  const auto session = this->session(freeNet());
  PrepareOptions options;
  options.inputShapes = {{"x", {1, 12, 12, 5}}};
  ASSERT_TRUE(session->prepare(options).ok());
  const GlCounters counters;
  for (const Shape& shape :
       {Shape{1, 12, 12, 5}, Shape{2, 12, 12, 5}, Shape{1, 40, 30, 5}, Shape{5, 33, 64, 5}, Shape{1, 2, 2, 5}})
    expectRightAt(*session, shape);
  EXPECT_EQ(counters.count("glCompileShader"), 0);
  EXPECT_EQ(counters.count("glLinkProgram"), 0);
}

TEST_F(Shapes, ModelsOfAnySizeRunAtOthersWithoutACompile) {
  for (const char* name : {"dynamic", "structured", "picture", "sharded"}) {
    auto graph = loadGraphModel(std::string(TEXFLOW_SOURCE_DIR) + "/tests/data/models/" + name);
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    const std::vector<Endpoint> inputs = graph->inputs;
    const auto session = this->session(std::move(*graph));
    const auto at = [&](std::int64_t size) {
      std::map<std::string, Tensor> tensors;
      for (const Endpoint& input : inputs) {
        Shape shape = input.shape;
        for (std::int64_t& dim : shape) dim = dim < 0 ? size : dim;
        tensors.emplace(input.name, Tensor(input.dtype, shape));
      }
      return tensors;
    };
    PrepareOptions options;
    for (const auto& [input, tensor] : at(4)) options.inputShapes[input] = tensor.shape();
    ASSERT_TRUE(session->prepare(options).ok()) << name;
    const GlCounters counters;
    for (const std::int64_t size : {4, 5, 7, 16}) {
      const auto results = session->run(at(size));
      ASSERT_TRUE(results.ok()) << name << ": " << results.status().message();
    }
    EXPECT_EQ(counters.count("glCompileShader"), 0) << name;
  }
}

TEST_F(Shapes, PreparedShapesNeedNoPlanInTheirFirstRun) {
  const auto session = this->session(freeNet());
  PrepareOptions options;
  options.moreShapes = {{{"x", {1, 12, 12, 5}}}, {{"x", {2, 20, 20, 5}}}};
  ASSERT_TRUE(session->prepare(options).ok());
  const double planMs = session->report().planMs;
  expectRightAt(*session, {2, 20, 20, 5});
  expectRightAt(*session, {1, 12, 12, 5});
  EXPECT_EQ(session->report().planMs, planMs);
}

// A chain of two products with weights large enough to come late.
Graph twoProducts(bool deferred) {
  Graph graph;
  const auto add = [&](const char* name, const char* op, std::vector<Port> inputs, Tensor value = {}) {
    Node node;
    node.name = name;
    node.op = op;
    node.inputs = std::move(inputs);
    node.value = std::move(value);
    graph.nodes.push_back(std::move(node));
    return Port{static_cast<int>(graph.nodes.size()) - 1, 0};
  };
  const Shape shape{40, 40};
  const auto weights = [&] { return deferred ? Tensor::deferred(DType::kFloat32, shape) : smallValues(shape); };
  const Port x = add("x", "Placeholder", {});
  const Port w0 = add("w0", "Const", {}, weights()), w1 = add("w1", "Const", {}, weights());
  const Port scale = add("scale", "Const", {}, smallValues({40}));
  const Port y0 = add("y0", "MatMul", {x, w0});
  const Port scaled = add("scaled", "Mul", {y0, scale});
  const Port y1 = add("y1", "MatMul", {scaled, w1});
  graph.inputs.push_back({"x", x, DType::kFloat32, {-1, 40}, true});
  graph.outputs.push_back({"y", y1, DType::kFloat32, {-1, 40}, true});
  return graph;
}

TEST_F(Shapes, WeightsMayArriveWhileTheDriverCompilesAndGoWhenTheyAreUploaded) {
  const auto whole = session(twoProducts(false));
  const auto expected = whole->run({{"x", smallValues({3, 40})}});
  ASSERT_TRUE(expected.ok());
  const auto late = session(twoProducts(true));
  std::vector<PrepareEvent> events;
  PrepareOptions options;
  options.inputShapes = {{"x", {3, 40}}};
  options.onProgress = [&](const PrepareEvent& event) { events.push_back(event); };
  ASSERT_TRUE(late->startPrepare(options).ok());
  for (int i = 0; i < 200; ++i) {
    const auto done = late->poll(1);
    ASSERT_TRUE(done.ok()) << done.status().message();
    ASSERT_FALSE(*done) << "without weights";
  }
  ASSERT_FALSE(events.empty());
  const auto early = late->run({{"x", smallValues({3, 40})}});
  EXPECT_NE(early.status().message().find("are needed"), std::string::npos) << early.status().message();
  ASSERT_TRUE(late->startPrepare(options).ok());
  for (const char* name : {"w0", "w1"}) {
    EXPECT_FALSE(late->provide(name, Tensor(DType::kFloat32, {2, 2})).ok());
    ASSERT_TRUE(late->provide(name, smallValues({40, 40})).ok());
  }
  for (bool ready = false; !ready; std::this_thread::yield()) {
    const auto done = late->poll();
    ASSERT_TRUE(done.ok()) << done.status().message();
    ready = *done;
  }
  const auto expectSame = [&](const std::map<std::string, Tensor>& inputs, std::int64_t count) {
    const auto results = late->run(inputs);
    ASSERT_TRUE(results.ok()) << results.status().message();
    for (std::int64_t i = 0; i < count; ++i)
      ASSERT_NEAR(results->front().value.number(i), expected->front().value.number(i), 1e-5);
  };
  expectSame({{"x", smallValues({3, 40})}}, 120);
  EXPECT_FALSE(late->graph().nodes[1].value.hasValues()) << "the GPU has them";
  expectSame({{"x", smallValues({2, 40})}}, 80);
  const auto inner = late->run({{"x", smallValues({3, 40})}}, {"y0"});
  ASSERT_FALSE(inner.ok()) << "its product was scaled in place";
  EXPECT_NE(inner.status().message().find("provide them"), std::string::npos) << inner.status().message();
  ASSERT_TRUE(late->provide("w0", smallValues({40, 40})).ok());
  EXPECT_TRUE(late->run({{"x", smallValues({3, 40})}}, {"y0"}).ok());
}

TEST_F(Shapes, ManifestCompilesEverythingBeforeTheModelIsThere) {
  Manifest manifest;
  {
    const auto session = this->session(smallNet());
    ASSERT_TRUE(session->prepare().ok());
    manifest = session->manifest();
    EXPECT_EQ(static_cast<int>(manifest.programs.size()), session->report().programsUsed);
    EXPECT_GT(manifest.work, 0);
  }
  context_ = nullptr;
  SetUp();
  const auto parsed = parseManifest(manifest.toJson());
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->programs, manifest.programs);
  EXPECT_EQ(parsed->work, manifest.work);
  Precompile ahead(*context_, *parsed);
  EXPECT_EQ(ahead.refused(), 0);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(ahead.poll(0).ok());
  ASSERT_TRUE(ahead.finish().ok());
  const GlCounters counters;
  const auto session = this->session(smallNet());
  ASSERT_TRUE(session->prepare().ok());
  EXPECT_EQ(counters.count("glCompileShader"), 0);
  EXPECT_EQ(counters.draws(), session->report().drawsPerRun) << "one pixel of each";
  EXPECT_EQ(session->report().programsShared, session->report().programsUsed);
  EXPECT_TRUE(session->run({{"x", smallValues({1, 12, 12, 5})}}).ok());
}

TEST_F(Shapes, ManifestOfOtherBuildsOrEnemiesCostsTimeOnly) {
  Manifest manifest;
  const auto program = [](const std::string& kernel, const std::string& name, const std::string& value) {
    return Manifest::Program{kernel, {{name, value}}, 1, 12, false};
  };
  for (const Manifest::Program& wrong :
       {program("no_such_kernel", "ACT", "0"), program("tensor", "ACT", "0"), program("conv", "NO_SUCH_DEFINE", "1"),
        program("conv", "P", "8"), program("conv", "ACT", "0\nwhile(true);"), program("conv", "ACT", "999999"),
        program("elementwise", "EXPR", "f(a)"), program("elementwise", "EXPR", "a;} void g() {"),
        program("elementwise", "EXPR", "a /* */"), program("elementwise", "LETS", "for (;;) a = b;"),
        program("elementwise", "EXPR", std::string(5000, 'a'))}) {
    EXPECT_FALSE(checkProgram(wrong).ok()) << wrong.kernel << " " << wrong.defines[0].second;
    manifest.programs.push_back(wrong);
  }
  // Of this build, and yet no program: the driver refuses it.
  manifest.programs.push_back({"elementwise", {{"EXPR", "vec4(a.x, a)"}, {"SAME", "1"}}, 1, 11, false});
  EXPECT_TRUE(checkProgram(manifest.programs.back()).ok());
  Precompile ahead(*context_, manifest);
  EXPECT_EQ(ahead.accepted(), 1);
  EXPECT_TRUE(ahead.finish().ok());
  const auto session = this->session(smallNet());
  EXPECT_TRUE(session->run({{"x", smallValues({1, 12, 12, 5})}}).ok());
  for (const char* text :
       {"", "[]", "{\"programs\":7}", "{\"version\":9,\"programs\":[]}", "{\"version\":1,\"programs\":[{}]}",
        "{\"version\":1,\"programs\":[],\"work\":-1}", "{\"version\":1,\"programs\":[],\"work\":\"much\"}"})
    EXPECT_FALSE(parseManifest(text).ok()) << text;
}

}  // namespace
}  // namespace texflow
