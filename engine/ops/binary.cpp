// Arithmetic of two operands that broadcast, BiasAdd and AddN.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/broadcast.h"
#include "ops/elementwise.h"

namespace texflow {
namespace {

using FloatFn = float (*)(float, float);
using IntFn = std::int32_t (*)(std::int32_t, std::int32_t);
using ComplexFn = std::complex<float> (*)(std::complex<float>, std::complex<float>);

struct BinaryOp {
  std::string_view name;
  FloatFn onFloat;
  IntFn onInt;
  const char* glsl;     ///< Over a and b for floats; null: on the host.
  const char* glslInt;  ///< The same for integers held in floats.
  ComplexFn onComplex = nullptr;
  bool divides = false;  ///< A zero integer divisor is an error.
};

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// int32 wraps: computed as uint32.
std::uint32_t bits(std::int32_t x) { return static_cast<std::uint32_t>(x); }
std::int32_t wrap(std::uint32_t x) { return static_cast<std::int32_t>(x); }
std::int32_t truncDiv(std::int32_t a, std::int32_t b) { return b == -1 ? wrap(0U - bits(a)) : a / b; }
std::int32_t truncMod(std::int32_t a, std::int32_t b) { return b == -1 ? 0 : a % b; }
std::int32_t floorDiv(std::int32_t a, std::int32_t b) {
  const std::int32_t quotient = truncDiv(a, b);
  return truncMod(a, b) != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
std::int32_t floorMod(std::int32_t a, std::int32_t b) {
  const std::int32_t rest = truncMod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
std::int32_t power(std::int32_t base, std::int32_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  std::uint32_t result = 1, square = bits(base);
  for (std::uint32_t rest = bits(exponent); rest; rest >>= 1, square *= square)
    if (rest & 1U) result *= square;
  return wrap(result);
}
float floorMod(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

#define F(expression) [](float a, float b) -> float { return expression; }
#define I(expression) [](std::int32_t a, std::int32_t b) -> std::int32_t { return expression; }
#define C(expression) [](std::complex<float> a, std::complex<float> b) -> std::complex<float> { return expression; }
// Products of integers soon exceed the 2^24 that a float texel holds exactly, so they stay on the host.
const BinaryOp kBinaryOps[] = {
    {"Add", F(a + b), I(wrap(bits(a) + bits(b))), "a + b", "a + b", C(a + b)},
    {"AddV2", F(a + b), I(wrap(bits(a) + bits(b))), "a + b", "a + b", C(a + b)},
    {"Sub", F(a - b), I(wrap(bits(a) - bits(b))), "a - b", "a - b", C(a - b)},
    {"Mul", F(a* b), I(wrap(bits(a) * bits(b))), "a * b", nullptr, C(a* b)},
    {"MulNoNan", F(b == 0 ? 0 : a * b), nullptr, "mix(a * b, vec4(0.0), equal(b, vec4(0.0)))", nullptr},
    {"RealDiv", F(a / b), I(truncDiv(a, b)), "a / b", "truncatedQuotient(a, b)", C(a / b), true},
    {"Div", F(a / b), I(truncDiv(a, b)), "a / b", "truncatedQuotient(a, b)", C(a / b), true},
    {"DivNoNan", F(b == 0 ? 0 : a / b), nullptr, "mix(a / b, vec4(0.0), equal(b, vec4(0.0)))", nullptr,
     C(b == 0.0F ? 0.0F : a / b)},
    {"TruncateDiv", F(std::trunc(a / b)), I(truncDiv(a, b)), nullptr, "truncatedQuotient(a, b)", nullptr, true},
    {"FloorDiv", F(std::floor(a / b)), I(floorDiv(a, b)), "floor(a / b)", "flooredQuotient(a, b)", nullptr, true},
    {"Mod", F(std::fmod(a, b)), I(truncMod(a, b)), "truncatedRest(a, b)", "truncatedRest(a, b)", nullptr, true},
    {"TruncateMod", F(std::fmod(a, b)), I(truncMod(a, b)), "truncatedRest(a, b)", "truncatedRest(a, b)", nullptr, true},
    {"FloorMod", F(floorMod(a, b)), I(floorMod(a, b)), "flooredRest(a, b)", "flooredRest(a, b)", nullptr, true},
    {"Maximum", F(std::isnan(a) || a > b ? a : b), I(a > b ? a : b), "mix(b, a, either(isnan(a), greaterThan(a, b)))",
     "max(a, b)"},
    {"Minimum", F(std::isnan(a) || a < b ? a : b), I(a < b ? a : b), "mix(b, a, either(isnan(a), lessThan(a, b)))",
     "min(a, b)"},
    {"Pow", F(std::pow(a, b)), I(power(a, b)), "power(a, b, K.x)", nullptr, C(std::pow(a, b))},
    {"SquaredDifference", F((a - b) * (a - b)), I(wrap((bits(a) - bits(b)) * (bits(a) - bits(b)))), "(a - b) * (a - b)",
     nullptr},
    {"Atan2", F(std::atan2(a, b)), nullptr, "arcTangent2(a, b)", nullptr},
    {"Xdivy", F(a == 0 ? 0 : a / b), nullptr, "mix(a / b, vec4(0.0), equal(a, vec4(0.0)))", nullptr},
    {"Xlogy", F(a == 0 ? 0 : a * std::log(b)), nullptr, "mix(a * log(b), vec4(0.0), equal(a, vec4(0.0)))", nullptr},
    {"Prelu", F(a > 0 ? a : a * b), nullptr, "mix(a * b, a, greaterThan(a, vec4(0.0)))", nullptr},
    {"Xlog1py", F(a == 0 ? 0 : a * std::log1p(b)), nullptr, nullptr, nullptr},
    {"LeftShift", nullptr, I(wrap(bits(a) << std::min(bits(b), 31U))), nullptr, nullptr},
    {"RightShift", nullptr, I(a >> std::min(bits(b), 31U)), nullptr, nullptr},
    {"BitwiseAnd", nullptr, I(a& b), nullptr, "vec4(ivec4(a) & ivec4(b))"},
    {"BitwiseOr", nullptr, I(a | b), nullptr, "vec4(ivec4(a) | ivec4(b))"},
    {"BitwiseXor", nullptr, I(a ^ b), nullptr, "vec4(ivec4(a) ^ ivec4(b))"},
};
#undef F
#undef I
#undef C

const BinaryOp* findBinary(std::string_view name) {
  for (const BinaryOp& op : kBinaryOps)
    if (op.name == name) return &op;
  return nullptr;
}

template <class T, class Fn>
Tensor apply(const Tensor& a, const Tensor& b, const Shape& shape, Fn fn) {
  Tensor result(a.dtype(), shape);
  T* to = result.mutableData<T>();
  const T *fromA = a.data<T>(), *fromB = b.data<T>();
  forEachBroadcast<2>(shape, {a.shape(), b.shape()}, [&](std::int64_t i, const std::array<std::int64_t, 2>& at) {
    to[i] = fn(fromA[at[0]], fromB[at[1]]);
  });
  return result;
}

/// Runs one table line on two operands whose broadcast shape is `shape`.
Result<Tensor> applyOp(const BinaryOp& op, const Tensor& a, const Tensor& b, const Shape& shape) {
  if (a.dtype() == DType::kFloat32) return apply<float>(a, b, shape, op.onFloat);
  if (a.dtype() == DType::kComplex64) return apply<std::complex<float>>(a, b, shape, op.onComplex);
  if (a.dtype() == DType::kString)
    return apply<std::string>(a, b, shape, [](const std::string& x, const std::string& y) { return x + y; });
  for (std::int64_t i = 0; op.divides && i < b.size(); ++i)
    if (b.data<std::int32_t>()[i] == 0)
      return Status::invalid("Element " + std::to_string(i) + " of the int32 divisor is 0.");
  if (op.name == "Pow")
    for (std::int64_t i = 0; i < b.size(); ++i)
      if (const std::int32_t exponent = b.data<std::int32_t>()[i]; exponent < 0)
        return Status::invalid("Integers to negative integer powers are not allowed; exponent " + std::to_string(i) +
                               " is " + std::to_string(exponent) + ".");
  return apply<std::int32_t>(a, b, shape, op.onInt);
}

bool takes(const BinaryOp& op, DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return op.onFloat;
    case DType::kInt32: return op.onInt;
    case DType::kComplex64: return op.onComplex;
    case DType::kString: return op.name == "Add" || op.name == "AddV2";
    case DType::kBool: break;
  }
  return false;
}

}  // namespace

Result<std::vector<TensorInfo>> binaryShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_TRY(expectSameDType(inputs));
  if (!takes(*findBinary(node.op), inputs[0].dtype)) return dtypeUnsupported(node, inputs[0].dtype);
  TEXFLOW_ASSIGN(Shape shape, broadcastShapes(inputs[0].shape, inputs[1].shape));
  return std::vector<TensorInfo>{{inputs[0].dtype, shape}};
}

Result<std::vector<Tensor>> binaryHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const Shape shape, broadcastShapes(inputs[0].shape(), inputs[1].shape()));
  TEXFLOW_ASSIGN(Tensor result, applyOp(*findBinary(node.op), inputs[0], inputs[1], shape));
  return std::vector<Tensor>{result};
}

namespace {

/// An index times a stride: floats hold the product as exactly as they hold any integer of the plan.
bool isStrideProduct(const Lowering& lowering) {
  constexpr std::int64_t kMostStride = 4096;
  for (const TensorInfo& input : lowering.inputs) {
    if (!input.value || input.value->size() != 1 || input.dtype != DType::kInt32) continue;
    const std::int64_t stride = *input.value->data<std::int32_t>();
    if (stride >= 0 && stride <= kMostStride) return true;
  }
  return false;
}

}  // namespace

Status binaryLower(Lowering& lowering) {
  const BinaryOp* op = findBinary(lowering.node.op);
  const DType dtype = lowering.inputs[0].dtype;
  if (op->name == "Mul" && isStrideProduct(lowering)) return lowerElementwise(lowering, "a * b");
  const char* glsl = dtype == DType::kFloat32 ? op->glsl : dtype == DType::kInt32 ? op->glslInt : nullptr;
  if (!glsl) return dtypeUnsupported(lowering.node, dtype);
  if (op->name == "Pow") return lowerElementwise(lowering, glsl, {kNaN, 0, 0, 0});
  return lowerElementwise(lowering, glsl);
}

Result<std::vector<TensorInfo>> biasAddShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 2));
  TEXFLOW_TRY(expectSameDType(inputs));
  if (inputs[0].dtype == DType::kBool || inputs[0].dtype == DType::kString) return dtypeUnsupported(node, inputs[0].dtype);
  const Shape &x = inputs[0].shape, &bias = inputs[1].shape;
  const std::string format = node.attrs.get<std::string>("data_format", "NHWC");
  if (format != "NHWC" && format != "NCHW")
    return Status::invalid("The data_format '" + format + "' is not one of NHWC and NCHW.");
  if (x.size() < 2) return Status::invalid("The value has the shape " + shapeText(x) + "; its rank must be at least 2.");
  const std::int64_t channels = format == "NCHW" ? x[1] : x.back();
  if (bias.size() != 1 || bias[0] != channels)
    return Status::invalid("The bias has the shape " + shapeText(bias) + "; for the value " + shapeText(x) + " in " +
                           format + " it must be [" + std::to_string(channels) + "].");
  return std::vector<TensorInfo>{{inputs[0].dtype, x}};
}

Result<std::vector<Tensor>> biasAddHost(const Node& node, std::span<const Tensor> inputs) {
  Shape shape = inputs[1].shape();
  if (node.attrs.get<std::string>("data_format", "NHWC") == "NCHW") shape.resize(inputs[0].shape().size() - 1, 1);
  TEXFLOW_ASSIGN(Tensor result, applyOp(*findBinary("Add"), inputs[0], inputs[1].reshaped(shape), inputs[0].shape()));
  return std::vector<Tensor>{result};
}

Status biasAddLower(Lowering& lowering) {
  if (lowering.inputs[0].dtype == DType::kComplex64) return dtypeUnsupported(lowering.node, DType::kComplex64);
  if (lowering.node.attrs.get<std::string>("data_format", "NHWC") == "NCHW" && lowering.inputs[0].shape.size() > 2)
    return Status::unsupported("BiasAdd with the data_format NCHW has no GPU kernel.");
  return lowerElementwise(lowering, "a + b");
}

Result<std::vector<TensorInfo>> addNShape(const Node& node, std::span<const TensorInfo> inputs) {
  if (inputs.empty()) return Status::invalid("AddN has no inputs; it must have at least 1.");
  TEXFLOW_TRY(expectSameDType(inputs));
  if (inputs[0].dtype == DType::kBool || inputs[0].dtype == DType::kString) return dtypeUnsupported(node, inputs[0].dtype);
  for (const TensorInfo& input : inputs)
    if (input.shape != inputs[0].shape)
      return Status::invalid("The inputs have the shapes " + shapeText(inputs[0].shape) + " and " + shapeText(input.shape) +
                             "; they must be the same.");
  return std::vector<TensorInfo>{{inputs[0].dtype, inputs[0].shape}};
}

Result<std::vector<Tensor>> addNHost(const Node&, std::span<const Tensor> inputs) {
  Tensor sum = inputs[0];
  for (const Tensor& input : inputs.subspan(1)) {
    TEXFLOW_ASSIGN(sum, applyOp(*findBinary("Add"), sum, input, sum.shape()));
  }
  return std::vector<Tensor>{sum};
}

Status addNLower(Lowering& lowering) {
  if (lowering.inputs[0].dtype == DType::kComplex64) return dtypeUnsupported(lowering.node, DType::kComplex64);
  const Shape& shape = lowering.outputs[0].shape;
  const Shape shapes[] = {shape, shape};
  TEXFLOW_ASSIGN(GpuTensor sum, lowering.input(0));
  if (lowering.inputs.size() == 1) {
    lowering.alias(0, sum);
    return {};
  }
  // Sums of two, so that AddN shares the program of Add.
  for (std::size_t k = 1; k < lowering.inputs.size(); ++k) {
    TEXFLOW_ASSIGN(const GpuTensor next, lowering.input(static_cast<int>(k)));
    const bool last = k + 1 == lowering.inputs.size();
    TEXFLOW_ASSIGN(const GpuTensor to, last ? lowering.output(0) : lowering.temporary(shape));
    const GpuTensor operands[] = {sum, next};
    TEXFLOW_TRY(drawElementwise(lowering, "a + b", to, shape, operands, shapes));
    sum = to;
  }
  return {};
}

}  // namespace texflow
