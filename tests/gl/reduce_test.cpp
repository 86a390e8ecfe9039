#include "op_test.h"

namespace texflow {
namespace {

Tensor pattern(Shape shape) {
  Tensor tensor(DType::kFloat32, std::move(shape));
  for (std::int64_t i = 0; i < tensor.size(); ++i)
    tensor.mutableData<float>()[i] = static_cast<float>((i * 37 + 11) % 61) / 30.0f - 0.9f;
  return tensor;
}

Node node(const char* op, bool keepDims = false) {
  Node n;
  n.name = n.op = op;
  n.attrs.set("keep_dims", keepDims);
  return n;
}

TEST(ReduceGl, EveryKindOverPixelsChannelsAndBoth) {
  for (const char* op : {"Sum", "Mean", "Max", "Min", "Prod"})
    for (const auto& axes : {std::vector<std::int64_t>{1, 2}, {3}, {1, 2, 3}, {0, 1, 2, 3}, {2}, {2, 3}})
      expectGlMatchesHost(node(op, axes.size() == 2), {pattern({2, 3, 5, 6}), Tensor::ints(axes)}, {false, true}, 3e-5);
}

TEST(ReduceGl, DimensionsOfSizeOneAndVectors) {
  expectGlMatchesHost(node("Sum"), {pattern({2, 1, 5, 6}), Tensor::ints({1})}, {false, true});
  expectGlMatchesHost(node("Max"), {pattern({13}), Tensor::ints({0})}, {false, true});
  expectGlMatchesHost(node("Mean"), {pattern({7, 13}), Tensor::ints({0})}, {false, true});
}

TEST(ReduceGl, AnyAxes) {
  for (const char* op : {"Sum", "Mean", "Max", "Min", "Prod"})
    for (const auto& axes : {std::vector<std::int64_t>{1}, {0}, {1, 3}, {0, 2}})
      expectGlMatchesHost(node(op, axes.size() == 2), {pattern({2, 3, 5, 6}), Tensor::ints(axes)}, {false, true}, 3e-5);
  expectGlMatchesHost(node("Sum"), {pattern({2, 3, 4, 5, 6}), Tensor::ints({1, 3})}, {false, true}, 3e-5);
}

TEST(ReduceGl, AllAndAny) {
  Tensor flags(DType::kBool, {1, 40, 30, 5});  // More than the host takes by itself.
  for (std::int64_t i = 0; i < flags.size(); ++i) flags.mutableData<std::uint8_t>()[i] = i % 97 != 5;
  for (const char* op : {"All", "Any"})
    for (const auto& axes : {std::vector<std::int64_t>{1, 2}, {3}, {1}})
      expectGlMatchesHost(node(op), {flags, Tensor::ints(axes)}, {false, true}, 0);
}

TEST(ReduceGl, ArgMaxAndArgMin) {
  for (const char* op : {"ArgMax", "ArgMin"})
    for (std::int64_t axis : {1, 2})
      expectGlMatchesHost(node(op), {pattern({3, 10, 7}), Tensor::ints({axis})}, {false, true});
}

TEST(SoftmaxGl, NarrowWideAndStripedChannels) {
  for (const char* op : {"Softmax", "LogSoftmax"})
    for (const Shape& shape : {Shape{1, 3, 5, 6}, Shape{1, 101}, Shape{7}, Shape{4, 33}})
      expectGlMatchesHost(node(op), {pattern(shape)});
}

TEST(GlReduce, MeanOfALargeImageCountsEveryPixel) {
  Node node;
  node.op = "Mean";
  Tensor image(DType::kFloat32, {1, 128, 128, 9});
  for (std::int64_t i = 0; i < image.size(); ++i) image.mutableData<float>()[i] = static_cast<float>(i % 131) * 0.01f;
  expectGlMatchesHost(node, {image, Tensor::ints({1, 2})}, {false, true}, 1e-5);
}

}  // namespace
}  // namespace texflow
