// variables.index and variables.data-*: TensorFlow's checkpoint format ("tensor bundle").
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/tensor.h"

namespace texflow::tf {

/// Not thread-safe. Shards are opened when a tensor of theirs is read.
class Checkpoint {
 public:
  /// `prefix`: the path up to ".index".
  static Result<std::unique_ptr<Checkpoint>> open(const std::string& prefix);
  ~Checkpoint();

  bool has(std::string_view key) const;
  /// Keys whose end is `suffix`; for messages and fallbacks.
  std::size_t size() const;
  /// The tensor in the engine's dtype, its checksum verified. `slice` is empty or TensorFlow's "5 4 0,3:0,4": the full shape
  /// and, for each dimension, begin and length of the part to read ("-" is all).
  /// `wide` receives the values where they are integers that do not fit int32 (whole tensors only).
  Result<Tensor> read(const std::string& key, const std::string& slice = {}, std::vector<std::int64_t>* wide = nullptr);
  /// The bytes of a string scalar, such as the object graph.
  Result<std::string> readBytes(const std::string& key);

 private:
  struct Impl;
  explicit Checkpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace texflow::tf
