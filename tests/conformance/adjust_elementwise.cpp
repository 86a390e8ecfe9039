// Elementwise kernels, reductions and normalization.
#include <algorithm>
#include <cmath>

#include "conformance/adjust.h"

namespace texflow::conformance {
namespace {

Tensor asFloats(const Tensor& tensor) {
  Tensor floats(DType::kFloat32, tensor.shape());
  for (std::int64_t i = 0; i < floats.size(); ++i) floats.mutableData<float>()[i] = static_cast<float>(tensor.number(i));
  return floats;
}

}  // namespace

// TensorFlow.js takes integers for floats where TensorFlow's op takes floats only.
void takeFloats(const VectorCase&, MappedCase& m) {
  for (Tensor& tensor : m.inputs) {
    if (tensor.dtype() == DType::kInt32 || tensor.dtype() == DType::kBool) tensor = asFloats(tensor);
  }
}

// TensorFlow.js gives integers, TensorFlow the dtype of the operands.
void floorDiv(const VectorCase& v, MappedCase& m) {
  if (m.inputs[0].dtype() != DType::kFloat32 || v.outputs[0].dtype() != DType::kInt32) return;
  m.follow("Cast", {});
  m.then.back().node.attrs.set("SrcT", DType::kFloat32);
  m.then.back().node.attrs.set("DstT", DType::kInt32);
}

// TensorFlow.js takes NaN for 0; TensorFlow's sign of NaN is NaN.
void sign(const VectorCase&, MappedCase& m) {
  if (m.inputs[0].dtype() != DType::kFloat32) return;
  Tensor numbers(DType::kFloat32, m.inputs[0].shape());
  for (std::int64_t i = 0; i < numbers.size(); ++i) {
    const float x = m.inputs[0].data<float>()[i];
    numbers.mutableData<float>()[i] = std::isnan(x) ? 0 : x;
  }
  m.inputs[0] = std::move(numbers);
}

// Of a complex number TensorFlow.js looks at the real part only, TensorFlow's cast to bool at both.
void cast(const VectorCase& v, MappedCase& m) {
  const DType to = dtypeAttr(v, DType::kFloat32);
  DType from = m.inputs[0].dtype();
  const bool realPart = from == DType::kComplex64 && to == DType::kBool;
  if (realPart) {
    m.node.op = "Real";
    from = DType::kFloat32;
    m.follow("Cast", {});
  }
  Node& node = realPart ? m.then.back().node : m.node;
  node.attrs.set("SrcT", from);
  node.attrs.set("DstT", to);
}

// Axes that are null mean all.
void reduce(const VectorCase& v, MappedCase& m) {
  const Json& axes = v.attrs.contains("axis") ? attr(v, "axis") : attr(v, "reductionIndices");
  if (!axes.is_null()) {
    m.add(intTensor(axes), true);
    return;
  }
  Ints all;
  for (std::size_t i = 0; i < m.inputs[0].shape().size(); ++i) all.push_back(std::int64_t(i));
  m.add(Tensor::ints(all), true);
}

// TensorFlow.js averages integers and booleans as floats; TensorFlow's Mean of integers is an integer.
void mean(const VectorCase& v, MappedCase& m) {
  m.inputs[0] = asFloats(m.inputs[0]);
  reduce(v, m);
}

// TensorFlow's op takes one value a channel; what else broadcasts is written out.
void batchNorm(const VectorCase& v, MappedCase& m) {
  const Tensor &mean = *v.input("mean"), &variance = *v.input("variance");
  const Tensor *scale = v.input("scale"), *offset = v.input("offset");
  const auto sameShape = [&](const Tensor* tensor) { return !tensor || tensor->shape() == mean.shape(); };
  if (mean.shape().size() != 1 || !sameShape(&variance) || !sameShape(scale) || !sameShape(offset)) {
    Tensor deviation(DType::kFloat32, variance.shape());
    const auto epsilon = static_cast<float>(jsonNumber(attr(v, "varianceEpsilon")));
    for (std::int64_t i = 0; i < variance.size(); ++i) {
      deviation.mutableData<float>()[i] = std::sqrt(variance.data<float>()[i] + epsilon);
    }
    m.node.op = "Sub";
    m.add(mean, true);
    m.follow("RealDiv", {deviation});
    if (scale) m.follow("Mul", {*scale});
    if (offset) m.follow("AddV2", {*offset});
    return;
  }
  Tensor ones(DType::kFloat32, mean.shape());
  std::fill_n(ones.mutableData<float>(), ones.size(), 1.0f);
  m.add(scale ? *scale : ones, true);
  m.add(offset ? *offset : Tensor(DType::kFloat32, mean.shape()), true);
  m.add(mean, true);
  m.add(variance, true);
  m.node.attrs.set("is_training", false);
}

void softmax(const VectorCase& v, MappedCase& m) {
  if (std::int64_t(m.inputs[0].shape().size()) != std::int64_t(jsonNumber(attr(v, "dim"))) + 1) {
    m.problem = "TensorFlow's Softmax works on the last dimension";
  }
}

void select(const VectorCase&, MappedCase& m) {
  if (m.inputs[0].shape() != m.inputs[1].shape()) m.node.op = "Select";
}

}  // namespace texflow::conformance
