// Array ops on the GPU equal their host kernels, for every stripe count.
#include "gl/op_test.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;

Node nodeOf(std::string op, std::vector<std::pair<std::string, Attr>> attrs = {}) {
  Node node;
  node.op = std::move(op);
  for (auto& [name, value] : attrs) node.attrs.set(name, std::move(value));
  return node;
}

Tensor counting(const Shape& shape, float from = 1) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = from + static_cast<float>(i);
  return tensor;
}

Tensor pairs(const Ints& values) { return Tensor::ints(values).reshaped({static_cast<std::int64_t>(values.size()) / 2, 2}); }
Tensor scalar(int value) { return Tensor::scalar(std::int32_t{value}); }

/// Runs with the first input fed and the others constant.
void check(const Node& node, const Tensor& input, const std::vector<Tensor>& others = {}) {
  SCOPED_TRACE(node.op + " of " + shapeText(input.shape()));
  std::vector<Tensor> inputs{input};
  inputs.insert(inputs.end(), others.begin(), others.end());
  std::vector<bool> constants(inputs.size(), true);
  constants[0] = false;
  expectGlMatchesHost(node, inputs, constants, 0);
}

TEST(GlReshape, KeepsTheOrderOfElements) {
  const std::pair<Shape, Shape> cases[] = {
      {{1, 4, 4, 6}, {1, 32, 3}}, {{1, 5, 3, 4}, {15, 4}},     {{1, 16, 16, 8}, {1, 256, 8}}, {{2, 3, 5, 7}, {7, 5, 3, 2}},
      {{60}, {3, 4, 5}},          {{3, 4, 5}, {60}},           {{1, 1, 1, 40}, {1, 40}},      {{2, 3, 2, 2, 3}, {6, 12}},
      {{9, 1}, {3, 3}},           {{2, 1, 3, 1, 2, 2}, {4, 6}}};
  for (const auto& [from, to] : cases) check(nodeOf("Reshape"), counting(from), {Tensor::ints(to)});
}

TEST(GlSlice, TakesAlignedAndUnalignedChannels) {
  const Ints cases[] = {
      {0, 1, 2, 0, 2, 3, 4, 9}, {0, 0, 0, 4, 2, 5, 8, 5}, {1, 2, 3, 3, 1, 1, 2, 4}, {0, 0, 0, 8, 2, 5, 8, 1}};
  for (const Ints& c : cases)
    check(nodeOf("Slice"), counting({2, 5, 8, 9}),
          {Tensor::ints({c[0], c[1], c[2], c[3]}), Tensor::ints({c[4], c[5], c[6], c[7]})});
}

TEST(GlStridedSlice, StepsAndShrinks) {
  const Node node =
      nodeOf("StridedSlice",
             {{"begin_mask", std::int64_t{0}}, {"ellipsis_mask", std::int64_t{2}}, {"shrink_axis_mask", std::int64_t{1}}});
  check(node, counting({2, 5, 9, 8}), {Tensor::ints({1, 0, 1}), Tensor::ints({2, 0, 7}), Tensor::ints({1, 1, 2})});
  check(nodeOf("StridedSlice"), counting({2, 5, 9, 8}),
        {Tensor::ints({0, 4, 8}), Tensor::ints({2, 0, 1}), Tensor::ints({1, -2, -3})});
  check(nodeOf("StridedSlice", {{"shrink_axis_mask", std::int64_t{2}}}), counting({6, 5}),
        {Tensor::ints({0, 2}), Tensor::ints({6, 3}), Tensor::ints({1, 1})});
  check(nodeOf("StridedSlice", {{"new_axis_mask", std::int64_t{2}}}), counting({6, 5}),
        {Tensor::ints({1, 2}), Tensor::ints({6, 3}), Tensor::ints({1, 1})});
}

TEST(GlPad, FillsSpaceAndChannels) {
  check(nodeOf("Pad"), counting({1, 5, 7, 6}), {pairs({0, 0, 0, 1, 0, 1, 0, 0})});
  check(nodeOf("Pad"), counting({1, 5, 7, 6}), {pairs({0, 0, 0, 0, 0, 0, 0, 10})});
  check(nodeOf("Pad"), counting({1, 5, 7, 6}), {pairs({1, 0, 2, 1, 1, 3, 4, 1})});
  check(nodeOf("Pad"), counting({1, 5, 7, 6}), {pairs({0, 0, 0, 0, 0, 0, 3, 0})});
  check(nodeOf("PadV2"), counting({3, 5}), {pairs({1, 0, 2, 1}), Tensor::scalar(-7.5F)});
}

TEST(GlMirrorPad, Mirrors) {
  for (const char* mode : {"REFLECT", "SYMMETRIC"}) {
    const Node node = nodeOf("MirrorPad", {{"mode", std::string(mode)}});
    check(node, counting({1, 5, 7, 6}), {pairs({0, 0, 2, 3, 4, 1, 0, 0})});
    check(node, counting({3, 5}), {pairs({1, 2, 3, 2})});
  }
}

TEST(GlTranspose, PermutesAnyDimensions) {
  const Ints cases[] = {{0, 2, 1, 3}, {0, 3, 1, 2}, {3, 2, 1, 0}, {1, 0, 2, 3}, {0, 1, 3, 2}};
  for (const Ints& perm : cases) check(nodeOf("Transpose"), counting({2, 5, 9, 6}), {Tensor::ints(perm)});
  check(nodeOf("Transpose"), counting({2, 3, 2, 3, 2, 3}), {Tensor::ints({5, 3, 1, 0, 2, 4})});
}

TEST(GlReverse, Flips) {
  check(nodeOf("ReverseV2"), counting({2, 5, 9, 6}), {Tensor::ints({1, 2})});
  check(nodeOf("ReverseV2"), counting({2, 5, 9, 6}), {Tensor::ints({3})});
}

TEST(GlTile, Repeats) {
  check(nodeOf("Tile"), counting({2, 3, 4}), {Tensor::ints({2, 3, 1})});
  check(nodeOf("Tile"), counting({2, 3, 5}), {Tensor::ints({1, 2, 3})});
  check(nodeOf("BroadcastTo"), counting({2, 1, 5}), {Tensor::ints({3, 2, 4, 5})});
  check(nodeOf("BroadcastTo"), counting({2, 3, 1}), {Tensor::ints({2, 3, 7})});
}

TEST(GlConcat, JoinsTwoAndMore) {
  const auto join = [](const std::vector<Shape>& shapes, int axis) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) inputs.push_back(counting(shape, static_cast<float>(1000 * inputs.size())));
    inputs.push_back(scalar(axis));
    std::vector<bool> constants(inputs.size(), false);
    constants.back() = true;
    SCOPED_TRACE("axis " + std::to_string(axis) + ", first " + shapeText(shapes[0]));
    expectGlMatchesHost(nodeOf("ConcatV2"), inputs, constants, 0);
  };
  join({{1, 3, 5, 8}, {1, 3, 5, 6}}, 3);
  join({{1, 3, 5, 6}, {1, 3, 5, 7}, {1, 3, 5, 4}}, 3);
  join({{1, 12, 3}, {1, 7, 3}}, 1);
  join({{1, 3, 5, 6}, {1, 3, 9, 6}}, 2);
  join({{2, 3, 5, 6}, {1, 3, 5, 6}, {4, 3, 5, 6}, {1, 3, 5, 6}}, 0);
  join({{5}, {6}}, 0);
  join({{1, 40}, {1, 24}}, 1);
}

TEST(GlPack, StacksOnAnyAxis) {
  for (std::int64_t axis : {0, 1, 2, 3})
    expectGlMatchesHost(nodeOf("Pack", {{"axis", axis}}),
                        {counting({2, 5, 6}), counting({2, 5, 6}, 100), counting({2, 5, 6}, 200)}, {}, 0);
}

TEST(GlSplit, CutsSpaceAndChannels) {
  for (int axis : {1, 2, 3})
    expectGlMatchesHost(nodeOf("Split", {{"num_split", std::int64_t{2}}}), {scalar(axis), counting({1, 4, 6, 8})},
                        {true, false}, 0);
  check(nodeOf("SplitV"), counting({1, 4, 6, 8}), {Tensor::ints({3, 5}), scalar(3)});
  check(nodeOf("Unpack", {{"axis", std::int64_t{1}}}), counting({2, 3, 5}));
  check(nodeOf("Unpack", {{"axis", std::int64_t{2}}}), counting({2, 3, 5}));
}

TEST(GlSpace, ExchangesWithDepthAndBatch) {
  check(nodeOf("SpaceToDepth", {{"block_size", std::int64_t{2}}}), counting({1, 4, 6, 3}));
  check(nodeOf("SpaceToDepth", {{"block_size", std::int64_t{2}}}), counting({1, 4, 6, 4}));
  check(nodeOf("DepthToSpace", {{"block_size", std::int64_t{2}}}), counting({2, 3, 5, 12}));
  check(nodeOf("DepthToSpace", {{"block_size", std::int64_t{2}}}), counting({2, 3, 5, 16}));
  check(nodeOf("SpaceToBatchND"), counting({1, 4, 6, 5}), {Tensor::ints({2, 2}), pairs({0, 0, 0, 0})});
  check(nodeOf("SpaceToBatchND"), counting({1, 5, 7, 5}), {Tensor::ints({2, 3}), pairs({2, 1, 1, 1})});
  check(nodeOf("BatchToSpaceND"), counting({4, 3, 5, 6}), {Tensor::ints({2, 2}), pairs({1, 0, 0, 2})});
}

TEST(GlGather, PicksAlongAnyAxis) {
  check(nodeOf("GatherV2"), counting({2, 5, 6}), {Tensor::ints({4, 0, 1}), scalar(1)});
  check(nodeOf("GatherV2"), counting({2, 5, 6}), {Tensor::ints({5, 0, 1, 3, 3}), scalar(2)});
  check(nodeOf("GatherV2"), counting({7, 6}), {Tensor::ints({5, 0, 1, 3}).reshaped({2, 2}), scalar(0)});
  const Node batched = nodeOf("GatherV2", {{"batch_dims", std::int64_t{1}}});
  check(batched, counting({2, 5, 6}), {Tensor::ints({4, 0, 1, 2}).reshaped({2, 2}), scalar(1)});
}

TEST(GlLike, FillsWithZerosOrOnes) {
  check(nodeOf("ZerosLike"), counting({2, 5, 6}));
  check(nodeOf("OnesLike"), counting({2, 5, 6}));
}

TEST(GlIdentity, IsAnAlias) { check(nodeOf("Identity"), counting({2, 5, 6})); }

TEST(GlGatherNd, PicksElementsAndSlices) {
  const auto gather = [](const Shape& from, const Shape& shape, const std::vector<std::int32_t>& at) {
    SCOPED_TRACE(shapeText(from) + " by " + shapeText(shape));
    expectGlMatchesHost(nodeOf("GatherNd"), {counting(from), {DType::kInt32, shape, at}}, {}, 0);
    expectGlMatchesHost(nodeOf("GatherNd"), {counting(from), {DType::kInt32, shape, at}}, {false, true}, 0);
  };
  gather({1, 5, 6, 7}, {2, 4}, {0, 4, 5, 6, 0, 1, 2, 3});
  gather({1, 5, 6, 9}, {2, 2, 3}, {0, 4, 5, 0, 1, 2, 0, 0, 0, 0, 3, 5});
  gather({5, 6}, {3, 1}, {4, 0, 2});
  gather({17, 17, 2}, {4, 2}, {0, 0, 16, 16, 3, 3, 7, 7});
}

TEST(GlOneHot, PutsTheNewAxisAnywhere) {
  Tensor indices(DType::kInt32, {2, 3, 5});
  for (std::int64_t i = 0; i < indices.size(); ++i)
    indices.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(i * 7 % 9) - 1;
  const std::vector<bool> constants{false, true, true, true};
  for (const std::int64_t axis : {-1, 0, 1, 2})
    expectGlMatchesHost(nodeOf("OneHot", {{"axis", axis}}),
                        {indices, scalar(7), Tensor::scalar(2.5F), Tensor::scalar(-1.0F)}, constants, 0, true);
  Tensor many(DType::kInt32, {1, 41, 50});  // More than the host takes by itself.
  for (std::int64_t i = 0; i < many.size(); ++i) many.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(i % 11) - 1;
  for (const std::int64_t axis : {-1, 1})
    expectGlMatchesHost(nodeOf("OneHot", {{"axis", axis}}), {many, scalar(7), Tensor::scalar(2.5F), Tensor::scalar(-1.0F)},
                        constants, 0);
}

}  // namespace
}  // namespace texflow
