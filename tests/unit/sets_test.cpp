// Sets, counts, segments and diagonals on the host: values that TensorFlow computes.
#include "unit/host_op.h"

namespace texflow {
namespace {

TEST(Unique, KeepsTheFirstOfEqualSlices) {
  const std::vector<Tensor> inputs{floats({5}, {3, 1, 3, 2, 1})};
  EXPECT_EQ(run(nodeOf("Unique"), inputs), "[3] 3 1 2");
  EXPECT_EQ(run(nodeOf("Unique"), inputs, 1), "[5] 0 1 0 2 1");
  EXPECT_EQ(run(nodeOf("UniqueWithCounts"), inputs, 2), "[3] 2 2 1");
  EXPECT_EQ(run(nodeOf("UniqueV2"), {floats({2, 3}, {1, 0, 1, 2, 0, 2}), vec({1})}), "[2,2] 1 0 2 0");
  EXPECT_EQ(run(nodeOf("UniqueV2"), {strings({3}, {"b", "a", "b"}), vec({})}), "[2] b a");
  EXPECT_TRUE(fails(nodeOf("Unique"), {counting({2, 2})}));
}

TEST(ListDiff, KeepsWhatTheSecondListLacks) {
  const std::vector<Tensor> inputs{vec({1, 2, 3, 2, 5}), vec({2, 1})};
  EXPECT_EQ(run(nodeOf("ListDiff"), inputs), "[2] 3 5");
  EXPECT_EQ(run(nodeOf("ListDiff"), inputs, 1), "[2] 2 4");
  EXPECT_TRUE(fails(nodeOf("ListDiff"), {vec({1}), floats({1}, {1})}));
}

TEST(Search, FindsBothEndsOfEqualValues) {
  const std::vector<Tensor> inputs{floats({1, 4}, {1, 2, 2, 3}), floats({1, 3}, {2, 0, 9})};
  EXPECT_EQ(run(nodeOf("LowerBound"), inputs), "[1,3] 1 0 4");
  EXPECT_EQ(run(nodeOf("UpperBound"), inputs), "[1,3] 3 0 4");
  EXPECT_EQ(run(nodeOf("Bucketize", {{"boundaries", std::vector<double>{0, 10}}}), {floats({3}, {-1, 0, 11})}), "[3] 0 1 2");
  EXPECT_TRUE(fails(nodeOf("LowerBound"), {floats({1, 1}, {1}), floats({2, 1}, {1, 2})}));
}

TEST(Bincount, CountsOrAddsWeights) {
  EXPECT_EQ(run(nodeOf("Bincount"), {vec({1, 1, 3, 7}), scalar(4), floats({0}, {})}), "[4] 0 2 0 1");
  EXPECT_EQ(run(nodeOf("Bincount"), {vec({1, 1}), scalar(2), floats({2}, {0.5F, 2})}), "[2] 0 2.5");
  const Node binary = nodeOf("DenseBincount", {{"binary_output", true}});
  EXPECT_EQ(run(binary, {ints({2, 2}, {1, 1, 0, 2}), scalar(3), floats({0}, {})}), "[2,3] 0 1 0 1 0 1");
  EXPECT_TRUE(fails(nodeOf("Bincount"), {vec({-1}), scalar(4), floats({0}, {})}));
  EXPECT_TRUE(fails(nodeOf("Bincount"), {vec({1}), scalar(-1), floats({0}, {})}));
}

TEST(Segments, ReduceRows) {
  const Tensor rows = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(run(nodeOf("SegmentSum"), {rows, vec({0, 0, 2})}), "[3,2] 4 6 0 0 5 6");
  EXPECT_EQ(run(nodeOf("SegmentMean"), {rows, vec({0, 0, 1})}), "[2,2] 2 3 5 6");
  EXPECT_EQ(run(nodeOf("SegmentProd"), {rows, vec({0, 2, 2})}), "[3,2] 1 2 1 1 15 24");
  EXPECT_EQ(run(nodeOf("UnsortedSegmentSum"), {rows, vec({1, -1, 1}), scalar(2)}), "[2,2] 0 0 6 8");
  EXPECT_EQ(run(nodeOf("UnsortedSegmentMax"), {vec({4, 9}), vec({1, 1}), scalar(2)}), "[2] -2.14748e+09 9");
  EXPECT_EQ(run(nodeOf("SparseSegmentMean"), {rows, vec({2, 0}), vec({0, 0})}), "[1,2] 3 4");
  EXPECT_TRUE(fails(nodeOf("SegmentSum"), {rows, vec({1, 0, 0})}));
  EXPECT_TRUE(fails(nodeOf("SparseSegmentSum"), {rows, vec({3}), vec({0})}));
  EXPECT_TRUE(fails(nodeOf("UnsortedSegmentSum"), {rows, vec({0, 2, 0}), scalar(2)}));
}

TEST(Diagonals, AreTakenAndMade) {
  EXPECT_EQ(run(nodeOf("MatrixBandPart"), {counting({3, 3}), scalar(0), scalar(1)}), "[3,3] 0 1 0 0 4 5 0 0 8");
  EXPECT_EQ(run(nodeOf("MatrixBandPart"), {counting({2, 2}), scalar(-1), scalar(0)}), "[2,2] 0 0 2 3");
  EXPECT_EQ(run(nodeOf("Diag"), {vec({5, 3})}), "[2,2] 5 0 0 3");
  EXPECT_EQ(run(nodeOf("DiagPart"), {counting({2, 2})}), "[2] 0 3");
  EXPECT_TRUE(fails(nodeOf("MatrixBandPart"), {counting({2, 2}), scalar(3), scalar(0)}));
}

}  // namespace
}  // namespace texflow
