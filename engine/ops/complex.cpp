// Complex numbers from parts and back; host only.
#include "ops/broadcast.h"
#include "ops/elementwise.h"

namespace texflow {

Result<std::vector<TensorInfo>> complexShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  for (const TensorInfo& input : inputs)
    if (input.dtype != DType::kFloat32) return dtypeUnsupported(node, input.dtype);
  TEXFLOW_ASSIGN(Shape shape, broadcastShapes(inputs[0].shape, inputs[1].shape));
  return std::vector<TensorInfo>{{DType::kComplex64, shape}};
}

Result<std::vector<Tensor>> complexHost(const Node&, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, broadcastShapes(inputs[0].shape(), inputs[1].shape()));
  Tensor result(DType::kComplex64, shape);
  auto* to = result.mutableData<std::complex<float>>();
  const float *re = inputs[0].data<float>(), *im = inputs[1].data<float>();
  forEachBroadcast<2>(shape, {inputs[0].shape(), inputs[1].shape()},
                      [&](std::int64_t i, const std::array<std::int64_t, 2>& at) {
                        to[i] = {re[at[0]], im[at[1]]};
                      });
  return std::vector<Tensor>{result};
}

Result<std::vector<TensorInfo>> complexPartShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  if (inputs[0].dtype != DType::kComplex64) return dtypeUnsupported(node, inputs[0].dtype);
  return std::vector<TensorInfo>{{node.op == "Conj" ? DType::kComplex64 : DType::kFloat32, inputs[0].shape}};
}

Result<std::vector<Tensor>> complexPartHost(const Node& node, std::span<const Tensor> inputs) {
  const auto* from = inputs[0].data<std::complex<float>>();
  Tensor result(node.op == "Conj" ? DType::kComplex64 : DType::kFloat32, inputs[0].shape());
  for (std::int64_t i = 0; i < result.size(); ++i) {
    if (node.op == "Conj") result.mutableData<std::complex<float>>()[i] = std::conj(from[i]);
    else
      result.mutableData<float>()[i] = node.op == "Real"    ? from[i].real()
                                       : node.op == "Imag"  ? from[i].imag()
                                       : node.op == "Angle" ? std::arg(from[i])
                                                            : std::abs(from[i]);
  }
  return std::vector<Tensor>{result};
}

}  // namespace texflow
