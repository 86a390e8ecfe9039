// What loading and uploading a model holds on the heap beyond its decoded weights, and what preparing frees.
#include <filesystem>
#include <fstream>

#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "gl/small_net.h"
#include "texflow/loader.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

constexpr int kLayers = 6, kSide = 512;
constexpr std::int64_t kLayerBytes = std::int64_t{kSide} * kSide * 4, kShardBytes = 700000;
// Reading buffers, the text of model.json and the graph.
constexpr std::int64_t kSmall = 1500000;

// A chain of matrix products whose weights are cut into shards without regard to tensors.
std::filesystem::path writeModel() {
  const auto folder = std::filesystem::temp_directory_path() / "texflow_weights_memory";
  std::filesystem::create_directories(folder);
  std::string nodes =
      R"({"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_FLOAT"},"shape":{"shape":{"dim":[{"size":"1"},{"size":")" +
      std::to_string(kSide) + R"("}]}}}})";
  std::string weights, last = "x";
  for (int i = 0; i < kLayers; ++i) {
    const std::string n = std::to_string(i), w = "w" + n, y = "y" + n;
    nodes += R"(,{"name":")" + w + R"(","op":"Const","attr":{"dtype":{"type":"DT_FLOAT"}}})";
    nodes += R"(,{"name":")" + y + R"(","op":"MatMul","input":[")" + last + R"(",")" + w +
             R"("],"attr":{"T":{"type":"DT_FLOAT"}}})";
    weights += (i ? "," : "") + std::string(R"({"name":")") + w + R"(","shape":[)" + std::to_string(kSide) + "," +
               std::to_string(kSide) + R"(],"dtype":"float32"})";
    last = y;
  }
  std::string paths;
  const std::int64_t total = kLayers * kLayerBytes;
  std::int64_t written = 0;
  for (int shard = 0; written < total; ++shard) {
    const std::string name = "shard" + std::to_string(shard) + ".bin";
    paths += (shard ? ",\"" : "\"") + name + "\"";
    const std::int64_t bytes = std::min(kShardBytes, total - written);
    std::ofstream(folder / name, std::ios::binary) << std::string(static_cast<std::size_t>(bytes), '\0');
    written += bytes;
  }
  std::ofstream(folder / "model.json") << R"({"format":"graph-model","modelTopology":{"node":[)" << nodes
                                       << R"(]},"weightsManifest":[{"paths":[)" << paths << R"(],"weights":[)" << weights
                                       << "]}]}";
  return folder;
}

void expectSameRun(Session& one, Session& other, const std::map<std::string, Tensor>& inputs, double tolerance) {
  const auto actual = one.run(inputs), expected = other.run(inputs);
  ASSERT_TRUE(actual.ok()) << actual.status().message();
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  const Tensor &a = actual->front().value, &e = expected->front().value;
  ASSERT_EQ(a.shape(), e.shape());
  for (std::int64_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a.data<float>()[i], e.data<float>()[i], tolerance) << "value " << i;
}

TEST(WeightsMemory, LoadingHoldsTheWeightsAndLessThanOneShardMore) {
  const auto folder = writeModel();
  resetAllocations();
  const auto graph = loadGraphModel(folder.string());
  const std::int64_t peak = peakBytes();
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_GE(peak, kLayers * kLayerBytes) << "the counter counts";
  EXPECT_LE(peak, kLayers * kLayerBytes + kShardBytes + kSmall);
  std::filesystem::remove_all(folder);
}

TEST(WeightsMemory, UploadingHoldsOnePackedTensorAtATime) {
  Context* context = testContext(8);
  if (!context) GTEST_SKIP() << "no EGL context";
  const auto folder = writeModel();
  auto graph = loadGraphModel(folder.string());
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  auto session = Session::create(std::move(*graph), context);
  ASSERT_TRUE(session.ok()) << session.status().message();
  resetAllocations();
  const Status prepared = (*session)->prepare({});
  const std::int64_t peak = peakBytes();
  ASSERT_TRUE(prepared.ok()) << prepared.message();
  EXPECT_GE((*session)->report().weightBytes, kLayers * kLayerBytes);
  EXPECT_LE(peak, kLayerBytes + kLayerBytes / 4 + kSmall) << "the plan, and one packed tensor";
  std::filesystem::remove_all(folder);
}

TEST(WeightsMemory, FiltersTimesTheirScalesAreThereOneAtATime) {
  Context* context = testContext(8);
  if (!context) GTEST_SKIP() << "no EGL context";
  Graph graph;
  Port last = add(graph, "x", "Placeholder", {});
  graph.inputs.push_back({"x", last, DType::kFloat32, {1, kSide}, true});
  for (int i = 0; i < kLayers; ++i) {
    const std::string n = std::to_string(i);
    const Port filter = add(graph, "w" + n, "Const", {}, smallValues({kSide, kSide}));
    const Port scale = add(graph, "s" + n, "Const", {}, smallValues({kSide}));
    last = add(graph, "y" + n, "Mul", {add(graph, "p" + n, "MatMul", {last, filter}), scale});
  }
  graph.outputs.push_back({"y", last, DType::kFloat32, {1, kSide}, true});
  auto session = Session::create(std::move(graph), context);
  ASSERT_TRUE(session.ok()) << session.status().message();
  PrepareOptions options;
  options.keepWeights = true;
  resetAllocations();
  const Status prepared = (*session)->prepare(options);
  const std::int64_t peak = peakBytes();
  ASSERT_TRUE(prepared.ok()) << prepared.message();
  EXPECT_GE((*session)->report().weightBytes, kLayers * kLayerBytes);
  EXPECT_LE(peak, 2 * kLayerBytes + kLayerBytes / 4 + kSmall) << "the plan, a filter, and its packed one";
}

TEST(WeightsMemory, PreparingFreesNothingThatTheNextPlanFolds) {
  Context* context = testContext(8);
  if (!context) GTEST_SKIP() << "no EGL context";
  const auto graph = [] {  // Copies would share the values.
    Graph made;
    const Port x = add(made, "x", "Placeholder", {});
    const Port product = add(made, "product", "MatMul", {x, add(made, "filter", "Const", {}, smallValues({8, 1024}))});
    const Port y = add(made, "y", "Mul", {product, add(made, "scale", "Const", {}, smallValues({1024}))});
    made.inputs.push_back({"x", x, DType::kFloat32, {-1, 8}, true});
    made.outputs.push_back({"y", y, DType::kFloat32, {-1, 1024}, true});
    return made;
  };
  const auto session = [&] {
    auto made = Session::create(graph(), context);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return std::move(*made);
  };
  const auto released = session(), kept = session();
  ASSERT_TRUE(released->prepare().ok());
  PrepareOptions keeping;
  keeping.keepWeights = true;
  ASSERT_TRUE(kept->prepare(keeping).ok());
  ASSERT_TRUE(released->startPrepare({}).ok());
  bool done = false;
  for (int polls = 0; polls < 1000 && !done; ++polls) {
    const auto polled = released->poll(0);
    ASSERT_TRUE(polled.ok()) << polled.status().message();
    done = *polled;
  }
  EXPECT_TRUE(done) << "it waits for values that nobody brings";
  const std::map<std::string, Tensor> inputs{{"x", smallValues({3, 8})}};
  expectSameRun(*released, *kept, inputs, 1e-8);
}

// Its input_sizes are a constant of the plan, another one for every size.
TEST(WeightsMemory, TransposedConvolutionsOfAnotherSizeUseTheWeightsThatAreThere) {
  Context* context = testContext(8);
  if (!context) GTEST_SKIP() << "no EGL context";
  const auto graph = [] {
    Graph made;
    const Port x = add(made, "x", "Placeholder", {});
    const Port sizes = add(made, "sizes", "Shape", {x});
    const Port y =
        add(made, "y", "Conv2DBackpropInput", {sizes, add(made, "filter", "Const", {}, smallValues({3, 3, 16, 16})), x});
    made.inputs.push_back({"x", x, DType::kFloat32, {1, -1, 64, 16}, true});
    made.outputs.push_back({"y", y, DType::kFloat32, {1, -1, 64, 16}, true});
    return made;
  };
  auto session = Session::create(graph(), context), host = Session::create(graph(), nullptr, Backend::kHost);
  ASSERT_TRUE(session.ok() && host.ok());
  PrepareOptions options;
  options.inputShapes["x"] = {1, 64, 64, 16};
  const Status prepared = (*session)->prepare(options);
  ASSERT_TRUE(prepared.ok()) << prepared.message();
  expectSameRun(**session, **host, {{"x", smallValues({1, 48, 64, 16})}}, 1e-5);
  EXPECT_GT((*session)->report().drawsPerRun, 0);
}

}  // namespace
}  // namespace texflow
