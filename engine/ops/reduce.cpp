#include "ops/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/array.h"
#include "ops/operands.h"
#include "plan/lowering.h"

namespace texflow {

Result<ReducedAxes> reducedAxes(const Shape& shape, const Tensor& axes, bool keepDims) {
  ReducedAxes result;
  result.reduced.assign(shape.size(), false);
  result.kept = shape;
  for (std::int64_t axis : axes.toInts()) {
    TEXFLOW_ASSIGN(const std::int64_t at, axisInRange(axis, shape.size()));
    const auto i = static_cast<std::size_t>(at);
    if (result.reduced[i]) return Status::invalid("The axis " + std::to_string(axis) + " is given twice.");
    result.reduced[i] = true;
    result.kept[i] = 1;
    result.count *= shape[i];
  }
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (!result.reduced[i] || keepDims) result.shape.push_back(result.kept[i]);
  return result;
}

namespace {

bool keepDims(const Node& node) { return node.attrs.get<bool>("keep_dims", false); }

Result<std::vector<TensorInfo>> shapeOfReduction(const Node& node, std::span<const TensorInfo> inputs,
                                                 std::initializer_list<DType> dtypes) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", dtypes));
  TEXFLOW_TRY(intsOperand(inputs, 1, "reduction_indices").status());
  TEXFLOW_TRY(expectOperandRank(inputs[1], "reduction_indices", 0, 1));
  TEXFLOW_ASSIGN(ReducedAxes axes, reducedAxes(inputs[0].shape, *inputs[1].value, keepDims(node)));
  return std::vector<TensorInfo>{{inputs[0].dtype, axes.shape}};
}

// Calls visit(input element, output element) for every element of the operand in row-major order.
template <class Visit>
void forEachReduced(const Shape& shape, const ReducedAxes& axes, Visit visit) {
  const std::int64_t count = elementCount(shape);
  if (count == 0) return;
  std::vector<std::int64_t> strides = rowMajorStrides(axes.kept);
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (axes.reduced[i]) strides[i] = 0;
  std::int64_t to = 0;
  for (std::int64_t from = 0; from < count; ++from) {
    visit(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    for (std::size_t i = shape.size(); i-- > 0;) {
      to += strides[i];
      if (++index[i] < shape[i]) break;
      to -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
}

// Folds elements of type T into accumulators of type A, then `finish`es each.
template <class T, class A, class Fold, class Finish>
Result<std::vector<Tensor>> reduce(const Node& node, std::span<const Tensor> inputs, A initial, Fold fold, Finish finish) {
  TEXFLOW_ASSIGN(const ReducedAxes axes, reducedAxes(inputs[0].shape(), inputs[1], keepDims(node)));
  Tensor output(inputs[0].dtype(), axes.shape);
  std::vector<A> sums(static_cast<std::size_t>(output.size()), initial);
  const T* from = inputs[0].data<T>();
  forEachReduced(inputs[0].shape(), axes, [&](std::size_t i, std::size_t o) { sums[o] = fold(sums[o], from[i]); });
  T* to = output.mutableData<T>();
  for (std::size_t o = 0; o < sums.size(); ++o) to[o] = finish(sums[o], axes.count);
  return std::vector<Tensor>{output};
}

using Complex = std::complex<float>;
using ComplexSum = std::complex<double>;

constexpr auto narrow = [](double sum, std::int64_t) { return static_cast<float>(sum); };
// int32 arithmetic wraps, so integers are folded as uint32.
constexpr auto narrowInt = [](std::uint32_t sum, std::int64_t) { return static_cast<std::int32_t>(sum); };
constexpr auto narrowComplex = [](ComplexSum sum, std::int64_t) { return Complex(sum); };
constexpr auto same = [](auto value, std::int64_t) { return value; };

template <class T, bool kMax>
Result<std::vector<Tensor>> reduceExtreme(const Node& node, std::span<const Tensor> inputs) {
  using Limits = std::numeric_limits<T>;
  T initial = kMax ? Limits::lowest() : Limits::max();
  if (Limits::has_infinity) initial = kMax ? -Limits::infinity() : Limits::infinity();
  // x != x: a NaN, once met, stays.
  const auto fold = [](T best, T x) { return (kMax ? x > best : x < best) || x != x ? x : best; };
  return reduce<T, T>(node, inputs, initial, fold, same);
}

enum class Kind { kSum, kMax, kMin, kProd };

// Output pixel n reads `count` input pixels from n * count: whole lines, or a part of one.
Status drawPixels(Lowering& l, const std::vector<std::pair<std::string, std::string>>& defines, const GpuTensor& from,
                  const GpuTensor& to, std::int64_t count, float scale) {
  if (count > kMaxLoop / l.stripes()) return Status::unsupported("A loop over so many pixels is cut short by some drivers.");
  const auto width = static_cast<float>(from.layout.width), pixels = static_cast<float>(count);
  const float params[8] = {std::max(1.0f, pixels / width), std::min(width, pixels), scale,
                           static_cast<float>(to.layout.width), pixels};
  l.draw({"reduce_pixels", defines}, to, {from}, params);
  return {};
}

// Any other axes: brought behind the kept ones, where they are the channels of a tensor.
Status drawTransposed(Lowering& l, const std::vector<std::pair<std::string, std::string>>& defines, const ReducedAxes& axes,
                      float scale) {
  const Shape& shape = l.inputs[0].shape;
  const std::vector<std::int64_t> strides = rowMajorStrides(shape);
  Move move;
  std::int64_t kept = 1, last = 1;
  for (const bool reduced : {false, true})
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (axes.reduced[d] != reduced) continue;
      move.dims.push_back({shape[d], shape[d], strides[d], 0, 1, MoveDim::kNone});
      if (reduced) continue;
      kept *= shape[d];
      last = shape[d];
    }
  if (kept > (1 << 22) || axes.count > kMaxLoop) return Status::unsupported("So many elements are reduced on the host.");
  move.shape = {kept / last, last, axes.count};
  TEXFLOW_ASSIGN(const GpuTensor from, l.input(0));
  TEXFLOW_ASSIGN(const GpuTensor moved, l.temporary(move.shape));
  TEXFLOW_TRY(drawMove(l, from, shape, moved, move));
  TEXFLOW_ASSIGN(const GpuTensor out, l.output(0));
  const float params[4] = {scale, static_cast<float>(out.layout.width), static_cast<float>(out.layout.channels), 0};
  l.draw({"reduce_channels", defines}, out, {moved}, params);
  return {};
}

Status lowerReduction(Lowering& l, Kind kind, bool mean) {
  if (!l.inputs[1].value) return Status::unsupported("The axes are not known before the graph runs.");
  const Shape& shape = l.inputs[0].shape;
  TEXFLOW_ASSIGN(const ReducedAxes axes, reducedAxes(shape, *l.inputs[1].value, false));
  const std::size_t rank = shape.size();
  // Integers pass through float sums exactly only up to 2^24; leave them to the host.
  if (rank == 0 || elementCount(shape) == 0 || elementCount(shape) / shape[rank - 1] > (1 << 22) ||
      (l.inputs[0].dtype != DType::kFloat32 && l.inputs[0].dtype != DType::kBool))
    return Status::unsupported("Only float tensors with elements are reduced on the GPU.");
  // A minimum is the maximum at scale -1, by the same program.
  static constexpr const char* kNames[] = {"0", "1", "1", "3"};
  const std::vector<std::pair<std::string, std::string>> defines = {{"REDUCE", kNames[static_cast<int>(kind)]}};
  const float unit = kind == Kind::kMin ? -1.0f : 1.0f;
  const float scale = mean ? 1.0f / static_cast<float>(axes.count) : unit;
  const bool channels = axes.reduced[rank - 1];
  // The dimensions that are reduced besides the channels must be one run that ends at W: then they are consecutive pixels.
  std::size_t first = rank - 1;
  while (first > 0 && (axes.reduced[first - 1] || shape[first - 1] == 1)) --first;
  for (std::size_t i = 0; i < first; ++i)
    if (axes.reduced[i] && shape[i] != 1) return drawTransposed(l, defines, axes, scale);
  bool pixels = false;
  std::int64_t pixelCount = 1, outer = 1;
  for (std::size_t i = 0; i < first; ++i) outer *= shape[i];
  for (std::size_t i = first; i + 1 < rank; ++i) {
    pixels = pixels || shape[i] > 1;
    pixelCount *= shape[i];
  }
  TEXFLOW_ASSIGN(GpuTensor from, l.input(0));
  TEXFLOW_ASSIGN(const GpuTensor out, l.output(0));
  if (pixels || !channels) {
    GpuTensor to = out;
    if (channels) {
      TEXFLOW_ASSIGN(to, l.temporary({outer, 1, shape[rank - 1]}));
    }
    // Lines first, then the sums of lines: short loops, and a sum of sums loses less than one long sum.
    if (pixelCount > from.layout.width && from.layout.width > 1) {
      const std::int64_t width = from.layout.width;
      TEXFLOW_ASSIGN(const GpuTensor lines, l.temporary({outer * (pixelCount / width), 1, shape[rank - 1]}));
      TEXFLOW_TRY(drawPixels(l, defines, from, lines, width, unit));
      from = lines;
      pixelCount /= width;
    }
    TEXFLOW_TRY(drawPixels(l, defines, from, to, pixelCount, channels ? unit : scale));
    from = to;
  }
  if (channels) {
    const float params[4] = {scale, static_cast<float>(out.layout.width), static_cast<float>(out.layout.channels), 0};
    l.draw({"reduce_channels", defines}, out, {from}, params);
  }
  return {};
}

}  // namespace

#define SHAPE(name, ...)                                                                              \
  Result<std::vector<TensorInfo>> shape##name(const Node& node, std::span<const TensorInfo> inputs) { \
    return shapeOfReduction(node, inputs, {__VA_ARGS__});                                             \
  }
SHAPE(NumericReduction, DType::kFloat32, DType::kInt32, DType::kComplex64)
SHAPE(OrderedReduction, DType::kFloat32, DType::kInt32)
SHAPE(LogicalReduction, DType::kBool)
#undef SHAPE

Result<std::vector<Tensor>> hostSum(const Node& node, std::span<const Tensor> inputs) {
  const auto add = [](auto a, auto x) { return a + static_cast<decltype(a)>(x); };
  switch (inputs[0].dtype()) {
    case DType::kInt32: return reduce<std::int32_t>(node, inputs, std::uint32_t{0}, add, narrowInt);
    case DType::kComplex64: return reduce<Complex>(node, inputs, ComplexSum{0}, add, narrowComplex);
    default: return reduce<float>(node, inputs, 0.0, add, narrow);
  }
}

Result<std::vector<Tensor>> hostMean(const Node& node, std::span<const Tensor> inputs) {
  const auto add = [](auto a, auto x) { return a + static_cast<decltype(a)>(x); };
  switch (inputs[0].dtype()) {
    case DType::kInt32:
      return reduce<std::int32_t>(node, inputs, std::uint32_t{0}, add, [](std::uint32_t sum, std::int64_t count) {
        return count ? static_cast<std::int32_t>(static_cast<std::int32_t>(sum) / count) : 0;
      });
    case DType::kComplex64:
      return reduce<Complex>(node, inputs, ComplexSum{0}, add,
                             [](ComplexSum sum, std::int64_t count) { return Complex(sum / static_cast<double>(count)); });
    default:
      return reduce<float>(node, inputs, 0.0, add, [](double sum, std::int64_t count) {
        return count ? static_cast<float>(sum / static_cast<double>(count)) : std::numeric_limits<float>::quiet_NaN();
      });
  }
}

Result<std::vector<Tensor>> hostProd(const Node& node, std::span<const Tensor> inputs) {
  const auto multiply = [](auto a, auto x) { return a * static_cast<decltype(a)>(x); };
  switch (inputs[0].dtype()) {
    case DType::kInt32: return reduce<std::int32_t>(node, inputs, std::uint32_t{1}, multiply, narrowInt);
    case DType::kComplex64: return reduce<Complex>(node, inputs, ComplexSum{1}, multiply, narrowComplex);
    default: return reduce<float>(node, inputs, 1.0, multiply, narrow);
  }
}

Result<std::vector<Tensor>> hostEuclideanNorm(const Node& node, std::span<const Tensor> inputs) {
  const auto addSquare = [](double a, auto x) { return a + static_cast<double>(std::norm(std::complex<double>(x))); };
  switch (inputs[0].dtype()) {
    case DType::kInt32:
      return reduce<std::int32_t>(
          node, inputs, 0.0, [](double a, std::int32_t x) { return a + static_cast<double>(x) * x; },
          [](double sum, std::int64_t) { return static_cast<std::int32_t>(std::min(std::sqrt(sum), 2147483647.0)); });
    case DType::kComplex64:
      return reduce<Complex>(node, inputs, 0.0, addSquare,
                             [](double sum, std::int64_t) { return Complex(static_cast<float>(std::sqrt(sum))); });
    default:
      return reduce<float>(
          node, inputs, 0.0, [](double a, float x) { return a + static_cast<double>(x) * static_cast<double>(x); },
          [](double sum, std::int64_t) { return static_cast<float>(std::sqrt(sum)); });
  }
}

Result<std::vector<Tensor>> hostMax(const Node& node, std::span<const Tensor> inputs) {
  return inputs[0].dtype() == DType::kInt32 ? reduceExtreme<std::int32_t, true>(node, inputs)
                                            : reduceExtreme<float, true>(node, inputs);
}

Result<std::vector<Tensor>> hostMin(const Node& node, std::span<const Tensor> inputs) {
  return inputs[0].dtype() == DType::kInt32 ? reduceExtreme<std::int32_t, false>(node, inputs)
                                            : reduceExtreme<float, false>(node, inputs);
}

Result<std::vector<Tensor>> hostAll(const Node& node, std::span<const Tensor> inputs) {
  return reduce<std::uint8_t>(
      node, inputs, std::uint8_t{1}, [](std::uint8_t a, std::uint8_t x) { return static_cast<std::uint8_t>(a && x); }, same);
}

Result<std::vector<Tensor>> hostAny(const Node& node, std::span<const Tensor> inputs) {
  return reduce<std::uint8_t>(
      node, inputs, std::uint8_t{0}, [](std::uint8_t a, std::uint8_t x) { return static_cast<std::uint8_t>(a || x); }, same);
}

Status lowerSum(Lowering& l) { return lowerReduction(l, Kind::kSum, false); }
Status lowerMean(Lowering& l) { return lowerReduction(l, Kind::kSum, true); }
Status lowerMax(Lowering& l) { return lowerReduction(l, Kind::kMax, false); }
Status lowerMin(Lowering& l) { return lowerReduction(l, Kind::kMin, false); }
Status lowerProd(Lowering& l) { return lowerReduction(l, Kind::kProd, false); }

}  // namespace texflow
