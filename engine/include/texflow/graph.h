// The graph a loader makes and the engine plans: nodes in topological order, named inputs and outputs.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "texflow/tensor.h"

namespace texflow {

/// A node attribute. Dtype attributes that the engine has no value type for are left out by the loaders.
/// A shape and a list of integers are the same C++ type.
using Attr = std::variant<std::int64_t, double, bool, std::string, DType, std::vector<std::int64_t>, std::vector<double>,
                          std::vector<std::string>, std::vector<DType>, std::vector<Shape>, Tensor>;

/// Attributes by name with defaults, as TensorFlow's op definitions have them. Names are TensorFlow's ("strides").
class Attrs {
 public:
  void set(std::string name, Attr value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  /// The attribute if it is there and holds a T, else null. The loaders read an empty list as a list of integers.
  template <class T>
  const T* find(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? nullptr : std::get_if<T>(&it->second);
  }
  template <class T>
  T get(std::string_view name, T fallback) const {
    const T* value = find<T>(name);
    return value ? *value : fallback;
  }
  /// Numbers are read across int and float encodings.
  double number(std::string_view name, double fallback) const;
  const std::map<std::string, Attr, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, Attr, std::less<>> values_;
};

/// One output of one node.
struct Port {
  int node = -1;
  int slot = 0;
  friend auto operator<=>(const Port&, const Port&) = default;
};

struct Node {
  std::string name;
  std::string op;            ///< TensorFlow's op name, e.g. "_FusedConv2D".
  std::vector<Port> inputs;  ///< Data inputs in order; control inputs are dropped.
  Attrs attrs;
  Tensor value;  ///< op == "Const" only.
};

/// A graph input or output as the signature names it.
struct Endpoint {
  std::string name;  ///< Signature key, or the node's name where there is no signature.
  Port port;
  DType dtype = DType::kFloat32;
  Shape shape;  ///< -1 = unknown; meaningful only with knownRank.
  bool knownRank = false;
};

/// Owned by value, immutable once loaded; safe to share between threads by const reference.
struct Graph {
  std::vector<Node> nodes;  ///< Topological order: every input refers to an earlier node.
  std::vector<Endpoint> inputs;
  std::vector<Endpoint> outputs;
  bool hasSignature = false;

  /// "name", "name:1" → port, an error naming it when there is no such node.
  Result<Port> find(std::string_view portName) const;
  /// "node 'block/conv' (Conv2D)": how messages name a node.
  static std::string describe(const Node& node) { return "node '" + node.name + "' (" + node.op + ")"; }
};

}  // namespace texflow
