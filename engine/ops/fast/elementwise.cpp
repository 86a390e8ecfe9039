// Elementwise ops of one and two operands.
#include <algorithm>
#include <limits>
#include <string_view>

#include "ops/broadcast.h"
#include "ops/fast/fast_kernel.h"
#include "ops/fast/simd.h"

namespace texflow {
namespace {

// Short runs that one operand repeats (a number for each channel) are written out to runs of about this many elements.
constexpr std::int64_t kLongRun = 512;

/// Runs of `inner` elements of two operands that broadcast; the outer dimensions step by whole elements.
struct Runs {
  std::int64_t inner = 1, stepA = 1, stepB = 1;
  std::int64_t period = 0;  ///< Elements that one operand, a or b, repeats within a run; 0: none does.
  bool repeatsA = false;
  std::vector<std::int64_t> sizes, stridesA, stridesB;  ///< Outer dimensions, innermost first.
};

Runs runsOf(const Shape& shape, const Shape& a, const Shape& b) {
  const std::vector<std::int64_t> ofA = broadcastStrides(a, shape), ofB = broadcastStrides(b, shape);
  Runs runs;
  bool first = true;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1) continue;
    std::int64_t& lastSize = runs.sizes.empty() ? runs.inner : runs.sizes.back();
    std::int64_t& lastA = runs.sizes.empty() ? runs.stepA : runs.stridesA.back();
    std::int64_t& lastB = runs.sizes.empty() ? runs.stepB : runs.stridesB.back();
    if (first) {
      runs.inner = shape[d];
      runs.stepA = ofA[d];
      runs.stepB = ofB[d];
    } else if (ofA[d] == lastA * lastSize && ofB[d] == lastB * lastSize) {
      lastSize *= shape[d];
    } else {
      runs.sizes.push_back(shape[d]);
      runs.stridesA.push_back(ofA[d]);
      runs.stridesB.push_back(ofB[d]);
    }
    first = false;
  }
  const bool repeatsA = !runs.sizes.empty() && runs.stridesA[0] == 0,
             repeatsB = !runs.sizes.empty() && runs.stridesB[0] == 0;
  const std::int64_t whole = repeatsA ? runs.stridesB.at(0) : repeatsB ? runs.stridesA.at(0) : 0;
  if (repeatsA == repeatsB || runs.stepA != 1 || runs.stepB != 1 || whole != runs.inner || 2 * runs.inner > kLongRun)
    return runs;
  runs.period = runs.inner;
  runs.repeatsA = repeatsA;
  runs.inner *= runs.sizes[0];
  for (auto* list : {&runs.sizes, &runs.stridesA, &runs.stridesB}) list->erase(list->begin());
  return runs;
}

/// A run of which one operand repeats; `tile` has room for kLongRun elements.
void repeatingRun(FastBinary op, const Runs& runs, const float* a, const float* b, float* out, float* tile) {
  const float* period = runs.repeatsA ? a : b;
  const std::int64_t tiled = std::min(runs.inner, kLongRun / runs.period * runs.period);
  for (std::int64_t at = 0; at < tiled; at += runs.period) std::copy(period, period + runs.period, tile + at);
  for (std::int64_t at = 0; at < runs.inner; at += tiled) {
    const std::int64_t count = std::min(tiled, runs.inner - at);
    simd().binary(op, runs.repeatsA ? tile : a + at, 1, runs.repeatsA ? b + at : tile, 1, out + at, count);
  }
}

/// Calls visit(offset of a, offset of b) for every run.
template <class Visit>
void eachRun(const Runs& runs, std::size_t d, std::int64_t a, std::int64_t b, const Visit& visit) {
  if (d == 0) return visit(a, b);
  for (std::int64_t i = 0; i < runs.sizes[d - 1]; ++i)
    eachRun(runs, d - 1, a + i * runs.stridesA[d - 1], b + i * runs.stridesB[d - 1], visit);
}

FastKernel binaryKernel(FastBinary op, const Shape& shape, const Shape& a, const Shape& b) {
  FastKernel kernel;
  kernel.inPlace = (a == shape ? 1U : 0U) | (b == shape ? 2U : 0U);
  const Runs runs = runsOf(shape, a, b);
  if (runs.period > 0) kernel.scratchBytes = kLongRun * sizeof(float);
  kernel.run = [op, runs](const void* const* inputs, void* output, std::byte* scratch, std::int64_t) {
    const auto *fromA = static_cast<const float*>(inputs[0]), *fromB = static_cast<const float*>(inputs[1]);
    auto* out = static_cast<float*>(output);
    eachRun(runs, runs.sizes.size(), 0, 0, [&](std::int64_t atA, std::int64_t atB) {
      if (runs.period > 0) repeatingRun(op, runs, fromA + atA, fromB + atB, out, reinterpret_cast<float*>(scratch));
      else simd().binary(op, fromA + atA, runs.stepA, fromB + atB, runs.stepB, out, runs.inner);
      out += runs.inner;
    });
  };
  return kernel;
}

struct Unary {
  FastUnary op;
  float k0 = 0, k1 = 0;
};

std::optional<Unary> unaryOf(const FastNode& n) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static constexpr std::pair<std::string_view, Unary> kOps[] = {
      {"Abs", {FastUnary::kAbs}},
      {"Elu", {FastUnary::kElu}},
      {"Exp", {FastUnary::kExp}},
      {"Neg", {FastUnary::kNegate}},
      {"Relu", {FastUnary::kClamp, 0, kInfinity}},
      {"Relu6", {FastUnary::kClamp, 0, 6}},
      {"Rsqrt", {FastUnary::kRsqrt}},
      {"Sigmoid", {FastUnary::kSigmoid}},
      {"Sqrt", {FastUnary::kSqrt}},
      {"Square", {FastUnary::kSquare}},
      {"Tanh", {FastUnary::kTanh}},
  };
  if (n.node.op == "LeakyRelu") return Unary{FastUnary::kLeaky, static_cast<float>(n.node.attrs.number("alpha", 0.2)), 0};
  if (n.node.op == "ClipByValue") {
    const Tensor *low = n.inputs[1].value, *high = n.inputs[2].value;
    if (!low || !high || low->size() != 1 || high->size() != 1) return {};
    return Unary{FastUnary::kClamp, low->data<float>()[0], high->data<float>()[0]};
  }
  for (const auto& [name, unary] : kOps)
    if (name == n.node.op) return unary;
  return {};
}

}  // namespace

std::optional<FastKernel> fastUnary(const FastNode& n) {
  if (n.inputs[0].dtype != DType::kFloat32) return {};
  const std::optional<Unary> unary = unaryOf(n);
  if (!unary) return {};
  FastKernel kernel;
  kernel.inPlace = 1;
  kernel.run = [unary = *unary, count = elementCount(n.output.shape)](const void* const* inputs, void* output, std::byte*,
                                                                      std::int64_t) {
    simd().unary(unary.op, static_cast<const float*>(inputs[0]), static_cast<float*>(output), count, unary.k0, unary.k1);
  };
  return kernel;
}

std::optional<FastKernel> fastBinary(const FastNode& n) {
  static constexpr std::pair<std::string_view, FastBinary> kOps[] = {
      {"Add", FastBinary::kAdd},         {"AddV2", FastBinary::kAdd},
      {"BiasAdd", FastBinary::kAdd},     {"Div", FastBinary::kDivide},
      {"Maximum", FastBinary::kMaximum}, {"Minimum", FastBinary::kMinimum},
      {"Mul", FastBinary::kMultiply},    {"Prelu", FastBinary::kPrelu},
      {"RealDiv", FastBinary::kDivide},  {"SquaredDifference", FastBinary::kSquaredDifference},
      {"Sub", FastBinary::kSubtract},
  };
  if (n.inputs[0].dtype != DType::kFloat32 || elementCount(n.output.shape) == 0) return {};
  if (n.node.op == "BiasAdd" && n.node.attrs.get<std::string>("data_format", "NHWC") != "NHWC") return {};
  for (const auto& [name, op] : kOps)
    if (name == n.node.op) return binaryKernel(op, n.output.shape, n.inputs[0].shape, n.inputs[1].shape);
  return {};
}

std::optional<FastKernel> fastAddN(const FastNode& n) {
  if (n.inputs.size() < 2 || n.output.dtype != DType::kFloat32 || elementCount(n.output.shape) == 0) return {};
  FastKernel kernel;
  kernel.inPlace = 1;
  kernel.run = [operands = n.inputs.size(), count = elementCount(n.output.shape)](const void* const* inputs, void* output,
                                                                                  std::byte*, std::int64_t) {
    const void* sum = inputs[0];
    auto* out = static_cast<float*>(output);
    for (std::size_t i = 1; i < operands; ++i, sum = output)
      simd().binary(FastBinary::kAdd, static_cast<const float*>(sum), 1, static_cast<const float*>(inputs[i]), 1, out,
                    count);
  };
  return kernel;
}

}  // namespace texflow
