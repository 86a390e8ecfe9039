// Weight specs of the manifest and a decoder that turns their bytes into tensors as the bytes arrive.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "json.h"
#include "texflow/tensor.h"

namespace texflow {

/// How the elements of one weight are stored.
enum class Encoding { kRaw, kByte, kWord, kHalf, kString };

/// One entry of the weights manifest.
struct WeightSpec {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  Encoding encoding = Encoding::kRaw;
  bool affine = false;  ///< value = stored * scale + min
  double scale = 1, min = 0;

  /// Bytes in the shards; for strings the least possible (a length field each).
  std::int64_t storedBytes() const;
};

/// Reads and checks one entry.
Result<WeightSpec> parseWeightSpec(const Json& entry);

/// IEEE 754 half → single, exact, with subnormals, infinities and NaN.
float halfToFloat(std::uint16_t half);

/// Decodes the bytes of a sequence of weights, cut anywhere. Memory: the tensors plus a few bytes of carry.
class WeightDecoder {
 public:
  void add(WeightSpec spec) { specs_.push_back(std::move(spec)); }
  const std::vector<WeightSpec>& specs() const { return specs_; }
  Status feed(std::span<const std::byte> bytes);
  /// Index of the weight that the next byte belongs to; specs().size() when all are complete.
  std::size_t position();
  /// Bytes of the weight at position() that have been taken.
  std::int64_t offset() const { return inProgress_ ? taken_ : 0; }
  /// True when some but not all bytes of the weight at position() have been taken.
  bool inProgress() const { return inProgress_; }
  /// The tensors, one a spec; all must be complete.
  std::vector<Tensor> take();
  /// Whether nothing but large float32 weights is missing.
  bool canDefer();
  /// The tensor of a weight; one that is not complete gets its values when it is. Asks for canDefer().
  Tensor tensorOf(std::size_t weight);

 private:
  void startNext();
  void complete();
  std::size_t consume(std::span<const std::byte> bytes);
  std::size_t consumeStrings(std::span<const std::byte> bytes);

  std::vector<WeightSpec> specs_;
  std::vector<Tensor> tensors_;             ///< The last one is in progress when inProgress_.
  std::map<std::size_t, Tensor> deferred_;  ///< Handed out before they were complete.
  bool inProgress_ = false;
  std::int64_t taken_ = 0;     ///< Bytes of the weight in progress.
  std::int64_t element_ = 0;   ///< Next element of the weight in progress.
  std::uint32_t missing_ = 0;  ///< Bytes that the current string still lacks.
  std::byte carry_[4] = {};
  std::size_t carried_ = 0;
};

}  // namespace texflow
