// Host tensors: dtype, shape and reference-counted values in row-major order.
#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "texflow/status.h"

namespace texflow {

/// The value types a running graph knows, as in TensorFlow.js. int64 and narrower integers become kInt32, half and double
/// become kFloat32 when a model is loaded.
enum class DType : std::uint8_t { kFloat32, kInt32, kBool, kString, kComplex64 };

/// "float32", "int32", "bool", "string" or "complex64".
std::string_view dtypeName(DType dtype);

/// Dimensions, outermost first; an empty shape is a scalar. -1 stands for "unknown" in signatures and placeholders only.
using Shape = std::vector<std::int64_t>;

inline constexpr int kMaxRank = 8;
/// Largest number of elements a tensor may have; file and graph input is refused beyond it.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 30;

/// "[1,224,224,3]"
std::string shapeText(const Shape& shape);
/// Product of the dimensions; an error for negative or huge ones.
Result<std::int64_t> checkedElementCount(const Shape& shape);
/// Product of the dimensions of a shape that has been checked.
std::int64_t elementCount(const Shape& shape);
/// Row-major strides in elements, one per dimension.
std::vector<std::int64_t> rowMajorStrides(const Shape& shape);

/// Shape and values. Copies share the values; whoever mutates a tensor must be its only owner (use it right after make()).
/// Element types: float, int32_t, uint8_t (kBool, 0 or 1), std::string, std::complex<float>.
class Tensor {
 public:
  /// A float32 scalar 0.
  Tensor();
  /// Zero-filled (empty strings). `shape` must have passed checkedElementCount.
  Tensor(DType dtype, Shape shape);
  /// Copies `values`; their count must match the shape.
  template <class T>
  Tensor(DType dtype, Shape shape, const std::vector<T>& values) : Tensor(dtype, std::move(shape)) {
    T* to = mutableData<T>();
    for (std::size_t i = 0; i < values.size(); ++i) to[i] = values[i];
  }
  static Tensor scalar(float value) { return {DType::kFloat32, Shape{}, std::vector<float>{value}}; }
  static Tensor scalar(std::int32_t value) { return {DType::kInt32, Shape{}, std::vector<std::int32_t>{value}}; }
  /// A kInt32 vector, values narrowed.
  static Tensor ints(const std::vector<std::int64_t>& values);
  /// A numeric tensor whose values come later: from `make`, when they are first asked for (it gives a tensor of this dtype
  /// and size, or one without values), or else through provide().
  static Tensor deferred(DType dtype, Shape shape, std::function<Tensor()> make = {});
  /// Whether data() has something to point at; makes deferred values.
  bool hasValues() const;
  /// Gives this tensor and all that share its values those of `from`, of the same dtype and size.
  void provide(Tensor from);
  /// Frees the values of this tensor and of all that share them. They can be provided again, or made.
  void release();
  /// The same where they can be made again.
  void releaseMade();

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }
  /// Whether both have the same values in the same memory.
  bool sharesValuesWith(const Tensor& other) const { return values_ == other.values_ && strings_ == other.strings_; }
  /// Whether another tensor has the same values, so that writing to them is not allowed.
  bool isShared() const { return strings_ ? strings_.use_count() > 1 : values_.use_count() > 1; }
  /// Bytes of the values (0 for strings).
  std::size_t bytes() const;

  template <class T>
  const T* data() const {
    return static_cast<const T*>(raw());
  }
  template <class T>
  T* mutableData() {
    return static_cast<T*>(const_cast<void*>(raw()));
  }

  /// The same values under another shape of equal element count.
  Tensor reshaped(Shape shape) const;
  /// Element i of a numeric tensor as a double (complex: its real part).
  double number(std::int64_t i) const;
  /// All elements of a numeric tensor as integers.
  std::vector<std::int64_t> toInts() const;

 private:
  const void* raw() const;

  DType dtype_;
  Shape shape_;
  std::int64_t size_;
  struct Values {
    std::unique_ptr<std::byte[]> bytes;  // None: no values yet.
    std::function<Tensor()> make;
  };
  std::shared_ptr<Values> values_;
  std::shared_ptr<std::vector<std::string>> strings_;
};

}  // namespace texflow
