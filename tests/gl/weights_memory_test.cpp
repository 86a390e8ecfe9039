// What loading and uploading a model holds on the heap beyond its decoded weights.
#include <filesystem>
#include <fstream>

#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "texflow/loader.h"

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

}  // namespace
}  // namespace texflow
