#include "gl/op_test.h"

namespace texflow {
namespace {

Tensor ramp(const Shape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = static_cast<float>(i % 97) - 40;
  return tensor;
}

Node nodeOf(const std::string& op) {
  Node node;
  node.op = op;
  return node;
}

TEST(Session, ReshapeKeepsRowMajorOrderForEveryStripeCount) {
  expectGlMatchesHost(nodeOf("Reshape"), {ramp({1, 4, 6, 6}), Tensor::ints({1, -1, 3})}, {false, true}, 0);
  expectGlMatchesHost(nodeOf("Reshape"), {ramp({2, 5, 7, 3}), Tensor::ints({-1})}, {false, true}, 0);
  expectGlMatchesHost(nodeOf("Reshape"), {ramp({1, 8, 8, 32}), Tensor::ints({64, 32})}, {false, true}, 0);
}

TEST(Session, TransposeMovesEveryAxis) {
  expectGlMatchesHost(nodeOf("Transpose"), {ramp({2, 3, 5, 6}), Tensor::ints({3, 1, 0, 2})}, {false, true}, 0);
  expectGlMatchesHost(nodeOf("Transpose"), {ramp({2, 9, 5, 8}), Tensor::ints({0, 2, 1, 3})}, {false, true}, 0);
}

TEST(Session, ShapeThatDependsOnAFedValueIsComputedWhenTheGraphRuns) {
  Context* context = testContext(4);
  if (!context) GTEST_SKIP() << "no EGL context";
  auto session = Session::create(oneNodeGraph(nodeOf("Reshape"), {ramp({4, 6}), Tensor::ints({3, 8})}, {}, 1), context);
  ASSERT_TRUE(session.ok());
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{3, 8}, std::vector<std::int64_t>{2, 12}}) {
    auto results = (*session)->run({{"input0", ramp({4, 6})}, {"input1", Tensor::ints(shape)}});
    ASSERT_TRUE(results.ok()) << results.status().message();
    EXPECT_EQ(results->front().value.shape(), shape);
    EXPECT_EQ(results->front().value.number(23), -17);
  }
}

TEST(Session, ValuesMadeFromTheInputsShapeAreNotSharedBetweenShapes) {
  Context* context = testContext(4);
  if (!context) GTEST_SKIP() << "no EGL context";
  Graph graph;
  const auto add = [&](const char* name, Node node, std::vector<Port> inputs) {
    node.name = name;
    node.inputs = std::move(inputs);
    graph.nodes.push_back(std::move(node));
  };
  add("x", nodeOf("Placeholder"), {});
  add("shape", nodeOf("Shape"), {{0, 0}});
  Node cast = nodeOf("Cast");
  cast.attrs.set("SrcT", DType::kInt32);
  cast.attrs.set("DstT", DType::kFloat32);
  add("float", cast, {{1, 0}});
  add("y", nodeOf("Mul"), {{0, 0}, {2, 0}});
  graph.inputs.push_back({"x", {0, 0}, DType::kFloat32, {-1, 2}, true});
  graph.outputs.push_back({"y", {3, 0}, DType::kFloat32, {}, false});
  auto session = Session::create(std::move(graph), context);
  ASSERT_TRUE(session.ok());
  for (const std::int64_t rows : {2, 3, 2}) {
    auto results = (*session)->run({{"x", ramp({rows, 2})}});
    ASSERT_TRUE(results.ok()) << results.status().message();
    EXPECT_EQ(results->front().value.number(0), -40 * rows);
    EXPECT_EQ(results->front().value.number(1), -39 * 2);
  }
}

TEST(Session, WrongInputShapeIsNamedInASentence) {
  auto session = Session::create(oneNodeGraph(nodeOf("Reshape"), {ramp({4, 6}), Tensor::ints({3, 8})}, {false, true}, 1),
                                 nullptr, Backend::kHost);
  ASSERT_TRUE(session.ok());
  auto results = (*session)->run({{"input0", ramp({4, 5})}});
  ASSERT_FALSE(results.ok());
  EXPECT_EQ(results.status().message(), "The input 'input0' has the shape [4,5]; the model expects [4,6].");
}

TEST(Session, MissingOpsAreReportedAllAtOnce) {
  auto session = Session::create(oneNodeGraph(nodeOf("NoSuchOp"), {ramp({1})}, {}, 1), nullptr, Backend::kHost);
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.status().message(),
            "The model needs ops that this engine does not have: NoSuchOp (1, first at node 'node').");
}

// A detector: boxes are chosen among by their scores, and what was chosen is gathered from a map on the GPU.
TEST(Session, ValuesThatDecideNoShapePlanNothingNew) {
  Context* context = testContext(4);
  if (!context) GTEST_SKIP() << "no EGL context";
  Graph graph;
  const auto add = [&](const char* name, Node node, std::vector<Port> inputs, Tensor value = {}) {
    node.name = name;
    node.inputs = std::move(inputs);
    node.value = std::move(value);
    graph.nodes.push_back(std::move(node));
  };
  add("boxes", nodeOf("Placeholder"), {});
  add("scores", nodeOf("Placeholder"), {});
  add("most", nodeOf("Const"), {}, Tensor::scalar(std::int32_t{2}));
  add("overlap", nodeOf("Const"), {}, Tensor::scalar(0.5F));
  add("chosen", nodeOf("NonMaxSuppressionV2"), {{0, 0}, {1, 0}, {2, 0}, {3, 0}});
  add("axis", nodeOf("Const"), {}, Tensor::scalar(std::int32_t{0}));
  add("double", nodeOf("AddV2"), {{0, 0}, {0, 0}});
  add("result", nodeOf("GatherV2"), {{6, 0}, {4, 0}, {5, 0}});
  graph.inputs.push_back({"boxes", {0, 0}, DType::kFloat32, {3, 4}, true});
  graph.inputs.push_back({"scores", {1, 0}, DType::kFloat32, {3}, true});
  graph.outputs.push_back({"result", {7, 0}, DType::kFloat32, {}, false});
  auto session = Session::create(std::move(graph), context);
  ASSERT_TRUE(session.ok()) << session.status().message();
  const Tensor boxes(DType::kFloat32, {3, 4}, std::vector<float>{0, 0, 1, 1, 0, 2, 1, 3, 0, 4, 1, 5});
  const auto firstOf = [&](std::vector<float> scores) {
    auto results = (*session)->run({{"boxes", boxes}, {"scores", Tensor(DType::kFloat32, {3}, scores)}});
    EXPECT_TRUE(results.ok()) << results.status().message();
    return results.ok() ? results->front().value.number(1) : -1;
  };
  EXPECT_EQ(firstOf({3, 2, 1}), 0);
  const double planned = (*session)->report().planMs;
  EXPECT_EQ(firstOf({1, 3, 2}), 4);
  EXPECT_EQ(firstOf({1, 2, 3}), 8);
  EXPECT_EQ((*session)->report().planMs, planned);
}

}  // namespace
}  // namespace texflow
