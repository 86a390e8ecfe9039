#include "texflow/tensor.h"

#include <cstring>
#include <limits>

namespace texflow {
namespace {

std::size_t elementBytes(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kInt32: return 4;
    case DType::kBool: return 1;
    case DType::kComplex64: return 8;
    case DType::kString: return 0;
  }
  return 0;
}

// Not a vector, which clears and destroys byte by byte in builds for size.
std::unique_ptr<std::byte[]> zeros(std::size_t bytes) {
  std::unique_ptr<std::byte[]> zeros(new std::byte[bytes]);
  std::memset(zeros.get(), 0, bytes);
  return zeros;
}

}  // namespace

std::string_view dtypeName(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return "float32";
    case DType::kInt32: return "int32";
    case DType::kBool: return "bool";
    case DType::kString: return "string";
    case DType::kComplex64: return "complex64";
  }
  return "?";
}

std::string shapeText(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i) text += ",";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

Result<std::int64_t> checkedElementCount(const Shape& shape) {
  if (shape.size() > static_cast<std::size_t>(kMaxRank))
    return Status::invalid("The shape " + shapeText(shape) + " has more than " + std::to_string(kMaxRank) + " dimensions.");
  std::int64_t count = 1;
  for (std::int64_t dim : shape) {
    if (dim < 0) return Status::invalid("The shape " + shapeText(shape) + " has a negative dimension.");
    if (dim > kMaxElements || (dim > 0 && count > kMaxElements / dim))
      return Status::invalid("The shape " + shapeText(shape) + " has more than 2^30 elements.");
    count *= dim;
  }
  return count;
}

std::int64_t elementCount(const Shape& shape) {
  std::int64_t count = 1;
  for (std::int64_t dim : shape) count *= dim;
  return count;
}

std::vector<std::int64_t> rowMajorStrides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Tensor::Tensor() : Tensor(DType::kFloat32, Shape{}) {}

Tensor::Tensor(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)), size_(elementCount(shape_)) {
  const auto count = static_cast<std::size_t>(size_);
  if (dtype == DType::kString) {
    strings_ = std::make_shared<std::vector<std::string>>(count);
    return;
  }
  values_ = std::make_shared<Values>();
  if (count > 0) values_->bytes = zeros(count * elementBytes(dtype));
}

Tensor Tensor::deferred(DType dtype, Shape shape, std::function<Tensor()> make) {
  Tensor tensor(dtype, Shape{0});
  assert(dtype != DType::kString);
  tensor.size_ = elementCount(shape);
  tensor.shape_ = std::move(shape);
  tensor.values_->make = std::move(make);
  return tensor;
}

bool Tensor::hasValues() const { return size_ == 0 || raw() != nullptr; }

void Tensor::provide(Tensor from) {
  assert(from.dtype_ == dtype_ && from.size_ == size_ && values_);
  if (from.values_ == values_) return;
  if (!from.isShared() || !from.values_->bytes) {
    values_->bytes = std::move(from.values_->bytes);
    return;
  }
  values_->bytes.reset(new std::byte[from.bytes()]);
  std::memcpy(values_->bytes.get(), from.values_->bytes.get(), from.bytes());
}

void Tensor::release() {
  if (values_) values_->bytes.reset();
}

void Tensor::releaseMade() {
  if (values_ && values_->make) values_->bytes.reset();
}

Tensor Tensor::ints(const std::vector<std::int64_t>& values) {
  Tensor tensor(DType::kInt32, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(values[i]);
  return tensor;
}

std::size_t Tensor::bytes() const { return values_ ? static_cast<std::size_t>(size_) * elementBytes(dtype_) : 0; }

const void* Tensor::raw() const {
  if (strings_) return strings_->data();
  if (!values_->bytes && size_ > 0) {
    if (!values_->make) return nullptr;
    Tensor made = values_->make();
    if (made.size_ != size_ || made.dtype_ != dtype_ || !made.values_->bytes) return nullptr;
    values_->bytes = std::move(made.values_->bytes);
  }
  return values_->bytes.get();
}

Tensor Tensor::reshaped(Shape shape) const {
  Tensor view = *this;
  assert(elementCount(shape) == size_);
  view.shape_ = std::move(shape);
  return view;
}

double Tensor::number(std::int64_t i) const {
  switch (dtype_) {
    case DType::kFloat32: return static_cast<double>(data<float>()[i]);
    case DType::kInt32: return data<std::int32_t>()[i];
    case DType::kBool: return data<std::uint8_t>()[i];
    case DType::kComplex64: return static_cast<double>(data<std::complex<float>>()[i].real());
    case DType::kString: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::int64_t> Tensor::toInts() const {
  std::vector<std::int64_t> values(static_cast<std::size_t>(size_));
  for (std::int64_t i = 0; i < size_; ++i) {
    const double value = number(i);
    values[static_cast<std::size_t>(i)] = value >= -9e15 && value <= 9e15 ? static_cast<std::int64_t>(value) : 0;
  }
  return values;
}

}  // namespace texflow
