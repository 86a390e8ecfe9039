#include "ops/array.h"

#include <algorithm>

namespace texflow {
namespace {

template <class T>
struct Mover {
  const Move& move;
  const T* from;
  T* to;
  T fill;

  // Most elements pass here.
  void runLast(const MoveDim& dim, std::int64_t offset, bool inside) {
    if (inside && dim.step == 1 && dim.stride == 1 && dim.begin >= 0 && dim.begin + dim.size <= dim.limit) {
      to = std::copy_n(from + offset + dim.begin, dim.size, to);
      return;
    }
    for (std::int64_t i = 0, c = dim.begin; i < dim.size; ++i, c += dim.step)
      *to++ = inside && c >= 0 && c < dim.limit ? from[offset + c * dim.stride] : fill;
  }

  void run(std::size_t d, std::int64_t offset, bool inside) {
    if (d == move.dims.size()) {
      *to++ = inside ? from[offset] : fill;
      return;
    }
    const MoveDim& dim = move.dims[d];
    const std::int64_t end = dim.limit - 1;
    if (d + 1 == move.dims.size() && dim.mirror == MoveDim::kNone) return runLast(dim, offset, inside);
    for (std::int64_t i = 0; i < dim.size; ++i) {
      std::int64_t c = i * dim.step + dim.begin;
      if (dim.mirror == MoveDim::kReflect) {
        if (c < 0) c = -c;
        if (c > end) c = 2 * end - c;
      } else if (dim.mirror == MoveDim::kSymmetric) {
        if (c < 0) c = -1 - c;
        if (c > end) c = 2 * end + 1 - c;
      }
      run(d + 1, offset + c * dim.stride, inside && c >= 0 && c <= end);
    }
  }
};

}  // namespace

Move copyMove(const Shape& shape) {
  Move move{shape, {}};
  const std::vector<std::int64_t> strides = rowMajorStrides(shape);
  for (std::size_t d = 0; d < shape.size(); ++d) move.dims.push_back({shape[d], shape[d], strides[d], 0, 1, MoveDim::kNone});
  return move;
}

Move reshapeMove(const Shape& from, Shape to) {
  const std::int64_t count = elementCount(from);
  const std::int64_t channels = from.empty() ? 1 : from.back();
  Move move{std::move(to), {}};
  if (channels > 0) move.dims.push_back({count / channels, count / channels, channels, 0, 1, MoveDim::kNone});
  move.dims.push_back({channels, channels, 1, 0, 1, MoveDim::kNone});
  return move;
}

Tensor applyMove(const Tensor& input, const Move& move, const Tensor* fill) {
  Tensor output(input.dtype(), move.shape);
  if (output.size() == 0) return output;
  withElementType(input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    Mover<T>{move, input.data<T>(), output.mutableData<T>(), fill ? *fill->data<T>() : zero}.run(0, 0, true);
  });
  return output;
}

Result<std::vector<Tensor>> applyMoveHost(const Result<Move>& move, const Tensor& input, const Tensor* fill) {
  if (!move.ok()) return move.status();
  return std::vector<Tensor>{applyMove(input, *move, fill)};
}

Result<std::vector<TensorInfo>> moveShape(const Result<Move>& move, std::span<const TensorInfo> inputs, std::size_t index) {
  if (!move.ok()) return move.status();
  return oneOutput(inputs[index].dtype, move->shape);
}

Status expectInputs(std::span<const TensorInfo> inputs, std::size_t count) {
  if (inputs.size() == count) return {};
  return Status::invalid("The op takes " + std::to_string(count) + " inputs but the node has " +
                         std::to_string(inputs.size()) + ".");
}

Result<std::vector<std::int64_t>> knownInts(const TensorInfo& input, const std::string& field) {
  if (input.dtype != DType::kInt32)
    return Status::invalid("The " + field + " must be int32, not " + std::string(dtypeName(input.dtype)) + ".");
  if (!input.value) return Status::dataDependent("The value of " + field + " is not known before the graph runs.");
  return input.value->toInts();
}

Result<std::int64_t> knownInt(const TensorInfo& input, const std::string& field) {
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> values, knownInts(input, field));
  if (values.size() != 1)
    return Status::invalid("The " + field + " must be a scalar, but its shape is " + shapeText(input.shape) + ".");
  return values[0];
}

Result<std::int64_t> checkedAxis(std::int64_t axis, std::size_t rank, const std::string& field) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n)
    return Status::invalid("The " + field + " " + std::to_string(axis) + " is outside a tensor of rank " +
                           std::to_string(n) + ".");
  return axis < 0 ? axis + n : axis;
}

Result<std::vector<TensorInfo>> oneOutput(DType dtype, Shape shape) {
  if (shape.size() > kMaxRank)
    return Status::unsupported("The output shape " + shapeText(shape) + " has more than " + std::to_string(kMaxRank) +
                               " dimensions.");
  TEXFLOW_TRY(checkedElementCount(shape).status());
  return std::vector<TensorInfo>{{dtype, std::move(shape), nullptr}};
}

std::vector<TensorInfo> infosOf(std::span<const Tensor> tensors) {
  std::vector<TensorInfo> infos;
  infos.reserve(tensors.size());
  for (const Tensor& tensor : tensors) infos.push_back({tensor.dtype(), tensor.shape(), &tensor});
  return infos;
}

}  // namespace texflow
