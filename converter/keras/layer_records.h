// The shapes at the layers of a model.
#pragma once
#include <map>
#include <vector>

#include "layers/layer.h"

namespace texflow {

/// What the calls of one layer were given and gave; sizes that differ between calls are -1.
struct LayerRecord {
  std::vector<Shape> inputs, outputs;
  bool masked = false;  ///< An input had a mask in some call.
  bool varies = false;  ///< The calls differ in the number or ranks of their inputs or outputs.
  int calls = 0;
};

/// By the config of the layer, as an address in the topology.
class LayerRecords : public LayerObserver {
 public:
  void called(const LayerCall& call) override;
  void returned(const LayerCall& call) override;
  /// Null for layers that are never called.
  const LayerRecord* find(const Json& config) const;

 private:
  std::map<const Json*, LayerRecord> records_;
};

}  // namespace texflow
