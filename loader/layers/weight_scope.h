// Finds the stored weights of a layer: by layer and weight name (HDF5, layers-models), or by the path and number that
// .keras files use.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "layers/graph_builder.h"

namespace texflow {

/// What a model file says about one weight.
struct StoredWeight {
  std::string name;   ///< "dense/kernel", ":0" removed; "layers/dense/vars/0" in .keras files.
  std::string group;  ///< The top-level layer that the file keeps it under; empty where files have no such groups.
  DType dtype = DType::kFloat32;
  Shape shape;
};

/// All weights of a model, and which Const each became.
class WeightTable {
 public:
  explicit WeightTable(std::span<const StoredWeight> weights);

  std::span<const StoredWeight> weights() const { return weights_; }
  /// Whether weights are stored by path and number.
  bool byPath() const { return byPath_; }
  int findExact(const std::string& name) const;
  /// Weights called `role`, whatever layer they belong to.
  const std::vector<int>& called(const std::string& role) const;
  /// Weights of a group in file order.
  const std::vector<int>& inGroup(const std::string& group) const;
  /// Who uses a weight: what TensorFlow.js calls it ("dense/kernel"), its path in a .keras file, its top-level layer.
  struct Use {
    std::string name, path, owner;
  };
  /// The Const of a weight; the same one every time.
  Value use(GraphBuilder& graph, int index, Use by);
  const std::vector<int>& nodes() const { return nodes_; }
  /// The first use of every weight; empty where it has none.
  const std::vector<Use>& uses() const { return uses_; }

 private:
  std::span<const StoredWeight> weights_;
  bool byPath_ = false;
  std::unordered_map<std::string, int> exact_;
  std::unordered_map<std::string, std::vector<int>> byRole_, byGroup_;
  std::vector<Value> values_;
  std::vector<int> nodes_;
  std::vector<Use> uses_;
};

/// The place of one layer among the weights.
class WeightScope {
 public:
  WeightScope(WeightTable& table, std::string path) : table_(&table), path_(std::move(path)) {}

  /// A layer inside this one: `attribute` is its place in a .keras file, `name` what Keras calls it (empty: not known).
  WeightScope child(const std::string& attribute, const std::string& name) const;
  /// The same for a layer of a model, where the names that TensorFlow.js gives weights begin.
  WeightScope layer(const std::string& attribute, const std::string& name) const;
  /// What TensorFlow.js calls the weight `role` of this layer: "dense/kernel", "bidirectional/forward_lstm/kernel".
  std::string nameOf(const std::string& role) const;
  /// Index of the weight `role`, the `ordinal`th of this layer in Keras's order; -1 when the file has none.
  int find(const std::string& role, int ordinal) const;
  const std::string& path() const { return path_; }
  const std::vector<std::string>& names() const { return names_; }
  WeightTable& table() const { return *table_; }

 private:
  WeightTable* table_;
  std::string path_;                ///< In a .keras file.
  std::vector<std::string> names_;  ///< Of the layers around it, outermost first, known ones only.
  std::size_t base_ = 0;            ///< The innermost of them that is a layer of a model.
};

}  // namespace texflow
