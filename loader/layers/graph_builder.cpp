#include "layers/graph_builder.h"

#include <algorithm>

namespace texflow {
namespace {

/// Nodes that a model may have; unrolled loops could ask for any number.
constexpr std::size_t kMaxNodes = 400000;

bool isComparison(std::string_view op) {
  for (const std::string_view name :
       {"Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalOr"})
    if (op == name) return true;
  return false;
}

Attr valueOf(const NamedAttr& attr) {
  switch (attr.kind) {
    case NamedAttr::kInteger: return attr.integer;
    case NamedAttr::kReal: return attr.real;
    case NamedAttr::kFlag: return attr.flag;
    case NamedAttr::kText: return std::string(attr.text);
    case NamedAttr::kDType: return attr.dtype;
    case NamedAttr::kList: break;
  }
  return *attr.list;
}

}  // namespace

void GraphBuilder::fail(std::string message) {
  if (!status_.ok()) return;
  // Messages of the walk over the model name the layer themselves.
  const bool named = scope_.empty() || message.starts_with("The layer '") || message.starts_with("The model");
  status_ = Status::invalid(named ? std::move(message) : "The layer '" + scope_ + "': " + message);
}

std::string GraphBuilder::uniqueName(std::string name) {
  std::replace(name.begin(), name.end(), ':', '_');
  if (!name.empty() && name[0] == '^') name[0] = '_';
  if (names_.insert(name).second) return name;
  for (int& suffix = nextSuffix_[name];;) {
    std::string next = name + "_" + std::to_string(++suffix);
    if (names_.insert(next).second) return next;
  }
}

Value GraphBuilder::node(std::string_view op, Inputs inputs, DType dtype, Shape shape, AttrList attrs,
                         std::string_view name) {
  return node(op, std::span<const Input>(inputs.begin(), inputs.size()), dtype, std::move(shape), attrs, name);
}

Value GraphBuilder::node(std::string_view op, std::span<const Input> inputs, DType dtype, Shape shape, AttrList attrs,
                         std::string_view name) {
  if (graph.nodes.size() >= kMaxNodes) fail("The model needs more than " + std::to_string(kMaxNodes) + " nodes.");
  if (shape.size() > static_cast<std::size_t>(kMaxRank))
    fail("A value has " + std::to_string(shape.size()) + " dimensions; at most 8 are supported.");
  if (!status_.ok()) return {{-1, 0}, dtype, std::move(shape)};
  Node made;
  made.op = op;
  if (name.empty()) name = op;
  made.name = uniqueName(scope_.empty() ? std::string(name) : scope_ + "/" + std::string(name));
  for (const Input& input : inputs) made.inputs.push_back(input.port);
  if (!inputs.empty()) made.attrs.set("T", inputs[0].dtype);
  for (const NamedAttr& attr : attrs) made.attrs.set(attr.name, valueOf(attr));
  graph.nodes.push_back(std::move(made));
  return {{static_cast<int>(graph.nodes.size()) - 1, 0}, dtype, std::move(shape)};
}

Value GraphBuilder::output(const Value& value, int slot, Shape shape) {
  return {{value.port.node, slot}, value.dtype, std::move(shape)};
}

Value GraphBuilder::placeholder(const std::string& name, DType dtype, Shape shape) {
  const std::string scope = std::exchange(scope_, {});
  Value value = node("Placeholder", {}, dtype, shape, {{"dtype", dtype}, {"shape", shape}}, name);
  scope_ = scope;
  return value;
}

Value GraphBuilder::pending(const std::string& name, DType dtype, Shape shape) {
  const std::string scope = std::exchange(scope_, {});
  Value value = node("Const", {}, dtype, std::move(shape), {{"dtype", dtype}}, name);
  scope_ = scope;
  return value;
}

Value GraphBuilder::constant(Tensor tensor, std::string_view name) {
  Value value = node("Const", {}, tensor.dtype(), tensor.shape(), {{"dtype", tensor.dtype()}}, name);
  if (value) graph.nodes[static_cast<std::size_t>(value.port.node)].value = std::move(tensor);
  return value;
}

Value GraphBuilder::scalar(double value, DType dtype) {
  const auto found = scalars_.find({dtype, value});
  if (found != scalars_.end()) return found->second;
  Tensor tensor(dtype, Shape{});
  if (dtype == DType::kFloat32) tensor.mutableData<float>()[0] = static_cast<float>(value);
  else if (dtype == DType::kInt32) tensor.mutableData<std::int32_t>()[0] = static_cast<std::int32_t>(value);
  else if (dtype == DType::kBool) tensor.mutableData<std::uint8_t>()[0] = value != 0;
  else fail("A number stands where a " + std::string(dtypeName(dtype)) + " is needed.");
  const Value made = constant(std::move(tensor));
  if (made && value == value) scalars_.emplace(std::pair(dtype, value), made);
  return made;
}

Value GraphBuilder::ints(const std::vector<std::int64_t>& values) {
  const auto found = lists_.find(values);
  if (found != lists_.end()) return found->second;
  const Value made = constant(Tensor::ints(values), "ints");
  if (made) lists_.emplace(values, made);
  return made;
}

Value GraphBuilder::unary(std::string_view op, const Value& x, AttrList attrs) {
  return node(op, {x}, op == "LogicalNot" ? DType::kBool : x.dtype, x.shape, attrs);
}

Value GraphBuilder::binary(std::string_view op, const Value& a, const Value& b) {
  Value left = a, right = b;
  if (left.dtype != right.dtype) {
    if (left.dtype == DType::kFloat32) right = cast(right, DType::kFloat32);
    else if (right.dtype == DType::kFloat32) left = cast(left, DType::kFloat32);
    else right = cast(right, left.dtype);
  }
  Shape shape;
  if (!broadcastShapes(a.shape, b.shape, shape))
    fail("Values of shapes " + shapeText(a.shape) + " and " + shapeText(b.shape) + " do not broadcast.");
  const DType dtype = isComparison(op) ? DType::kBool : left.dtype;
  return node(op, {left, right}, dtype, std::move(shape));
}

Value GraphBuilder::cast(const Value& x, DType dtype) {
  if (x.dtype == dtype) return x;
  return node("Cast", {x}, dtype, x.shape, {{"SrcT", x.dtype}, {"DstT", dtype}});
}

Value GraphBuilder::matmul(const Value& a, const Value& b, bool transposeB) {
  const std::int64_t inner = transposeB ? b.dim(-1) : b.dim(-2), n = transposeB ? b.dim(-2) : b.dim(-1);
  if (a.rank() < 2 || b.rank() < 2 || (a.dim(-1) >= 0 && inner >= 0 && a.dim(-1) != inner)) {
    fail("Values of shapes " + shapeText(a.shape) + " and " + shapeText(b.shape) + " cannot be multiplied" +
         (transposeB ? ", the second transposed." : "."));
    return a;
  }
  if (a.rank() == 2 && b.rank() == 2)
    return node("MatMul", {a, b}, a.dtype, {a.dim(0), n}, {{"transpose_a", false}, {"transpose_b", transposeB}});
  Shape batch;
  if (!broadcastShapes({a.shape.begin(), a.shape.end() - 2}, {b.shape.begin(), b.shape.end() - 2}, batch))
    fail("The stacks of matrices " + shapeText(a.shape) + " and " + shapeText(b.shape) + " do not broadcast.");
  batch.push_back(a.dim(-2));
  batch.push_back(n);
  return node("BatchMatMulV2", {a, b}, a.dtype, std::move(batch), {{"adj_x", false}, {"adj_y", transposeB}});
}

Value GraphBuilder::reduce(std::string_view op, const Value& x, std::vector<std::int64_t> axes, bool keepDims) {
  Shape shape;
  for (std::int64_t& axis : axes) {
    const int at = normalAxis(axis, x.rank());
    if (at < 0) fail("The axis " + std::to_string(axis) + " is not one of a value of shape " + shapeText(x.shape) + ".");
    axis = at;
  }
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) shape.push_back(x.dim(i));
    else if (keepDims) shape.push_back(1);
  }
  return node(op, {x, ints(axes)}, x.dtype, std::move(shape), {{"keep_dims", keepDims}});
}

}  // namespace texflow
