// ArgMax, ArgMin, Cumsum, Cumprod: ops along one axis.
#include "ops/operands.h"
#include "ops/reduce.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

// A shape seen as [outer, axis, inner].
struct AxisView {
  std::int64_t outer = 1, size = 1, inner = 1;
};

AxisView viewOf(const Shape& shape, std::int64_t axis) {
  AxisView view;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::int64_t& part = static_cast<std::int64_t>(i) < axis   ? view.outer
                         : static_cast<std::int64_t>(i) > axis ? view.inner
                                                               : view.size;
    part *= shape[i];
  }
  return view;
}

std::int64_t axisOf(const Tensor& axis, std::size_t rank) {
  const std::int64_t value = axis.toInts()[0];
  return value < 0 ? value + static_cast<std::int64_t>(rank) : value;
}

template <class T, bool kMax>
void argExtreme(const T* from, const AxisView& view, std::int32_t* to) {
  for (std::int64_t o = 0; o < view.outer; ++o)
    for (std::int64_t i = 0; i < view.inner; ++i) {
      const T* line = from + o * view.size * view.inner + i;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < view.size; ++k) {
        const T x = line[k * view.inner], y = line[best * view.inner];
        // A NaN is never chosen over a number.
        if ((kMax ? x > y : x < y) || (y != y && x == x)) best = k;
      }
      *to++ = static_cast<std::int32_t>(best);
    }
}

template <bool kMax>
Result<std::vector<Tensor>> hostArg(std::span<const Tensor> inputs) {
  const Shape& shape = inputs[0].shape();
  const std::int64_t axis = axisOf(inputs[1], shape.size());
  Shape outShape = shape;
  outShape.erase(outShape.begin() + axis);
  Tensor output(DType::kInt32, outShape);
  std::int32_t* to = output.mutableData<std::int32_t>();
  const AxisView view = viewOf(shape, axis);
  switch (inputs[0].dtype()) {
    case DType::kInt32: argExtreme<std::int32_t, kMax>(inputs[0].data<std::int32_t>(), view, to); break;
    case DType::kBool: argExtreme<std::uint8_t, kMax>(inputs[0].data<std::uint8_t>(), view, to); break;
    default: argExtreme<float, kMax>(inputs[0].data<float>(), view, to);
  }
  return std::vector<Tensor>{output};
}

/// `scale`: 1 for the maximum, -1 for the minimum.
Status lowerArg(Lowering& l, float scale) {
  if (!l.inputs[1].value) return Status::unsupported("The axis is not known before the graph runs.");
  const Shape& shape = l.inputs[0].shape;
  const std::int64_t axis = axisOf(*l.inputs[1].value, shape.size());
  const auto rank = static_cast<std::int64_t>(shape.size());
  const AxisView view = viewOf(shape, axis);
  // A plain comparison of floats; integers may be beyond 2^24, indices are not.
  if (l.inputs[0].dtype != DType::kFloat32 || axis < rank - 2 || elementCount(shape) == 0 ||
      view.size > kMaxLoop / l.stripes() || elementCount(shape) / shape.back() > (1 << 22))
    return Status::unsupported("This axis is searched on the host.");
  TEXFLOW_ASSIGN(const GpuTensor from, l.input(0));
  TEXFLOW_ASSIGN(const GpuTensor to, l.output(0));
  const auto width = static_cast<float>(to.layout.width);
  if (axis == rank - 1) {
    const float params[4] = {scale, width, static_cast<float>(to.layout.channels), 0};
    l.draw({"reduce_channels", {{"REDUCE", "4"}}}, to, {from}, params);
  } else {
    const auto size = static_cast<float>(view.size);
    const float params[8] = {1, size, scale, width, size, 0, 0, 0};
    l.draw({"reduce_pixels", {{"REDUCE", "4"}}}, to, {from}, params);
  }
  return {};
}

// T is uint32 for integers, which wrap; floats accumulate in double.
template <class T, class A, class Fold>
Tensor cumulate(const Node& node, std::span<const Tensor> inputs, A initial, Fold fold) {
  const Shape& shape = inputs[0].shape();
  const AxisView view = viewOf(shape, axisOf(inputs[1], shape.size()));
  const bool exclusive = node.attrs.get<bool>("exclusive", false), reverse = node.attrs.get<bool>("reverse", false);
  Tensor output(inputs[0].dtype(), shape);
  const T* from = inputs[0].data<T>();
  T* to = output.mutableData<T>();
  for (std::int64_t o = 0; o < view.outer; ++o)
    for (std::int64_t i = 0; i < view.inner; ++i) {
      A sum = initial;
      for (std::int64_t k = 0; k < view.size; ++k) {
        const std::int64_t at = (o * view.size + (reverse ? view.size - 1 - k : k)) * view.inner + i;
        if (exclusive) to[at] = static_cast<T>(sum);
        sum = fold(sum, static_cast<A>(from[at]));
        if (!exclusive) to[at] = static_cast<T>(sum);
      }
    }
  return output;
}

template <class Fold>
Result<std::vector<Tensor>> hostCumulative(const Node& node, std::span<const Tensor> inputs, int initial, Fold fold) {
  switch (inputs[0].dtype()) {
    case DType::kInt32:
      return std::vector<Tensor>{cumulate<std::int32_t>(node, inputs, static_cast<std::uint32_t>(initial), fold)};
    case DType::kComplex64:
      return std::vector<Tensor>{
          cumulate<std::complex<float>>(node, inputs, std::complex<double>(static_cast<double>(initial)), fold)};
    default: return std::vector<Tensor>{cumulate<float>(node, inputs, static_cast<double>(initial), fold)};
  }
}

}  // namespace

Result<std::vector<TensorInfo>> shapeArg(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32, DType::kInt32, DType::kBool}));
  TEXFLOW_ASSIGN(const std::int64_t dimension, intOperand(inputs, 1, "dimension"));
  TEXFLOW_ASSIGN(const std::int64_t axis, axisInRange(dimension, inputs[0].shape.size()));
  Shape shape = inputs[0].shape;
  if (shape[static_cast<std::size_t>(axis)] == 0)
    return Status::invalid("The axis " + std::to_string(dimension) + " of the shape " + shapeText(shape) + " is empty.");
  shape.erase(shape.begin() + axis);
  return std::vector<TensorInfo>{{DType::kInt32, shape}};
}

Result<std::vector<TensorInfo>> shapeCumulative(const Node&, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 2));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kFloat32, DType::kInt32, DType::kComplex64}));
  TEXFLOW_ASSIGN(const std::int64_t axis, intOperand(inputs, 1, "axis"));
  TEXFLOW_TRY(axisInRange(axis, inputs[0].shape.size()).status());
  return std::vector<TensorInfo>{{inputs[0].dtype, inputs[0].shape}};
}

Result<std::vector<Tensor>> hostArgMax(const Node&, std::span<const Tensor> inputs) { return hostArg<true>(inputs); }
Result<std::vector<Tensor>> hostArgMin(const Node&, std::span<const Tensor> inputs) { return hostArg<false>(inputs); }
Status lowerArgMax(Lowering& l) { return lowerArg(l, 1); }
Status lowerArgMin(Lowering& l) { return lowerArg(l, -1); }

Result<std::vector<Tensor>> hostCumsum(const Node& node, std::span<const Tensor> inputs) {
  return hostCumulative(node, inputs, 0, [](auto a, auto b) { return a + b; });
}
Result<std::vector<Tensor>> hostCumprod(const Node& node, std::span<const Tensor> inputs) {
  return hostCumulative(node, inputs, 1, [](auto a, auto b) { return a * b; });
}

}  // namespace texflow
