// Variables and assets of one SavedModel.
#pragma once
#include <memory>
#include <optional>
#include <unordered_map>

#include "tensorflow/checkpoint.h"
#include "tensorflow/flatten.h"
#include "tensorflow/variable_keys.h"

namespace texflow::tf {

class ModelResources : public Resources {
 public:
  ModelResources(std::string folder, GraphView& graph, const MetaGraph& meta)
      : folder_(std::move(folder)), graph_(graph), meta_(meta) {}
  Result<Tensor> variable(const NodeView& handle, std::vector<std::int64_t>& wide) override;
  Result<std::string> asset(const std::string& name) override;

 private:
  Status open();
  std::optional<std::string> keyFromObjects(const NodeView& handle);

  std::string folder_;
  GraphView& graph_;
  const MetaGraph& meta_;
  std::unique_ptr<Checkpoint> checkpoint_;
  std::unordered_map<std::string_view, VariableKey> keys_;
  std::unordered_map<std::string_view, std::string> objectKeys_;
  bool objectsRead_ = false;
};

/// The checkpoint's key of every variable of the main graph, by way of the objects that functions are bound to.
std::unordered_map<std::string_view, std::string> keysOfObjects(GraphView& graph, const MetaGraph& meta,
                                                                Checkpoint& checkpoint);

}  // namespace texflow::tf
