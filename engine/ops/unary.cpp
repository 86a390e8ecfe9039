// Ops of one operand, element by element.
#include <cmath>
#include <limits>

#include "ops/elementwise.h"

namespace texflow {
namespace {

/// Computed in double and rounded to float once.
using FloatFn = double (*)(double, const Scalars&);
using IntFn = std::int32_t (*)(std::int32_t);
using ComplexFn = std::complex<float> (*)(std::complex<float>);

enum class Yields { kSame, kBool };

struct UnaryOp {
  std::string_view name;
  FloatFn onFloat;   ///< null: the op takes no floats.
  IntFn onInt;       ///< null: the op takes no integers.
  const char* glsl;  ///< Over a and K.
  ComplexFn onComplex = nullptr;
  Yields yields = Yields::kSame;
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;

std::int32_t wrapNegate(std::int32_t x) { return static_cast<std::int32_t>(0U - static_cast<std::uint32_t>(x)); }
std::int32_t wrapSquare(std::int32_t x) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) * static_cast<std::uint32_t>(x));
}
/// Half to even whatever the rounding mode of the process.
double roundEven(double x) {
  const double down = std::floor(x), rest = x - down;
  if (rest < 0.5 || (rest == 0.5 && std::fmod(down, 2.0) == 0.0)) return down;
  return std::isfinite(x) ? down + 1 : x;
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

#define F(expression) [](double x, const Scalars&) -> double { return expression; }
#define K(expression) [](double x, const Scalars& k) -> double { return expression; }
#define I(expression) [](std::int32_t x) -> std::int32_t { return expression; }
#define C(expression) [](std::complex<float> x) -> std::complex<float> { return expression; }
// Relu, Relu6 and ClipByValue share this expression, so they share a program.
const char* const kClamp = "clampTo(a, K.x, K.y)";
const UnaryOp kUnaryOps[] = {
    {"Abs", F(std::fabs(x)), I(x < 0 ? wrapNegate(x) : x), "abs(a)"},
    {"Acos", F(std::acos(x)), nullptr, "arcCosine(a)"},
    {"Acosh", F(std::acosh(x)), nullptr, "arcCosineH(a)"},
    {"Asin", F(std::asin(x)), nullptr, "arcSine(a)"},
    {"Asinh", F(std::asinh(x)), nullptr, "arcSineH(a)"},
    {"Atan", F(std::atan(x)), nullptr, "arcTangent(a)"},
    {"Atanh", F(std::atanh(x)), nullptr, "0.5 * logOnePlus(2.0 * a / (1.0 - a))"},
    {"Ceil", F(std::ceil(x)), nullptr, "ceil(a)"},
    {"Cos", F(std::cos(x)), nullptr, "cosine(a)"},
    {"Cosh", F(std::cosh(x)), nullptr, "cosineH(a)"},
    {"Elu", F(x < 0 ? std::expm1(x) : x), nullptr, "mix(a, expMinusOne(a), lessThan(a, vec4(0.0)))"},
    {"Erf", F(std::erf(x)), nullptr, "errorFunction(a)"},
    {"Erfc", F(std::erfc(x)), nullptr, "errorComplement(a)"},
    {"Exp", F(std::exp(x)), nullptr, "exp(a)", C(std::exp(x))},
    {"Expm1", F(std::expm1(x)), nullptr, "expMinusOne(a)"},
    {"Floor", F(std::floor(x)), nullptr, "floor(a)"},
    {"Inv", F(1 / x), nullptr, "1.0 / a"},
    {"Invert", nullptr, I(~x), "-1.0 - a"},
    {"IsFinite", F(std::isfinite(x) ? 1 : 0), nullptr, "1.0 - vec4(isnan(a)) - vec4(isinf(a))", nullptr, Yields::kBool},
    {"IsInf", F(std::isinf(x) ? 1 : 0), nullptr, "vec4(isinf(a))", nullptr, Yields::kBool},
    {"IsNan", F(std::isnan(x) ? 1 : 0), nullptr, "vec4(isnan(a))", nullptr, Yields::kBool},
    {"LeakyRelu", K(x > 0 ? x : x * static_cast<double>(k[0])), nullptr, "mix(a * K.x, a, greaterThan(a, vec4(0.0)))"},
    {"Lgamma", F(std::lgamma(x)), nullptr, nullptr},
    {"Log", F(std::log(x)), nullptr, "log(a)", C(std::log(x))},
    {"Log1p", F(std::log1p(x)), nullptr, "logOnePlus(a)"},
    {"Neg", F(-x), I(wrapNegate(x)), "-a", C(-x)},
    {"Reciprocal", F(1 / x), nullptr, "1.0 / a", C(1.0F / x)},
    {"Relu", F(x < 0 ? 0 : x), I(x < 0 ? 0 : x), kClamp},
    {"Relu6", F(x<0 ? 0 : x> 6 ? 6 : x), I(x<0 ? 0 : x> 6 ? 6 : x), kClamp},
    {"Rint", F(roundEven(x)), nullptr, "roundEven(a)"},
    {"Round", F(roundEven(x)), I(x), "roundEven(a)"},
    {"Rsqrt", F(1 / std::sqrt(x)), nullptr, "1.0 / sqrt(a)", C(1.0F / std::sqrt(x))},
    {"Selu", F(kSeluScale*(x < 0 ? kSeluAlpha * std::expm1(x) : x)), nullptr,
     "1.0507009873554805 * mix(a, 1.6732632423543772 * expMinusOne(a), lessThan(a, vec4(0.0)))"},
    {"Sigmoid", F(sigmoid(x)), nullptr, "1.0 / (1.0 + exp(-a))"},
    {"Sign", F(std::isnan(x) ? kNaN : (x > 0) - (x < 0)), I((x > 0) - (x < 0)), "mix(sign(a), a, isnan(a))"},
    {"Sin", F(std::sin(x)), nullptr, "sine(a)"},
    {"Sinh", F(std::sinh(x)), nullptr, "sineH(a)"},
    {"Softplus", F(std::isnan(x) ? x : std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)))), nullptr,
     "max(a, vec4(0.0)) + logOnePlus(exp(-abs(a)))"},
    {"Softsign", F(std::isinf(x) ? std::copysign(1, x) : x / (1 + std::fabs(x))), nullptr, "a / (1.0 + abs(a))"},
    {"Sqrt", F(std::sqrt(x)), nullptr, "sqrt(a)", C(std::sqrt(x))},
    {"Square", F(x* x), I(wrapSquare(x)), "a * a", C(x* x)},
    {"Tan", F(std::tan(x)), nullptr, "tangent(a)"},
    {"Tanh", F(std::tanh(x)), nullptr, "tangentH(a)"},
};
#undef F
#undef K
#undef I
#undef C

const UnaryOp* findUnary(std::string_view name) {
  for (const UnaryOp& op : kUnaryOps)
    if (op.name == name) return &op;
  return nullptr;
}

Scalars scalarsOf(const Node& node) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  if (node.op == "Relu") return {0, kInf, 0, 0};
  if (node.op == "Relu6") return {0, 6, 0, 0};
  if (node.op == "LeakyRelu") return {static_cast<float>(node.attrs.number("alpha", 0.2)), 0, 0, 0};
  return {};
}

}  // namespace

Result<std::vector<TensorInfo>> unaryShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 1));
  const UnaryOp* op = findUnary(node.op);
  const DType dtype = inputs[0].dtype;
  const bool takes = (dtype == DType::kFloat32 && op->onFloat) || (dtype == DType::kInt32 && op->onInt) ||
                     (dtype == DType::kComplex64 && op->onComplex);
  if (!takes) return dtypeUnsupported(node, dtype);
  return std::vector<TensorInfo>{{op->yields == Yields::kBool ? DType::kBool : dtype, inputs[0].shape}};
}

Result<std::vector<Tensor>> unaryHost(const Node& node, std::span<const Tensor> inputs) {
  const UnaryOp* op = findUnary(node.op);
  const Tensor& x = inputs[0];
  Tensor result(op->yields == Yields::kBool ? DType::kBool : x.dtype(), x.shape());
  const Scalars scalars = scalarsOf(node);
  for (std::int64_t i = 0; i < x.size(); ++i) {
    if (x.dtype() == DType::kInt32) {
      result.mutableData<std::int32_t>()[i] = op->onInt(x.data<std::int32_t>()[i]);
    } else if (x.dtype() == DType::kComplex64) {
      result.mutableData<std::complex<float>>()[i] = op->onComplex(x.data<std::complex<float>>()[i]);
    } else {
      const double value = op->onFloat(static_cast<double>(x.data<float>()[i]), scalars);
      if (op->yields == Yields::kBool) result.mutableData<std::uint8_t>()[i] = value != 0;
      else result.mutableData<float>()[i] = static_cast<float>(value);
    }
  }
  return std::vector<Tensor>{result};
}

Status unaryLower(Lowering& lowering) {
  const UnaryOp* op = findUnary(lowering.node.op);
  if (lowering.inputs[0].dtype == DType::kComplex64 || !op->glsl)
    return dtypeUnsupported(lowering.node, lowering.inputs[0].dtype);
  // Squares of integers soon exceed the 2^24 that a float texel holds exactly.
  if (lowering.inputs[0].dtype == DType::kInt32 && op->name == "Square")
    return dtypeUnsupported(lowering.node, DType::kInt32);
  return lowerElementwise(lowering, op->glsl, scalarsOf(lowering.node));
}

Result<std::vector<TensorInfo>> clipByValueShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputs(inputs, 3));
  TEXFLOW_TRY(expectSameDType(inputs));
  if (inputs[0].dtype != DType::kFloat32 && inputs[0].dtype != DType::kInt32) return dtypeUnsupported(node, inputs[0].dtype);
  for (std::size_t k = 1; k < 3; ++k)
    if (inputs[k].shape != inputs[0].shape && elementCount(inputs[k].shape) != 1)
      return Status::invalid("The clip bound " + std::to_string(k - 1) + " has the shape " + shapeText(inputs[k].shape) +
                             "; it must be a scalar or have the shape " + shapeText(inputs[0].shape) + " of the values.");
  return std::vector<TensorInfo>{{inputs[0].dtype, inputs[0].shape}};
}

namespace {

template <class T>
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high) {
  Tensor result(x.dtype(), x.shape());
  for (std::int64_t i = 0; i < x.size(); ++i) {
    T value = x.data<T>()[i];
    const T lo = low.data<T>()[low.size() == 1 ? 0 : i], hi = high.data<T>()[high.size() == 1 ? 0 : i];
    if (value < lo) value = lo;
    if (value > hi) value = hi;
    result.mutableData<T>()[i] = value;
  }
  return result;
}

}  // namespace

Result<std::vector<Tensor>> clipByValueHost(const Node&, std::span<const Tensor> inputs) {
  const bool ints = inputs[0].dtype() == DType::kInt32;
  return std::vector<Tensor>{ints ? clip<std::int32_t>(inputs[0], inputs[1], inputs[2])
                                  : clip<float>(inputs[0], inputs[1], inputs[2])};
}

Status clipByValueLower(Lowering& lowering) {
  const Tensor* low = lowering.inputs[1].value;
  const Tensor* high = lowering.inputs[2].value;
  if (!low || !high || low->size() != 1 || high->size() != 1)
    return Status::unsupported("The clip bounds are not constant scalars.");
  return lowerElementwise(lowering, kClamp, {static_cast<float>(low->number(0)), static_cast<float>(high->number(0)), 0, 0},
                          1);
}

}  // namespace texflow
