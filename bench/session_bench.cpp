// The engine's own kernels through Session. One run is: packing and uploading the input, all draws, reading and unpacking
// the output. Nothing is subtracted: (chain of 9 - chain of 1) / 8 is one draw and its share of the bookkeeping.
#include <map>

#include "bench.h"
#include "texflow/session.h"

namespace texflow::bench {
namespace {

// A chain of `length` nodes `op` on an input of [1,size,size,channels] with weights of shape `filter`.
Graph chain(const std::string& op, int length, int size, int channels, const Shape& filter) {
  Graph graph;
  const Shape shape = {1, size, size, channels};
  Node input;
  input.name = "input";
  input.op = "Placeholder";
  input.attrs.set("dtype", DType::kFloat32);
  graph.nodes.push_back(input);
  graph.inputs.push_back({"input", {0, 0}, DType::kFloat32, shape, true});
  Tensor values(DType::kFloat32, filter);
  float* to = values.mutableData<float>();
  for (std::int64_t i = 0; i < values.size(); ++i) to[i] = static_cast<float>(i % 7 - 3) / 64;
  Node weights;
  weights.name = "weights";
  weights.op = "Const";
  weights.value = values;
  graph.nodes.push_back(weights);
  int previous = 0;
  for (int i = 0; i < length; ++i) {
    Node node;
    node.name = "node" + std::to_string(i);
    node.op = op;
    node.inputs = {{previous, 0}, {1, 0}};
    node.attrs.set("strides", std::vector<std::int64_t>{1, 1, 1, 1});
    node.attrs.set("dilations", std::vector<std::int64_t>{1, 1, 1, 1});
    node.attrs.set("padding", std::string("SAME"));
    node.attrs.set("data_format", std::string("NHWC"));
    previous = static_cast<int>(graph.nodes.size());
    graph.nodes.push_back(node);
  }
  graph.outputs.push_back({"output", {previous, 0}, DType::kFloat32, shape, true});
  return graph;
}

void run(benchmark::State& state, const std::string& op, int length, int stripes, int size, int channels,
         const Shape& filter, double items) {
  Context* context = contextFor(stripes);
  if (!context) return state.SkipWithError("There is no headless GL context with so many draw buffers.");
  auto session = Session::create(chain(op, length, size, channels, filter), context);
  if (!session.ok()) return state.SkipWithError(session.status().message().c_str());
  Tensor input(DType::kFloat32, {1, size, size, channels});
  float* to = input.mutableData<float>();
  for (std::int64_t i = 0; i < input.size(); ++i) to[i] = static_cast<float>(i % 11 - 5) / 8;
  const std::map<std::string, Tensor> feeds = {{"input", input}};
  if (auto first = (*session)->run(feeds); !first.ok()) return state.SkipWithError(first.status().message().c_str());
  measure(state, items * length, [&] { benchmark::DoNotOptimize((*session)->run(feeds)); });
  state.counters["draws"] = (*session)->report().drawsPerRun;
}

}  // namespace

void registerSessionBenchmarks() {
  const auto entry = [](const std::string& name, const std::string& op, int size, int channels, const Shape& filter,
                        double items) {
    for (const int stripes : {1, 4, 8})
      for (const int length : {1, 9})
        benchmark::RegisterBenchmark(
            ("session/" + name + "/P" + std::to_string(stripes) + "/nodes" + std::to_string(length)).c_str(),
            [=](benchmark::State& state) { run(state, op, length, stripes, size, channels, filter, items); })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
  };
  entry("conv1x1/56x56x128", "Conv2D", 56, 128, {1, 1, 128, 128}, 56.0 * 56 * 128 * 128);
  entry("conv3x3/56x56x64", "Conv2D", 56, 64, {3, 3, 64, 64}, 56.0 * 56 * 9 * 64 * 64);
  entry("depthwise3x3/56x56x128", "DepthwiseConv2dNative", 56, 128, {3, 3, 128, 1}, 56.0 * 56 * 9 * 128);
}

}  // namespace texflow::bench
