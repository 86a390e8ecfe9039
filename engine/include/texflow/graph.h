// The graph a loader makes and the engine plans: nodes in topological order, named inputs and outputs.
#pragma once
#include <map>
#include <optional>
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

/// An attribute that names a function ("then_branch", "body") is a string, and several ("branches") a list of strings.
struct Node {
  std::string name;
  std::string op;            ///< TensorFlow's op name, e.g. "_FusedConv2D".
  std::vector<Port> inputs;  ///< Data inputs in order.
  Attrs attrs;
  Tensor value;               ///< op == "Const" only.
  std::vector<int> controls;  ///< Nodes that must run before this one; for the converter, the engine does not look at them.
};

/// A graph input or output as the signature names it.
struct Endpoint {
  std::string name;  ///< Signature key, or the node's name where there is no signature.
  Port port;
  DType dtype = DType::kFloat32;
  Shape shape;  ///< -1 = unknown; meaningful only with knownRank.
  bool knownRank = false;
  /// Of a table handle: the output of the initializer with the same number makes what this input is given.
  std::optional<std::int64_t> resourceId = {};
};

/// Nodes with arguments and results of their own: the body of an If or a While, or the initializer of a model's tables.
struct Function {
  std::string name;
  std::vector<Endpoint> inputs;  ///< The arguments in order; each port is a Placeholder among `nodes`.
  std::vector<Node> nodes;       ///< As Graph::nodes; ports are into this list.
  std::vector<Endpoint> outputs;
};

/// Owned by value, immutable once loaded; safe to share between threads by const reference.
struct Graph {
  /// Topological order: every input refers to an earlier node. Only a Merge may read a later one, its loop's NextIteration;
  /// the engine's loader refuses such graphs, the converter keeps them.
  std::vector<Node> nodes;
  std::vector<Endpoint> inputs;
  std::vector<Endpoint> outputs;
  bool hasSignature = false;
  std::vector<Function> functions;      ///< Bodies of control flow v2, called by name; only the converter fills them.
  std::optional<Function> initializer;  ///< Fills the hash tables, once, before the first run; only the converter fills it.

  /// "name", "name:1" → port, an error naming it when there is no such node.
  Result<Port> find(std::string_view portName) const;
  /// "node 'block/conv' (Conv2D)": how messages name a node.
  static std::string describe(const Node& node) { return "node '" + node.name + "' (" + node.op + ")"; }
};

}  // namespace texflow
