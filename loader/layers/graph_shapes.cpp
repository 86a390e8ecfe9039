// Nodes that change shapes, and shapes that may have unknown dimensions.
#include <algorithm>

#include "layers/graph_builder.h"

namespace texflow {
namespace {

/// Parts that a value may be unstacked into.
constexpr std::int64_t kMaxParts = 400000;

}  // namespace

std::int64_t Value::dim(int axis) const {
  const int at = normalAxis(axis, rank());
  return at < 0 ? -1 : shape[static_cast<std::size_t>(at)];
}

Dim Dim::times(std::int64_t factor, std::int64_t more) const {
  Dim result = *this;
  if (size >= 0) {
    result.size = size * factor + more;
  } else {
    result.scale *= factor;
    result.offset = offset * factor + more;
  }
  return result;
}

int normalAxis(std::int64_t axis, int rank) {
  if (axis < 0) axis += rank;
  return axis < 0 || axis >= rank ? -1 : static_cast<int>(axis);
}

bool broadcastShapes(const Shape& a, const Shape& b, Shape& out) {
  out.assign(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x >= 0 && y >= 0 && x != y && x != 1 && y != 1) return false;
    out[out.size() - 1 - i] = x == 1 ? y : y == 1 ? x : std::max(x, y);
  }
  return true;
}

Value GraphBuilder::transpose(const Value& x, const std::vector<std::int64_t>& order) {
  Shape shape;
  std::vector<bool> seen(x.shape.size());
  for (const std::int64_t axis : order) {
    const int at = axis < 0 ? -1 : normalAxis(axis, x.rank());
    if (at < 0 || seen[static_cast<std::size_t>(at)] || order.size() != x.shape.size()) {
      fail("The order " + shapeText(order) + " does not name every axis of a value of shape " + shapeText(x.shape) +
           " once.");
      return x;
    }
    seen[static_cast<std::size_t>(at)] = true;
    shape.push_back(x.dim(at));
  }
  if (std::is_sorted(order.begin(), order.end())) return x;
  return node("Transpose", {x, ints(order)}, x.dtype, std::move(shape));
}

Value GraphBuilder::concat(const std::vector<Value>& parts, int axis) {
  if (parts.empty()) {
    fail("There is nothing to concatenate.");
    return {};
  }
  if (parts.size() == 1) return parts[0];
  Shape shape = parts[0].shape;
  const int at = normalAxis(axis, parts[0].rank());
  if (at < 0) {
    fail("The axis " + std::to_string(axis) + " is not one of a value of shape " + shapeText(shape) + ".");
    return parts[0];
  }
  std::int64_t total = 0;
  for (const Value& part : parts) {
    bool fits = part.rank() == parts[0].rank();
    for (int i = 0; fits && i < part.rank(); ++i) {
      const auto index = static_cast<std::size_t>(i);
      if (i == at) continue;
      fits = part.shape[index] < 0 || shape[index] < 0 || part.shape[index] == shape[index];
      shape[index] = std::max(shape[index], part.shape[index]);
    }
    if (!fits) {
      fail("Values of shapes " + shapeText(parts[0].shape) + " and " + shapeText(part.shape) +
           " cannot be concatenated along axis " + std::to_string(at) + ".");
      return parts[0];
    }
    total = total < 0 || part.dim(at) < 0 ? -1 : total + part.dim(at);
  }
  shape[static_cast<std::size_t>(at)] = total;
  std::vector<Input> inputs(parts.begin(), parts.end());
  inputs.push_back(scalar(at, DType::kInt32));
  return node("ConcatV2", std::span<const Input>(inputs), parts[0].dtype, std::move(shape),
              {{"N", static_cast<std::int64_t>(parts.size())}});
}

Value GraphBuilder::stack(const std::vector<Value>& parts, int axis) {
  if (parts.empty()) {
    fail("There is nothing to stack.");
    return {};
  }
  Shape shape = parts[0].shape;
  const int at = normalAxis(axis, parts[0].rank() + 1);
  if (at < 0)
    fail("The axis " + std::to_string(axis) + " is out of range for stacking values of shape " + shapeText(shape) + ".");
  else shape.insert(shape.begin() + at, static_cast<std::int64_t>(parts.size()));
  const std::vector<Input> inputs(parts.begin(), parts.end());
  return node("Pack", std::span<const Input>(inputs), parts[0].dtype, std::move(shape),
              {{"N", static_cast<std::int64_t>(parts.size())}, {"axis", std::int64_t{at}}});
}

std::vector<Value> GraphBuilder::split(const Value& x, int parts, int axis) {
  const int at = normalAxis(axis, x.rank());
  Shape shape = x.shape;
  if (at < 0 || parts < 1 || x.dim(at) % parts != 0) {
    fail("A value of shape " + shapeText(x.shape) + " cannot be split into " + std::to_string(parts) + " parts.");
    return std::vector<Value>(static_cast<std::size_t>(std::max(parts, 1)), x);
  }
  if (shape[static_cast<std::size_t>(at)] > 0) shape[static_cast<std::size_t>(at)] /= parts;
  const Value made =
      node("Split", {scalar(at, DType::kInt32), x}, x.dtype, shape, {{"num_split", std::int64_t{parts}}, {"T", x.dtype}});
  std::vector<Value> outputs;
  for (int i = 0; i < parts; ++i) outputs.push_back(output(made, i, shape));
  return outputs;
}

std::vector<Value> GraphBuilder::unstack(const Value& x, int axis) {
  const int at = normalAxis(axis, x.rank());
  std::vector<Value> outputs;
  if (at < 0 || x.dim(at) < 1 || x.dim(at) > kMaxParts) {
    fail("A value of shape " + shapeText(x.shape) + " cannot be unstacked along axis " + std::to_string(axis) + ".");
    return outputs;
  }
  Shape shape = x.shape;
  shape.erase(shape.begin() + at);
  const Value made = node("Unpack", {x}, x.dtype, shape, {{"num", x.dim(at)}, {"axis", std::int64_t{at}}});
  for (std::int64_t i = 0; i < x.dim(at); ++i) outputs.push_back(output(made, static_cast<int>(i), shape));
  return outputs;
}

Value GraphBuilder::slice(const Value& x, int axis, std::int64_t begin, std::int64_t size) {
  const int at = normalAxis(axis, x.rank());
  if (at < 0 || begin < 0 || (x.dim(at) >= 0 && begin + std::max<std::int64_t>(size, 0) > x.dim(at))) {
    fail("The part from " + std::to_string(begin) + " of size " + std::to_string(size) + " is not inside a value of shape " +
         shapeText(x.shape) + ".");
    return x;
  }
  std::vector<std::int64_t> begins(x.shape.size(), 0), sizes(x.shape.size(), -1);
  begins[static_cast<std::size_t>(at)] = begin;
  sizes[static_cast<std::size_t>(at)] = size;
  Shape shape = x.shape;
  shape[static_cast<std::size_t>(at)] = size >= 0 ? size : x.dim(at) < 0 ? -1 : x.dim(at) - begin;
  return node("Slice", {x, ints(begins), ints(sizes)}, x.dtype, std::move(shape));
}

Value GraphBuilder::reverse(const Value& x, int axis) {
  return node("ReverseV2", {x, ints({normalAxis(axis, x.rank())})}, x.dtype, x.shape);
}

Value GraphBuilder::pad(const Value& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& amounts, double value) {
  Tensor paddings(DType::kInt32, {static_cast<std::int64_t>(amounts.size()), 2});
  Shape shape = x.shape;
  bool any = false;
  for (std::size_t i = 0; i < amounts.size() && i < shape.size(); ++i) {
    const auto [before, after] = amounts[i];
    if (before < 0 || after < 0 || before > kMaxElements || after > kMaxElements)
      fail("The padding [" + std::to_string(before) + ", " + std::to_string(after) + "] is out of range.");
    any = any || before > 0 || after > 0;
    paddings.mutableData<std::int32_t>()[2 * i] = static_cast<std::int32_t>(before);
    paddings.mutableData<std::int32_t>()[2 * i + 1] = static_cast<std::int32_t>(after);
    if (shape[i] >= 0) shape[i] += before + after;
  }
  if (amounts.size() != x.shape.size())
    fail("Padding for " + std::to_string(amounts.size()) + " axes was given to a value of shape " + shapeText(x.shape) +
         ".");
  if (!any) return x;
  const Value sizes = constant(std::move(paddings), "paddings");
  if (value == 0) return node("Pad", {x, sizes}, x.dtype, std::move(shape));
  return node("PadV2", {x, sizes, scalar(value, x.dtype)}, x.dtype, std::move(shape));
}

Value GraphBuilder::select(const Value& condition, const Value& yes, const Value& no) {
  Shape both, all;
  if (!broadcastShapes(yes.shape, no.shape, both) || !broadcastShapes(condition.shape, both, all))
    fail("Values of shapes " + shapeText(condition.shape) + ", " + shapeText(yes.shape) + " and " + shapeText(no.shape) +
         " do not broadcast.");
  return node("SelectV2", {condition, yes, no}, yes.dtype, std::move(all), {{"T", yes.dtype}});
}

Dim GraphBuilder::dim(const Value& x, int axis) {
  const int at = normalAxis(axis, x.rank());
  if (at < 0) {
    fail("A value of shape " + shapeText(x.shape) + " has no axis " + std::to_string(axis) + ".");
    return 1;
  }
  Dim result(x.dim(at));
  result.of = x;
  result.axis = at;
  return result;
}

std::vector<Dim> GraphBuilder::dims(const Value& x) {
  std::vector<Dim> result;
  for (int i = 0; i < x.rank(); ++i) result.push_back(dim(x, i));
  return result;
}

Value GraphBuilder::dimValue(const Dim& dim) {
  if (dim.size >= 0 || !dim.of) return scalar(static_cast<double>(dim.size), DType::kInt32);
  Value& shape = shapes_[dim.of.port];
  if (!shape) shape = node("Shape", {dim.of}, DType::kInt32, {dim.of.rank()}, {{"out_type", DType::kInt32}});
  Value size = node("StridedSlice", {shape, ints({dim.axis}), ints({dim.axis + 1}), ints({1})}, DType::kInt32, {},
                    {{"shrink_axis_mask", std::int64_t{1}},
                     {"begin_mask", std::int64_t{0}},
                     {"end_mask", std::int64_t{0}},
                     {"ellipsis_mask", std::int64_t{0}},
                     {"new_axis_mask", std::int64_t{0}}});
  if (dim.scale != 1) size = binary("Mul", size, static_cast<double>(dim.scale));
  if (dim.offset != 0) size = binary("AddV2", size, static_cast<double>(dim.offset));
  return size;
}

Value GraphBuilder::shapeVector(const std::vector<Dim>& shape) {
  std::vector<std::int64_t> known;
  for (const Dim& dim : shape)
    if (dim.size >= 0) known.push_back(dim.size);
  if (known.size() == shape.size()) return ints(known);
  std::vector<Value> parts;
  for (const Dim& dim : shape) parts.push_back(dimValue(dim));
  return stack(parts, 0);
}

Value GraphBuilder::reshape(const Value& x, const std::vector<Dim>& shape) {
  Shape target;
  std::int64_t unknown = 0, product = 1, elements = 1;
  for (const Dim& dim : shape) {
    target.push_back(dim.size);
    if (dim.size < 0) ++unknown;
    else product *= std::clamp<std::int64_t>(dim.size, 0, kMaxElements);
    if (product > kMaxElements) fail("A shape has more than 2^30 elements.");
  }
  for (const std::int64_t size : x.shape)
    elements = elements < 0 || size < 0 || elements > kMaxElements ? -1 : elements * size;
  if (elements >= 0 && unknown == 1 && product > 0)
    for (std::int64_t& size : target)
      if (size < 0) size = elements / product;
  if (elements >= 0 && unknown <= 1 && elementCount(target) != elements)
    fail("A value of shape " + shapeText(x.shape) + " cannot be reshaped to " + shapeText(target) + ".");
  if (target == x.shape && unknown <= 1) return x;
  // One unknown size follows from the others; with more they are computed while the graph runs.
  const Value to = unknown <= 1 ? ints(target) : shapeVector(shape);
  return node("Reshape", {x, to}, x.dtype, std::move(target));
}

Value GraphBuilder::expandDims(const Value& x, int axis) {
  const int at = normalAxis(axis, x.rank() + 1);
  Shape shape = x.shape;
  if (at < 0) fail("The axis " + std::to_string(axis) + " is out of range for a value of shape " + shapeText(x.shape) + ".");
  else shape.insert(shape.begin() + at, 1);
  return node("ExpandDims", {x, scalar(at, DType::kInt32)}, x.dtype, std::move(shape));
}

Value GraphBuilder::squeeze(const Value& x, int axis) {
  const int at = normalAxis(axis, x.rank());
  Shape shape = x.shape;
  if (at < 0 || x.dim(at) > 1)
    fail("The axis " + std::to_string(axis) + " of a value of shape " + shapeText(x.shape) + " is not of size 1.");
  else shape.erase(shape.begin() + at);
  return node("Squeeze", {x}, x.dtype, std::move(shape), {{"squeeze_dims", std::vector<std::int64_t>{at}}});
}

Value GraphBuilder::fill(const std::vector<Dim>& shape, double value) {
  Shape sizes;
  for (const Dim& dim : shape) sizes.push_back(dim.size);
  return node("Fill", {shapeVector(shape), scalar(value)}, DType::kFloat32, std::move(sizes), {{"T", DType::kFloat32}});
}

}  // namespace texflow
