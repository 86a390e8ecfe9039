// What is known of the tensors of a graph before it runs, where inputs may have unknown dimensions.
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "texflow/graph.h"

namespace texflow {

/// The engine's shape functions want every dimension. So they run three times, with three sizes in place of the unknown
/// ones: what comes out the same each time does not depend on them.
class KnownShapes {
 public:
  explicit KnownShapes(const Graph& graph);
  /// -1 for dimensions that are not known; null where even the rank is not. Nodes added later are not known.
  const Shape* shape(const Port& port) const;
  std::optional<DType> dtype(const Port& port) const;
  /// A small value that is the same for every input, such as the shape of a tensor of known shape; null for others.
  const Tensor* value(const Port& port) const;
  /// A small vector of integers with -1 for the only element that may depend on the input; nothing where several do.
  std::optional<std::vector<std::int64_t>> sizes(const Port& port) const;

 private:
  static constexpr std::size_t kProbes = 3;
  struct Info {
    DType dtype = DType::kFloat32;
    std::array<Shape, kProbes> shapes;
    std::array<std::optional<Tensor>, kProbes> values;
    std::optional<Tensor> fixed;  ///< Beside values: 1 for each element that no unknown dimension has a part in.
    Shape known;
  };

  void infer(const Graph& graph, int index);
  void inferValues(const Node& node, std::vector<Info>& outputs);
  std::vector<const Info*> inputsOf(const Node& node) const;
  const Info* find(const Port& port) const;

  std::vector<std::vector<Info>> infos_;
};

}  // namespace texflow
