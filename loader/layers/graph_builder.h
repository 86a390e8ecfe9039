// Builds a graph node by node with symbolic shapes: what the Keras layers are lowered with.
#pragma once
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

/// A value of the graph under construction and what is known of it. The rank is always known; -1 = unknown dimension.
struct Value {
  Port port;
  DType dtype = DType::kFloat32;
  Shape shape;

  int rank() const { return static_cast<int>(shape.size()); }
  /// Size of a dimension, negative axes from the end; -1 where unknown or where there is no such axis.
  std::int64_t dim(int axis) const;
  explicit operator bool() const { return port.node >= 0; }
};

/// A dimension of a shape to be: a number, or scale * (dimension of a value) + offset where that is known only at run time.
struct Dim {
  std::int64_t size = -1;
  Value of;
  int axis = 0;
  std::int64_t scale = 1, offset = 0;

  Dim(std::int64_t known = -1) : size(known) {}  // NOLINT: numbers are dimensions.
  /// This dimension times `factor` plus `more`.
  Dim times(std::int64_t factor, std::int64_t more = 0) const;
};

/// An input of a node: a value without its shape.
struct Input {
  Port port;
  DType dtype;
  Input(const Value& value) : port(value.port), dtype(value.dtype) {}  // NOLINT: values are inputs.
};

/// An attribute of a node, referring to its value. Trivial on purpose: lists of these stand at every call of node(), and
/// the browser package has little room.
struct NamedAttr {
  enum Kind : char { kInteger, kReal, kFlag, kText, kDType, kList };
  const char* name;
  Kind kind;
  union {
    std::int64_t integer;
    double real;
    bool flag;
    const char* text;
    DType dtype;
    const std::vector<std::int64_t>* list;
  };
  NamedAttr(const char* key, std::int64_t value) : name(key), kind(kInteger), integer(value) {}
  NamedAttr(const char* key, double value) : name(key), kind(kReal), real(value) {}
  NamedAttr(const char* key, bool value) : name(key), kind(kFlag), flag(value) {}
  NamedAttr(const char* key, const char* value) : name(key), kind(kText), text(value) {}
  NamedAttr(const char* key, DType value) : name(key), kind(kDType), dtype(value) {}
  NamedAttr(const char* key, const std::vector<std::int64_t>& value) : name(key), kind(kList), list(&value) {}
};

using Inputs = std::initializer_list<Input>;
using AttrList = std::initializer_list<NamedAttr>;

/// Errors stick: after the first one every call returns a value that may only be passed on, and status() says what it was.
class GraphBuilder {
 public:
  Graph graph;

  const Status& status() const { return status_; }
  void fail(std::string message);

  /// Names of nodes start with this from now on ("model/block"); may be empty.
  void setScope(std::string scope) { scope_ = std::move(scope); }
  const std::string& scope() const { return scope_; }

  /// A node; `name` is put below the scope and made unique.
  Value node(std::string_view op, Inputs inputs, DType dtype, Shape shape, AttrList attrs = {}, std::string_view name = {});
  Value node(std::string_view op, std::span<const Input> inputs, DType dtype, Shape shape, AttrList attrs = {},
             std::string_view name = {});
  /// Output `slot` of the node that made `value`.
  static Value output(const Value& value, int slot, Shape shape);
  Value placeholder(const std::string& name, DType dtype, Shape shape);
  /// A Const without value yet, named exactly `name` where that is free.
  Value pending(const std::string& name, DType dtype, Shape shape);
  Value constant(Tensor tensor, std::string_view name = "Const");
  /// Equal scalars and equal lists of integers share a node.
  Value scalar(double value, DType dtype = DType::kFloat32);
  Value ints(const std::vector<std::int64_t>& values);

  Value unary(std::string_view op, const Value& x, AttrList attrs = {});
  /// Broadcasts; comparisons give bool.
  Value binary(std::string_view op, const Value& a, const Value& b);
  Value binary(std::string_view op, const Value& a, double b) { return binary(op, a, scalar(b, a.dtype)); }
  Value cast(const Value& x, DType dtype);
  Value floats(const Value& x) { return cast(x, DType::kFloat32); }
  Value matmul(const Value& a, const Value& b, bool transposeB = false);
  Value reduce(std::string_view op, const Value& x, std::vector<std::int64_t> axes, bool keepDims);
  Value transpose(const Value& x, const std::vector<std::int64_t>& order);
  Value concat(const std::vector<Value>& parts, int axis);
  Value stack(const std::vector<Value>& parts, int axis);
  std::vector<Value> split(const Value& x, int parts, int axis);
  std::vector<Value> unstack(const Value& x, int axis);
  /// x[..., begin:begin+size, ...] along one axis; size -1 = up to the end.
  Value slice(const Value& x, int axis, std::int64_t begin, std::int64_t size);
  Value reverse(const Value& x, int axis);
  /// Zeros (or `value`) around x; two numbers an axis.
  Value pad(const Value& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& amounts, double value = 0);
  Value select(const Value& condition, const Value& yes, const Value& no);

  Dim dim(const Value& x, int axis);
  std::vector<Dim> dims(const Value& x);
  Value reshape(const Value& x, const std::vector<Dim>& shape);
  Value expandDims(const Value& x, int axis);
  Value squeeze(const Value& x, int axis);
  /// An int32 vector of the dimensions; a constant where they are known.
  Value shapeVector(const std::vector<Dim>& shape);
  Value fill(const std::vector<Dim>& shape, double value);

 private:
  std::string uniqueName(std::string name);
  Value dimValue(const Dim& dim);

  Status status_;
  std::string scope_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> nextSuffix_;
  std::map<std::pair<DType, double>, Value> scalars_;
  std::map<std::vector<std::int64_t>, Value> lists_;
  std::map<Port, Value> shapes_;
};

/// The shape of a broadcast sum; false where the shapes do not go together.
bool broadcastShapes(const Shape& a, const Shape& b, Shape& out);
/// Axis in 0..rank-1, or -1 where it is out of range.
int normalAxis(std::int64_t axis, int rank);

}  // namespace texflow
