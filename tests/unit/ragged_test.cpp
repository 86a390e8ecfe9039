// Ragged and sparse tensors and random numbers on the host: values that TensorFlow computes.
#include "unit/host_op.h"

namespace texflow {
namespace {

TEST(RaggedGather, TakesRowsOfAnyLength) {
  const Node node =
      nodeOf("RaggedGather", {{"PARAMS_RAGGED_RANK", std::int64_t{1}}, {"OUTPUT_RAGGED_RANK", std::int64_t{1}}});
  const std::vector<Tensor> inputs{vec({0, 2, 2, 5}), counting({5}), vec({2, 1, 0})};
  EXPECT_EQ(run(node, inputs, 0), "[4] 0 3 3 5");
  EXPECT_EQ(run(node, inputs, 1), "[5] 2 3 4 0 1");
  EXPECT_TRUE(fails(node, {vec({0, 2, 2, 5}), counting({5}), vec({3})}));
  EXPECT_TRUE(fails(node, {vec({0, 3, 2, 5}), counting({5}), vec({0})}));
  EXPECT_TRUE(fails(node, {vec({0, 2, 2, 9}), counting({5}), vec({0})}));
}

TEST(RaggedRange, CountsInEveryRow) {
  const std::vector<Tensor> inputs{vec({0, 5, 8}), vec({3, 1, 8}), vec({1, -2, 1})};
  EXPECT_EQ(run(nodeOf("RaggedRange"), inputs), "[4] 0 3 5 5");
  EXPECT_EQ(run(nodeOf("RaggedRange"), inputs, 1), "[5] 0 1 2 5 3");
  EXPECT_TRUE(fails(nodeOf("RaggedRange"), {scalar(0), scalar(3), scalar(0)}));
  EXPECT_TRUE(fails(nodeOf("RaggedRange"), {floats({1}, {0}), floats({1}, {1e30F}), floats({1}, {1})}));
}

TEST(RaggedTensorToTensor, PadsAndCutsRows) {
  const auto dense = [](const char* type, const std::vector<Tensor>& inputs) {
    std::vector<std::string> types{type};
    if (inputs.size() == 5) types = {"FIRST_DIM_SIZE", type};
    return run(nodeOf("RaggedTensorToTensor", {{"row_partition_types", types}}), inputs);
  };
  EXPECT_EQ(dense("ROW_SPLITS", {vec({-1, -1}), counting({3}), Tensor::scalar(9.0F), vec({0, 1, 3})}), "[2,2] 0 9 1 2");
  EXPECT_EQ(dense("ROW_SPLITS", {vec({3, 1}), counting({3}), Tensor::scalar(9.0F), vec({0, 1, 3})}), "[3,1] 0 1 9");
  EXPECT_EQ(dense("VALUE_ROWIDS", {scalar(-1), counting({3}), Tensor::scalar(9.0F), scalar(3), vec({0, 2, 2})}),
            "[3,2] 0 9 9 9 1 2");
  EXPECT_NE(dense("ROW_SPLITS", {scalar(-1), counting({3}), Tensor::scalar(9.0F), vec({0, 1, 4})})[0], '[');
  EXPECT_NE(dense("VALUE_ROWIDS", {scalar(-1), counting({2}), Tensor::scalar(9.0F), scalar(3), vec({0, 3})})[0], '[');
}

TEST(SparseFillEmptyRows, AddsARowOfItsDefault) {
  const std::vector<Tensor> inputs{ints({2, 2}, {2, 1, 0, 3}), vec({5, 6}), vec({3, 4}), scalar(-1)};
  EXPECT_EQ(run(nodeOf("SparseFillEmptyRows"), inputs, 0), "[3,2] 0 3 1 0 2 1");
  EXPECT_EQ(run(nodeOf("SparseFillEmptyRows"), inputs, 1), "[3] 6 -1 5");
  EXPECT_EQ(run(nodeOf("SparseFillEmptyRows"), inputs, 2), "[3] 0 1 0");
  EXPECT_EQ(run(nodeOf("SparseFillEmptyRows"), inputs, 3), "[2] 2 0");
  EXPECT_TRUE(fails(nodeOf("SparseFillEmptyRows"), {ints({1, 2}, {3, 1}), vec({5}), vec({3, 4}), scalar(-1)}));
}

TEST(SparseReshape, KeepsTheFlatIndex) {
  const std::vector<Tensor> inputs{ints({2, 2}, {0, 5, 2, 1}), vec({3, 6}), vec({9, -1})};
  EXPECT_EQ(run(nodeOf("SparseReshape"), inputs), "[2,2] 2 1 6 1");
  EXPECT_EQ(run(nodeOf("SparseReshape"), inputs, 1), "[2] 9 2");
  EXPECT_TRUE(fails(nodeOf("SparseReshape"), {ints({1, 2}, {0, 0}), vec({3, 6}), vec({4, -1})}));
}

TEST(Random, FollowsItsSeed) {
  const Node seeded = nodeOf("RandomUniform", {{"seed", std::int64_t{7}}});
  EXPECT_EQ(run(seeded, {vec({3})}), run(seeded, {vec({3})}));
  EXPECT_NE(run(nodeOf("RandomUniform"), {vec({3})}), run(nodeOf("RandomUniform"), {vec({3})}));
  EXPECT_NE(run(seeded, {vec({3})}), run(nodeOf("RandomStandardNormal", {{"seed", std::int64_t{7}}}), {vec({3})}));
  const auto truncated = runOnHost(nodeOf("TruncatedNormal", {{"seed", std::int64_t{7}}}), std::vector<Tensor>{vec({500})});
  ASSERT_TRUE(truncated.ok());
  for (int i = 0; i < 500; ++i) EXPECT_LE(std::abs((*truncated)[0].data<float>()[i]), 2.0F);
  const auto whole = runOnHost(nodeOf("RandomUniformInt"), std::vector<Tensor>{vec({500}), scalar(-1), scalar(2)});
  ASSERT_TRUE(whole.ok());
  for (int i = 0; i < 500; ++i) EXPECT_LE(std::abs((*whole)[0].data<std::int32_t>()[i]), 1);
  EXPECT_EQ(run(nodeOf("Multinomial"), {floats({2, 2}, {0, 90, 90, 0}), scalar(3)}), "[2,3] 1 1 1 0 0 0");
  EXPECT_TRUE(fails(nodeOf("RandomUniformInt"), {vec({1}), scalar(2), scalar(2)}));
}

}  // namespace
}  // namespace texflow
