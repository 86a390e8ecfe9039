// Plans that run on the host alone: fast kernels in one block of memory give what the reference kernels give.
#include "plan/host_runner.h"

#include <cmath>

#include "host_op.h"

namespace texflow {
namespace {

struct Net {
  Graph graph;

  Port add(Node node, std::vector<Port> inputs = {}) {
    node.name = "n" + std::to_string(graph.nodes.size());
    node.inputs = std::move(inputs);
    graph.nodes.push_back(std::move(node));
    return {static_cast<int>(graph.nodes.size()) - 1, 0};
  }
  Port constant(Tensor value) {
    Node node = nodeOf("Const", {{"dtype", value.dtype()}});
    node.value = std::move(value);
    return add(std::move(node));
  }
};

Tensor wave(const Shape& shape, double step) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.mutableData<float>()[i] = static_cast<float>(std::sin(step * static_cast<double>(i)));
  return tensor;
}

/// Residual blocks whose sums could be made in place, a reshape that is an output, a reference kernel in the middle, and a
/// value that is read long after it was made.
struct Blocks : Net {
  Port image = add(nodeOf("Placeholder"));
  std::vector<Port> outputs;

  Blocks() {
    const Node conv = nodeOf("Conv2D", {{"strides", Ints{1, 1, 1, 1}}, {"padding", "SAME"}});
    const Port filter = constant(wave({3, 3, 4, 4}, 0.7)), shape = constant(vec({1, -1, 4}));
    Port x = image;
    std::vector<Port> ends;
    for (int i = 0; i < 4; ++i) {
      const Port y = add(nodeOf("Relu"), {add(conv, {x, filter})});
      x = add(nodeOf("AddV2"), {y, x});
      ends.push_back(x);
    }
    const Port flat = add(nodeOf("Reshape"), {x, shape});
    const Port sum = add(nodeOf("Cumsum"), {flat, constant(scalar(1))});
    const Port scaled = add(nodeOf("Mul"), {sum, constant(floats({}, {0.5F}))});
    const Port early = add(nodeOf("Reshape"), {ends[0], shape});
    outputs = {add(nodeOf("Sub"), {scaled, early}), flat, ends[1]};
  }
};

std::vector<Tensor> runAll(const Plan& plan, HostRunner& runner, const Tensor& image, std::vector<Tensor>& values) {
  values[static_cast<std::size_t>(plan.feeds.begin()->second)] = image;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) EXPECT_TRUE(runner.run(i, values).ok());
  std::vector<Tensor> results;
  for (const auto& [port, value] : plan.results) results.push_back(values[static_cast<std::size_t>(value)]);
  return results;
}

std::vector<Tensor> valuesOf(const Plan& plan) {
  std::vector<Tensor> values;
  for (const HostValue& value : plan.values) values.push_back(value.value);
  return values;
}

TEST(HostRunner, GivesWhatTheReferenceKernelsGiveInEveryRun) {
  Blocks blocks;
  PlanOptions options;
  options.useGl = false;
  const auto plan =
      makePlan(blocks.graph, {{blocks.image, {DType::kFloat32, {1, 6, 5, 4}, nullptr}}}, blocks.outputs, options);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  HostRunner fast(*plan), reference(*plan, false);
  EXPECT_GT(fast.fastSteps(), 8);
  EXPECT_EQ(reference.fastSteps(), 0);
  std::vector<Tensor> fastValues = valuesOf(*plan), referenceValues = valuesOf(*plan);
  for (const double step : {0.3, 0.9, 1.7}) {
    const Tensor image = wave({1, 6, 5, 4}, step);
    const auto a = runAll(*plan, fast, image, fastValues), b = runAll(*plan, reference, image, referenceValues);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].shape(), b[i].shape());
      for (std::int64_t k = 0; k < a[i].size(); ++k)
        ASSERT_NEAR(a[i].number(k), b[i].number(k), 1e-4 * (1 + std::fabs(b[i].number(k))));
    }
  }
}

TEST(HostRunner, PiecesOfAConvolutionGiveWhatItGivesAsAWhole) {
  Net net;
  const Port image = net.add(nodeOf("Placeholder"));
  const Port conv = net.add(nodeOf("Conv2D", {{"strides", Ints{1, 1, 1, 1}}, {"padding", "SAME"}}),
                            {image, net.constant(wave({3, 3, 16, 32}, 0.7))});
  PlanOptions options;
  options.useGl = false;
  const auto plan = makePlan(net.graph, {{image, {DType::kFloat32, {1, 37, 40, 16}, nullptr}}}, {conv}, options);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  HostRunner whole(*plan), pieces(*plan);
  std::vector<Tensor> wholeValues = valuesOf(*plan), pieceValues = valuesOf(*plan);
  const Tensor x = wave({1, 37, 40, 16}, 0.3);
  const auto expected = runAll(*plan, whole, x, wholeValues);
  pieceValues[static_cast<std::size_t>(plan->feeds.at(image))] = x;
  int more = 0;
  for (std::size_t step = 0; step < plan->steps.size(); ++step)
    for (bool done = false; !done; more += done ? 0 : 1) {
      const auto piece = pieces.runPiece(step, pieceValues);
      ASSERT_TRUE(piece.ok()) << piece.status().message();
      done = *piece;
    }
  EXPECT_GT(more, 10) << "seven million products";
  const Tensor& result = pieceValues[static_cast<std::size_t>(plan->results.at(conv))];
  ASSERT_EQ(result.size(), expected[0].size());
  for (std::int64_t i = 0; i < result.size(); ++i) ASSERT_EQ(result.number(i), expected[0].number(i)) << i;
}

TEST(HostRunner, ValuesThatNeverLiveTogetherShareMemory) {
  Blocks blocks;
  PlanOptions options;
  options.useGl = false;
  const auto plan =
      makePlan(blocks.graph, {{blocks.image, {DType::kFloat32, {1, 64, 64, 4}, nullptr}}}, blocks.outputs, options);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const HostRunner runner(*plan);
  EXPECT_LT(runner.blockBytes(), runner.valueBytes() * 3 / 4);
}

}  // namespace
}  // namespace texflow
