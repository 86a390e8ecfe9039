// Crops, normalization, Einsum and quantization on the GPU equal their host kernels, for every stripe count.
#include "gl/op_test.h"

namespace texflow {
namespace {

Tensor waves(const Shape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = std::sin(static_cast<float>(i) * 0.7F);
  return tensor;
}

Tensor floats(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }

TEST(GlCropAndResize, SamplesBoxes) {
  for (const char* method : {"bilinear", "nearest"}) {
    Node node;
    node.op = "CropAndResize";
    node.attrs.set("method", std::string(method));
    node.attrs.set("extrapolation_value", 3.0);
    const Tensor boxes = floats({3, 4}, {0, 0, 1, 1, 0.1F, 0.2F, 0.77F, 1.3F, 0.9F, 0.6F, 0.2F, 0.1F});
    for (const Shape& image : {Shape{2, 9, 7, 6}, Shape{2, 5, 1, 3}})
      for (const Tensor& size : {Tensor::ints({4, 5}), Tensor::ints({1, 1})})
        expectGlMatchesHost(node, {waves(image), boxes, Tensor::ints({1, 0, 1}), size}, {false, false, true, true});
  }
}

TEST(GlLrn, NormalizesAcrossTexels) {
  for (const std::int64_t radius : {1, 5}) {
    Node node;
    node.op = "LRN";
    node.attrs.set("depth_radius", radius);
    node.attrs.set("alpha", 0.7);
    for (const Shape& shape : {Shape{1, 3, 5, 11}, Shape{2, 2, 1, 3}}) expectGlMatchesHost(node, {waves(shape)}, {}, 1e-4);
  }
}

TEST(GlEinsum, IsTransposesAroundAProduct) {
  struct Case {
    const char* equation;
    Shape a, b;
  };
  const Case cases[] = {{"ij,jk->ik", {5, 6}, {6, 7}},
                        {"bij,bkj->bik", {2, 5, 6}, {2, 3, 6}},
                        {"abcd,cde->abe", {2, 3, 4, 5}, {4, 5, 6}},
                        {"aecd,abcd->acbe", {2, 5, 3, 4}, {2, 6, 3, 4}},
                        {"abcd,de->abce", {1, 6, 9, 8}, {8, 12}},
                        {"abcd,cde->abe", {1, 6, 9, 8}, {9, 8, 5}},
                        {"abc,dc->dab", {3, 6, 9}, {5, 9}},
                        {"...ij,jk->...ik", {2, 3, 5}, {5, 4}},
                        {"ab,b->a", {4, 9}, {9}}};
  for (const Case& c : cases) {
    Node node;
    node.op = "Einsum";
    node.attrs.set("equation", std::string(c.equation));
    SCOPED_TRACE(c.equation);
    expectGlMatchesHost(node, {waves(c.a), waves(c.b)}, {}, 1e-4);
    expectGlMatchesHost(node, {waves(c.a), waves(c.b)}, {false, true}, 1e-4);
  }
}

TEST(GlFakeQuant, RoundsToSteps) {
  Node node;
  node.op = "FakeQuantWithMinMaxVars";
  node.attrs.set("num_bits", std::int64_t{4});
  expectGlMatchesHost(node, {waves({2, 3, 5, 6}), Tensor::scalar(-0.8F), Tensor::scalar(0.7F)}, {false, true, true}, 1e-4);
}

}  // namespace
}  // namespace texflow
