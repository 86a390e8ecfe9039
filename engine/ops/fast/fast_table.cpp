#include "ops/fast/fast_kernel.h"

namespace texflow {

std::optional<FastKernel> fastConv2D(const FastNode&);
std::optional<FastKernel> fastConv2DBackpropInput(const FastNode&);
std::optional<FastKernel> fastDepthwise(const FastNode&);
std::optional<FastKernel> fastMatMul(const FastNode&);
std::optional<FastKernel> fastPool(const FastNode&);
std::optional<FastKernel> fastUnary(const FastNode&);
std::optional<FastKernel> fastBinary(const FastNode&);
std::optional<FastKernel> fastAddN(const FastNode&);
std::optional<FastKernel> fastMean(const FastNode&);
std::optional<FastKernel> fastConcat(const FastNode&);
std::optional<FastKernel> fastResizeBilinear(const FastNode&);

MakeFastKernel findFastKernel(std::string_view op) {
  static constexpr std::pair<std::string_view, MakeFastKernel> kTable[] = {
      {"Conv2D", fastConv2D},
      {"_FusedConv2D", fastConv2D},
      {"Conv2DBackpropInput", fastConv2DBackpropInput},
      {"DepthwiseConv2dNative", fastDepthwise},
      {"FusedDepthwiseConv2dNative", fastDepthwise},
      {"MatMul", fastMatMul},
      {"_FusedMatMul", fastMatMul},
      {"BatchMatMul", fastMatMul},
      {"BatchMatMulV2", fastMatMul},
      {"BatchMatMulV3", fastMatMul},
      {"MaxPool", fastPool},
      {"AvgPool", fastPool},
      {"Abs", fastUnary},
      {"ClipByValue", fastUnary},
      {"Elu", fastUnary},
      {"Exp", fastUnary},
      {"LeakyRelu", fastUnary},
      {"Neg", fastUnary},
      {"Relu", fastUnary},
      {"Relu6", fastUnary},
      {"Rsqrt", fastUnary},
      {"Sigmoid", fastUnary},
      {"Sqrt", fastUnary},
      {"Square", fastUnary},
      {"Tanh", fastUnary},
      {"Add", fastBinary},
      {"AddV2", fastBinary},
      {"BiasAdd", fastBinary},
      {"Div", fastBinary},
      {"Maximum", fastBinary},
      {"Minimum", fastBinary},
      {"Mul", fastBinary},
      {"Prelu", fastBinary},
      {"RealDiv", fastBinary},
      {"SquaredDifference", fastBinary},
      {"Sub", fastBinary},
      {"AddN", fastAddN},
      {"Mean", fastMean},
      {"Concat", fastConcat},
      {"ConcatV2", fastConcat},
      {"Pack", fastConcat},
      {"ResizeBilinear", fastResizeBilinear},
  };
  for (const auto& [name, make] : kTable)
    if (name == op) return make;
  return nullptr;
}

std::optional<Tensor> runFast(const Node& node, std::span<const Tensor> inputs) {
  const Op* op = findOp(node.op);
  const MakeFastKernel make = findFastKernel(node.op);
  if (!op || !make) return {};
  std::vector<TensorInfo> infos;
  std::vector<const void*> values;
  for (const Tensor& input : inputs) {
    infos.push_back({input.dtype(), input.shape(), &input});
    values.push_back(input.data<std::byte>());
  }
  const auto shapes = op->shape(node, infos);
  if (!shapes.ok() || shapes->size() != 1) return {};
  const std::optional<FastKernel> kernel = make({node, infos, shapes->front()});
  if (!kernel) return {};
  Tensor output(shapes->front().dtype, shapes->front().shape);
  std::vector<std::max_align_t> scratch(kernel->scratchBytes / sizeof(std::max_align_t) + 1);
  for (std::int64_t piece = 0; piece < kernel->pieces; ++piece)
    kernel->run(values.data(), output.mutableData<std::byte>(), reinterpret_cast<std::byte*>(scratch.data()), piece);
  return output;
}

}  // namespace texflow
