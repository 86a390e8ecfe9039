// Array ops on the host: values that TensorFlow computes.
#include "unit/host_op.h"

namespace texflow {
namespace {

TEST(Reshape, InfersTheWildcard) {
  EXPECT_EQ(run(nodeOf("Reshape"), {counting({2, 3}), vec({-1, 2})}), "[3,2] 0 1 2 3 4 5");
  EXPECT_EQ(run(nodeOf("Reshape"), {counting({1, 1}), vec({})}), "[] 0");
  EXPECT_TRUE(fails(nodeOf("Reshape"), {counting({2, 3}), vec({4, -1})}));
  EXPECT_TRUE(fails(nodeOf("Reshape"), {counting({2, 3}), vec({-1, -1})}));
  EXPECT_TRUE(fails(nodeOf("Reshape"), {counting({2, 3}), vec({2147483647, 2147483647, 2147483647, 2147483647, -1})}));
}

TEST(Reshape, WaitsForAnUnknownTarget) {
  const std::vector<TensorInfo> infos{{DType::kFloat32, {4}, nullptr}, {DType::kInt32, {2}, nullptr}};
  EXPECT_EQ(findOp("Reshape")->shape(nodeOf("Reshape"), infos).status().code(), StatusCode::kDataDependent);
}

TEST(Squeeze, DropsTheNamedDimensions) {
  EXPECT_EQ(run(nodeOf("Squeeze", {{"squeeze_dims", Ints{-1}}}), {counting({1, 2, 1})}), "[1,2] 0 1");
  EXPECT_EQ(run(nodeOf("Squeeze"), {counting({1, 2, 1})}), "[2] 0 1");
  EXPECT_TRUE(fails(nodeOf("Squeeze", {{"squeeze_dims", Ints{1}}}), {counting({1, 2, 1})}));
}

TEST(ExpandDims, CountsNegativeAxesFromBehindTheEnd) {
  EXPECT_EQ(run(nodeOf("ExpandDims"), {counting({2}), scalar(-1)}), "[2,1] 0 1");
  EXPECT_TRUE(fails(nodeOf("ExpandDims"), {counting({2}), scalar(2)}));
}

TEST(ShapeQueries, ReadNoValues) {
  EXPECT_EQ(run(nodeOf("Shape"), {counting({2, 3})}), "[2] 2 3");
  EXPECT_EQ(run(nodeOf("Size"), {counting({2, 3})}), "[] 6");
  EXPECT_EQ(run(nodeOf("Rank"), {counting({2, 3})}), "[] 2");
  EXPECT_EQ(run(nodeOf("ShapeN"), {counting({2, 3}), counting({4})}, 1), "[1] 4");
}

TEST(Slice, TakesARectangle) {
  EXPECT_EQ(run(nodeOf("Slice"), {counting({3, 4}), vec({1, 2}), vec({-1, 2})}), "[2,2] 6 7 10 11");
  EXPECT_TRUE(fails(nodeOf("Slice"), {counting({3, 4}), vec({1, 2}), vec({-1, 3})}));
  EXPECT_TRUE(fails(nodeOf("Slice"), {counting({3, 4}), vec({-1, 2}), vec({1, 1})}));
}

Node strided(std::int64_t begin, std::int64_t end, std::int64_t ellipsis, std::int64_t newAxis, std::int64_t shrink) {
  return nodeOf("StridedSlice", {{"begin_mask", begin},
                                 {"end_mask", end},
                                 {"ellipsis_mask", ellipsis},
                                 {"new_axis_mask", newAxis},
                                 {"shrink_axis_mask", shrink}});
}

TEST(StridedSlice, StepsBothWays) {
  EXPECT_EQ(run(strided(0, 0, 0, 0, 0), {counting({6}), vec({1}), vec({-1}), vec({2})}), "[2] 1 3");
  EXPECT_EQ(run(strided(1, 1, 0, 0, 0), {counting({5}), vec({0}), vec({0}), vec({-2})}), "[3] 4 2 0");
  EXPECT_EQ(run(strided(0, 0, 0, 0, 0), {counting({5}), vec({100}), vec({-100}), vec({-1})}), "[5] 4 3 2 1 0");
  EXPECT_EQ(run(strided(0, 0, 0, 0, 0), {counting({5}), vec({3}), vec({1}), vec({1})}), "[0]");
  EXPECT_EQ(run(strided(0, 0, 0, 0, 0), {counting({5}), vec({0}), vec({5}), vec({2147483647})}), "[1] 0");
}

TEST(StridedSlice, NewAxisBeatsShrinkAndEllipsisMayCoverNothing) {
  EXPECT_EQ(run(strided(0, 0, 0, 1, 1), {counting({2}), vec({0, 1}), vec({0, 2}), vec({1, 1})}), "[1,1] 1");
  EXPECT_EQ(run(strided(0, 0, 1, 0, 2), {counting({2, 3}), vec({0, -1}), vec({0, 0}), vec({1, 1})}), "[2] 2 5");
  EXPECT_EQ(run(strided(0, 0, 2, 0, 5), {counting({2, 3}), vec({1, 0, 2}), vec({0, 0, 0}), vec({1, 1, 1})}), "[] 5");
}

TEST(StridedSlice, RefusesNonsense) {
  EXPECT_TRUE(fails(strided(0, 0, 0, 0, 0), {counting({5}), vec({0}), vec({5}), vec({0})}));
  EXPECT_TRUE(fails(strided(0, 0, 0, 0, 1), {counting({5}), vec({5}), vec({6}), vec({1})}));
  EXPECT_TRUE(fails(strided(0, 0, 3, 0, 0), {counting({5}), vec({0, 0}), vec({1, 1}), vec({1, 1})}));
  EXPECT_TRUE(fails(strided(0, 0, 0, 0, 0), {counting({5}), vec({0, 0}), vec({1, 1}), vec({1, 1})}));
}

TEST(Pad, FillsTheBorder) {
  const Tensor paddings = ints({2, 2}, {1, 0, 0, 2});
  EXPECT_EQ(run(nodeOf("Pad"), {counting({1, 2}), paddings}), "[2,4] 0 0 0 0 0 1 0 0");
  EXPECT_EQ(run(nodeOf("PadV2"), {counting({1, 2}), paddings, Tensor::scalar(9.0F)}), "[2,4] 9 9 9 9 0 1 9 9");
  EXPECT_TRUE(fails(nodeOf("Pad"), {counting({1, 2}), ints({2, 2}, {1, 0, -1, 2})}));
  EXPECT_TRUE(fails(nodeOf("Pad"), {counting({1, 2}), ints({1, 2}, {1, 0})}));
}

TEST(MirrorPad, ReflectsWithAndWithoutTheEdge) {
  const Tensor paddings = ints({1, 2}, {2, 2});
  EXPECT_EQ(run(nodeOf("MirrorPad", {{"mode", std::string("REFLECT")}}), {counting({3}), paddings}), "[7] 2 1 0 1 2 1 0");
  EXPECT_EQ(run(nodeOf("MirrorPad", {{"mode", std::string("SYMMETRIC")}}), {counting({3}), paddings}), "[7] 1 0 0 1 2 2 1");
  EXPECT_TRUE(fails(nodeOf("MirrorPad", {{"mode", std::string("REFLECT")}}), {counting({2}), paddings}));
}

TEST(Concat, JoinsAlongAnyAxis) {
  EXPECT_EQ(run(nodeOf("ConcatV2"), {counting({2, 1}), counting({2, 2}), scalar(-1)}), "[2,3] 0 0 1 1 2 3");
  EXPECT_EQ(run(nodeOf("Concat"), {scalar(0), counting({1, 2}), counting({2, 2})}), "[3,2] 0 1 0 1 2 3");
  EXPECT_TRUE(fails(nodeOf("ConcatV2"), {counting({2, 1}), counting({3, 1}), scalar(1)}));
  EXPECT_TRUE(fails(nodeOf("ConcatV2"), {}));
}

TEST(Concat, JoinsStrings) {
  const Tensor a(DType::kString, {1}, std::vector<std::string>{"a"}), b(DType::kString, {1}, std::vector<std::string>{"b"});
  EXPECT_EQ(run(nodeOf("ConcatV2"), {a, b, scalar(0)}), "[2] a b");
}

TEST(Pack, StacksAndUnpackTakesApart) {
  EXPECT_EQ(run(nodeOf("Pack", {{"axis", std::int64_t{1}}}), {counting({2}), counting({2})}), "[2,2] 0 0 1 1");
  EXPECT_EQ(run(nodeOf("Unpack", {{"axis", std::int64_t{1}}, {"num", std::int64_t{3}}}), {counting({2, 3})}, 2), "[2] 2 5");
  EXPECT_TRUE(fails(nodeOf("Unpack", {{"num", std::int64_t{3}}}), {counting({2, 3})}));
}

TEST(Split, CutsIntoEqualOrGivenParts) {
  EXPECT_EQ(run(nodeOf("Split", {{"num_split", std::int64_t{2}}}), {scalar(1), counting({2, 4})}, 1), "[2,2] 2 3 6 7");
  EXPECT_EQ(run(nodeOf("SplitV"), {counting({5}), vec({2, -1}), scalar(0)}, 1), "[3] 2 3 4");
  EXPECT_TRUE(fails(nodeOf("Split", {{"num_split", std::int64_t{3}}}), {scalar(1), counting({2, 4})}));
  EXPECT_TRUE(fails(nodeOf("SplitV"), {counting({5}), vec({2, 2}), scalar(0)}));
}

TEST(Tile, RepeatsAndBroadcastStretches) {
  EXPECT_EQ(run(nodeOf("Tile"), {counting({1, 2}), vec({2, 2})}), "[2,4] 0 1 0 1 0 1 0 1");
  EXPECT_EQ(run(nodeOf("BroadcastTo"), {counting({2, 1}), vec({2, 2, 2})}), "[2,2,2] 0 0 1 1 0 0 1 1");
  EXPECT_TRUE(fails(nodeOf("BroadcastTo"), {counting({2}), vec({3})}));
  EXPECT_EQ(run(nodeOf("BroadcastArgs"), {vec({2, 1}), vec({5, 1, 3})}), "[3] 5 2 3");
}

TEST(Transpose, PermutesDimensions) {
  EXPECT_EQ(run(nodeOf("Transpose"), {counting({2, 3}), vec({1, 0})}), "[3,2] 0 3 1 4 2 5");
  EXPECT_EQ(run(nodeOf("Transpose"), {counting({1, 2, 3}), vec({2, 0, 1})}), "[3,1,2] 0 3 1 4 2 5");
  EXPECT_TRUE(fails(nodeOf("Transpose"), {counting({2, 3}), vec({1, 1})}));
}

TEST(Reverse, FlipsTheGivenAxes) {
  EXPECT_EQ(run(nodeOf("ReverseV2"), {counting({2, 2}), vec({-1})}), "[2,2] 1 0 3 2");
  EXPECT_TRUE(fails(nodeOf("ReverseV2"), {counting({2, 2}), vec({1, -1})}));
}

TEST(Depth, MovesBlocksOfSpaceIntoChannels) {
  const Node toDepth = nodeOf("SpaceToDepth", {{"block_size", std::int64_t{2}}});
  const Node toSpace = nodeOf("DepthToSpace", {{"block_size", std::int64_t{2}}});
  EXPECT_EQ(run(toDepth, {counting({1, 2, 4, 1})}), "[1,1,2,4] 0 1 4 5 2 3 6 7");
  EXPECT_EQ(run(toSpace, {counting({1, 1, 2, 4})}), "[1,2,4,1] 0 1 4 5 2 3 6 7");
  EXPECT_TRUE(fails(toDepth, {counting({1, 3, 4, 1})}));
}

TEST(Batch, MovesBlocksOfSpaceIntoTheBatch) {
  const Tensor block = vec({2, 2});
  EXPECT_EQ(run(nodeOf("SpaceToBatchND"), {counting({1, 2, 2, 1}), block, ints({2, 2}, {0, 0, 0, 0})}), "[4,1,1,1] 0 1 2 3");
  EXPECT_EQ(run(nodeOf("SpaceToBatchND"), {counting({1, 2, 2, 1}), block, ints({2, 2}, {0, 0, 2, 0})}),
            "[4,1,2,1] 0 0 0 1 0 2 0 3");
  EXPECT_EQ(run(nodeOf("BatchToSpaceND"), {counting({4, 1, 2, 1}), block, ints({2, 2}, {0, 0, 1, 0})}),
            "[1,2,3,1] 2 1 3 6 5 7");
  EXPECT_TRUE(fails(nodeOf("SpaceToBatchND"), {counting({1, 3, 2, 1}), block, ints({2, 2}, {0, 0, 0, 0})}));
}

TEST(Gather, PicksAlongAnAxis) {
  EXPECT_EQ(run(nodeOf("GatherV2"), {counting({2, 3}), vec({2, 0}), scalar(1)}), "[2,2] 2 0 5 3");
  const Node batched = nodeOf("GatherV2", {{"batch_dims", std::int64_t{1}}});
  EXPECT_EQ(run(batched, {counting({2, 3}), ints({2, 1}, {2, 0}), scalar(1)}), "[2,1] 2 3");
  EXPECT_TRUE(fails(nodeOf("GatherV2"), {counting({2, 3}), vec({-1}), scalar(1)}));
  EXPECT_TRUE(fails(nodeOf("GatherV2"), {counting({2, 3}), vec({3}), scalar(1)}));
}

TEST(GatherNd, IndexesSeveralDimensions) {
  EXPECT_EQ(run(nodeOf("GatherNd"), {counting({2, 3}), ints({2, 2}, {1, 2, 0, 1})}), "[2] 5 1");
  EXPECT_EQ(run(nodeOf("GatherNd"), {counting({2, 3}), ints({1, 1}, {1})}), "[1,3] 3 4 5");
  EXPECT_TRUE(fails(nodeOf("GatherNd"), {counting({2, 3}), ints({1, 2}, {1, 3})}));
}

TEST(ScatterNd, AddsRepeatedIndices) {
  EXPECT_EQ(run(nodeOf("ScatterNd"), {ints({3, 1}, {1, 3, 1}), ints({3}, {1, 2, 3}), vec({4})}), "[4] 0 4 0 2");
  EXPECT_TRUE(fails(nodeOf("ScatterNd"), {ints({1, 1}, {4}), ints({1}, {1}), vec({4})}));
}

TEST(TensorScatterUpdate, LeavesItsInputAlone) {
  const Tensor input = counting({3});
  EXPECT_EQ(
      run(nodeOf("TensorScatterUpdate"), {input, ints({1, 1}, {1}), Tensor(DType::kFloat32, {1}, std::vector<float>{9})}),
      "[3] 0 9 2");
  EXPECT_EQ(input.number(1), 1);
}

TEST(TensorScatter, CombinesWithWhatIsThere) {
  const std::vector<Tensor> inputs{vec({5, 5, 5}), ints({2, 1}, {1, 1}), vec({2, 9})};
  EXPECT_EQ(run(nodeOf("TensorScatterAdd"), inputs), "[3] 5 16 5");
  EXPECT_EQ(run(nodeOf("TensorScatterSub"), inputs), "[3] 5 -6 5");
  EXPECT_EQ(run(nodeOf("TensorScatterMax"), inputs), "[3] 5 9 5");
  EXPECT_EQ(run(nodeOf("TensorScatterMin"), inputs), "[3] 5 2 5");
  EXPECT_TRUE(fails(nodeOf("TensorScatterMax"), {strings({1}, {"a"}), ints({1, 1}, {0}), strings({1}, {"b"})}));
}

TEST(Roll, WrapsAround) {
  EXPECT_EQ(run(nodeOf("Roll"), {counting({2, 3}), scalar(1), scalar(1)}), "[2,3] 2 0 1 5 3 4");
  EXPECT_EQ(run(nodeOf("Roll"), {counting({2, 2}), vec({-1, 1}), vec({0, -1})}), "[2,2] 3 2 1 0");
  EXPECT_TRUE(fails(nodeOf("Roll"), {counting({2}), scalar(1), scalar(1)}));
}

TEST(ReverseSequence, TurnsTheFirstElementsOfEachRow) {
  const Node node = nodeOf("ReverseSequence", {{"seq_dim", std::int64_t{1}}, {"batch_dim", std::int64_t{0}}});
  EXPECT_EQ(run(node, {counting({2, 3}), vec({2, 3})}), "[2,3] 1 0 2 5 4 3");
  EXPECT_TRUE(fails(node, {counting({2, 3}), vec({2, 4})}));
}

TEST(Shift, TakesNoMoreThanTheWidth) {
  EXPECT_EQ(run(nodeOf("LeftShift"), {vec({1, 3}), vec({4, 1})}), "[2] 16 6");
  EXPECT_EQ(run(nodeOf("RightShift"), {vec({-8, 9}), vec({1, 99})}), "[2] -4 0");
}

TEST(SparseToDense, PutsValuesOverTheDefault) {
  EXPECT_EQ(run(nodeOf("SparseToDense"), {ints({2, 2}, {0, 1, 1, 0}), vec({2, 2}), vec({5, 6}), scalar(-1)}),
            "[2,2] -1 5 6 -1");
  EXPECT_TRUE(fails(nodeOf("SparseToDense"), {vec({1, 1}), vec({3}), vec({5, 6}), scalar(0)}));
}

TEST(Ranges, CountLikeTensorFlow) {
  EXPECT_EQ(run(nodeOf("Range"), {scalar(1), scalar(8), scalar(3)}), "[3] 1 4 7");
  EXPECT_EQ(run(nodeOf("Range"), {scalar(3), scalar(0), scalar(-1)}), "[3] 3 2 1");
  EXPECT_TRUE(fails(nodeOf("Range"), {scalar(3), scalar(0), scalar(1)}));
  EXPECT_TRUE(fails(nodeOf("Range"), {scalar(0), scalar(1), scalar(0)}));
  EXPECT_EQ(run(nodeOf("LinSpace"), {Tensor::scalar(0.0F), Tensor::scalar(1.0F), scalar(3)}), "[3] 0 0.5 1");
}

TEST(OneHot, IsAllOffOutsideTheDepth) {
  EXPECT_EQ(run(nodeOf("OneHot"), {vec({1, 3, -1}), scalar(2), scalar(5), scalar(1)}), "[3,2] 1 5 1 1 1 1");
  EXPECT_EQ(run(nodeOf("OneHot", {{"axis", std::int64_t{0}}}), {vec({1, 0}), scalar(2), scalar(1), scalar(0)}),
            "[2,2] 0 1 1 0");
}

TEST(Fill, RepeatsAValue) {
  EXPECT_EQ(run(nodeOf("Fill"), {vec({2}), scalar(7)}), "[2] 7 7");
  EXPECT_EQ(run(nodeOf("OnesLike"), {counting({2})}), "[2] 1 1");
  EXPECT_TRUE(fails(nodeOf("Fill"), {vec({-2}), scalar(7)}));
}

TEST(Print, IsItsFirstInput) {
  EXPECT_EQ(run(nodeOf("Print"), {counting({2}), scalar(7)}), "[2] 0 1");
  EXPECT_TRUE(fails(nodeOf("Print"), {}));
}

TEST(InvertPermutation, IsTheInverse) {
  EXPECT_EQ(run(nodeOf("InvertPermutation"), {vec({2, 0, 1})}), "[3] 1 2 0");
  EXPECT_TRUE(fails(nodeOf("InvertPermutation"), {vec({0, 0})}));
}

TEST(ArrayOps, RefuseMissingInputs) {
  for (const Op& op : allOps()) {
    Node node = nodeOf(std::string(op.name));
    (void)op.shape(node, {});  // Must not crash.
  }
}

}  // namespace
}  // namespace texflow
