#include "gl/op_test.h"

namespace texflow {
namespace {

Tensor picture(const Shape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = static_cast<float>(i * 37 % 101) * 0.5f;
  return tensor;
}

TEST(Resize, MatchesTheHostForEveryCentreRule) {
  for (const char* op : {"ResizeBilinear", "ResizeNearestNeighbor"})
    for (int rule = 0; rule < 3; ++rule)
      for (const std::vector<std::int64_t>& size : {std::vector<std::int64_t>{11, 6}, {3, 20}, {1, 1}}) {
        Node node;
        node.op = op;
        node.attrs.set("align_corners", rule == 1);
        node.attrs.set("half_pixel_centers", rule == 2);
        expectGlMatchesHost(node, {picture({2, 5, 9, 6}), Tensor::ints(size)}, {false, true}, 1e-5);
      }
}

TEST(Resize, HalfPixelCentresInterpolateBetweenPixelCentres) {
  Node node;
  node.op = "ResizeBilinear";
  node.attrs.set("half_pixel_centers", true);
  const Tensor line(DType::kFloat32, {1, 1, 2, 1}, std::vector<float>{0, 4});
  auto results = runOnHost(node, std::vector<Tensor>{line, Tensor::ints({1, 4})});
  ASSERT_TRUE(results.ok()) << results.status().message();
  const std::vector<double> want{0, 1, 3, 4};
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ(results->front().number(i), want[static_cast<std::size_t>(i)]);
}

}  // namespace
}  // namespace texflow
