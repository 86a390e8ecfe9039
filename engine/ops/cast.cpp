// Cast between value types.
#include <cmath>
#include <limits>

#include "ops/elementwise.h"

namespace texflow {
namespace {

DType target(const Node& node) { return node.attrs.get<DType>("DstT", DType::kFloat32); }

std::int32_t toInt(float x) {
  // What x86 gives for values without an int32, and TensorFlow with it.
  if (!(x > -2147483904.0F && x < 2147483648.0F)) return std::numeric_limits<std::int32_t>::min();
  return static_cast<std::int32_t>(x);
}

template <class To, class From, class Fn>
void convert(const Tensor& x, Tensor& result, Fn fn) {
  for (std::int64_t i = 0; i < x.size(); ++i) result.mutableData<To>()[i] = fn(x.data<From>()[i]);
}

template <class From>
void convertFrom(const Tensor& x, Tensor& result) {
  switch (result.dtype()) {
    case DType::kFloat32: convert<float, From>(x, result, [](From v) { return static_cast<float>(v); }); break;
    case DType::kInt32:
      convert<std::int32_t, From>(x, result, [](From v) {
        if constexpr (std::is_same_v<From, float>) return toInt(v);
        else return static_cast<std::int32_t>(v);
      });
      break;
    case DType::kBool: convert<std::uint8_t, From>(x, result, [](From v) { return v != From{}; }); break;
    case DType::kComplex64:
      convert<std::complex<float>, From>(x, result, [](From v) { return std::complex<float>(static_cast<float>(v)); });
      break;
    case DType::kString: break;
  }
}

}  // namespace

Result<std::vector<TensorInfo>> castShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  if (!node.attrs.find<DType>("DstT"))
    return Status::unsupported("The attribute DstT is missing or names an unsupported dtype.");
  const DType to = target(node), from = inputs[0].dtype;
  if (to != from && (to == DType::kString || from == DType::kString))
    return Status::invalid("A cast from " + std::string(dtypeName(from)) + " to " + std::string(dtypeName(to)) +
                           " does not exist.");
  return std::vector<TensorInfo>{{to, inputs[0].shape}};
}

Result<std::vector<Tensor>> castHost(const Node& node, std::span<const Tensor> inputs) {
  const Tensor& x = inputs[0];
  if (x.dtype() == target(node)) return std::vector<Tensor>{x};
  Tensor result(target(node), x.shape());
  if (x.dtype() == DType::kFloat32) convertFrom<float>(x, result);
  else if (x.dtype() == DType::kInt32) convertFrom<std::int32_t>(x, result);
  else if (x.dtype() == DType::kBool) convertFrom<std::uint8_t>(x, result);
  else if (result.dtype() == DType::kBool)
    convert<std::uint8_t, std::complex<float>>(x, result, [](std::complex<float> v) { return v != 0.0F; });
  else {
    // TensorFlow casts the real part.
    Tensor real(DType::kFloat32, x.shape());
    convert<float, std::complex<float>>(x, real, [](std::complex<float> v) { return v.real(); });
    if (result.dtype() == DType::kFloat32) result = real;
    else convertFrom<float>(real, result);
  }
  return std::vector<Tensor>{result};
}

Status castLower(Lowering& lowering) {
  const DType from = lowering.inputs[0].dtype, to = lowering.outputs[0].dtype;
  if (from == DType::kComplex64 || to == DType::kComplex64 || to == DType::kString)
    return dtypeUnsupported(lowering.node, from);
  if (to == DType::kBool && from != DType::kBool) return lowerElementwise(lowering, "vec4(notEqual(a, vec4(0.0)))");
  if (to == DType::kInt32 && from == DType::kFloat32) return lowerElementwise(lowering, "trunc(a)");
  // Integers and booleans are floats in a texture.
  TEXFLOW_ASSIGN(const GpuTensor source, lowering.input(0));
  lowering.alias(0, source);
  return {};
}

}  // namespace texflow
