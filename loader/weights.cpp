#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace texflow {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "shards are little-endian and are copied as they are");

// Smaller constants decide shapes and parameters.
constexpr std::int64_t kLeastDeferred = 1024;

std::int64_t storedElementBytes(const WeightSpec& spec) {
  switch (spec.encoding) {
    case Encoding::kByte: return 1;
    case Encoding::kWord:
    case Encoding::kHalf: return 2;
    case Encoding::kString: return 4;
    case Encoding::kRaw: break;
  }
  return spec.dtype == DType::kComplex64 ? 8 : 4;
}

/// Stores one decoded element.
void store(const WeightSpec& spec, Tensor& tensor, std::int64_t i, std::uint16_t stored) {
  double value = spec.encoding == Encoding::kHalf ? static_cast<double>(halfToFloat(stored)) : stored;
  if (spec.affine) value = value * spec.scale + spec.min;
  switch (tensor.dtype()) {
    case DType::kFloat32: tensor.mutableData<float>()[i] = static_cast<float>(value); break;
    case DType::kBool: tensor.mutableData<std::uint8_t>()[i] = value != 0; break;
    case DType::kInt32:
      // Math.round, as TensorFlow.js does it.
      value = std::clamp(std::floor(value + 0.5), -2147483648.0, 2147483647.0);
      tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(value);
      break;
    default: break;
  }
}

/// Stores `count` elements from `first` on; stored(i) is the i-th of them as the shard has it. Most weights are floats:
/// their loop asks nothing of an element.
template <class Stored>
void storeRun(const WeightSpec& spec, Tensor& tensor, std::int64_t first, std::int64_t count, Stored stored) {
  if (tensor.dtype() != DType::kFloat32) {
    for (std::int64_t i = 0; i < count; ++i) store(spec, tensor, first + i, stored(i));
    return;
  }
  float* to = tensor.mutableData<float>() + first;
  if (spec.encoding == Encoding::kHalf) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = halfToFloat(stored(i));
    return;
  }
  const double scale = spec.affine ? spec.scale : 1, min = spec.affine ? spec.min : 0;
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(stored(i) * scale + min);
}

Status parseQuantization(const Json& entry, WeightSpec& spec) {
  const Json* quantization = member(entry, "quantization");
  if (!quantization || quantization->is_null()) return {};
  const std::string where = "The weight '" + spec.name + "'";
  const std::string dtype(textOf(member(*quantization, "dtype")));
  if (spec.dtype != DType::kFloat32 && spec.dtype != DType::kInt32)
    return Status::invalid(where + " is quantized but has dtype " + std::string(dtypeName(spec.dtype)) + ".");
  if (dtype == "float16") {
    if (spec.dtype != DType::kFloat32)
      return Status::invalid(where + " is stored as float16 but has dtype " + std::string(dtypeName(spec.dtype)) + ".");
    spec.encoding = Encoding::kHalf;
    return {};
  }
  if (dtype != "uint8" && dtype != "uint16")
    return Status::unsupported(where + " has the quantization dtype '" + dtype +
                               "'; uint8, uint16 and float16 are supported.");
  spec.encoding = dtype == "uint8" ? Encoding::kByte : Encoding::kWord;
  spec.affine = true;
  for (const char* field : {"scale", "min"}) {
    const Json* value = member(*quantization, field);
    const auto number = value ? realOf(*value) : std::nullopt;
    if (!number || !std::isfinite(static_cast<float>(*number)))
      return Status::invalid(where + " has the quantization " + field + " " + (value ? excerpt(*value) : "(missing)") +
                             "; it must be a finite float32.");
    (field[0] == 's' ? spec.scale : spec.min) = *number;
  }
  return {};
}

}  // namespace

float halfToFloat(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1F;
  const std::uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 0xFF : exponent + 112;
  // Not std::bit_cast: the C++ library of Debian's Emscripten lacks it.
  const std::uint32_t bits = sign | wide << 23 | mantissa << 13;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::int64_t WeightSpec::storedBytes() const { return elementCount(shape) * storedElementBytes(*this); }

Result<WeightSpec> parseWeightSpec(const Json& entry) {
  WeightSpec spec;
  spec.name = textOf(member(entry, "name"));
  if (spec.name.empty()) return Status::invalid("A weight of the weightsManifest has no name: " + excerpt(entry) + ".");
  const std::string where = "The weight '" + spec.name + "'";
  const Json* shape = member(entry, "shape");
  if (!shape || !shape->is_array())
    return Status::invalid(where + " has the shape " + (shape ? excerpt(*shape) : "(missing)") + "; it must be a list.");
  for (const Json& dim : *shape) {
    const auto size = integerOf(dim);
    if (!size) return Status::invalid(where + " has the dimension " + excerpt(dim) + "; it must be an integer.");
    spec.shape.push_back(*size);
  }
  if (const auto count = checkedElementCount(spec.shape); !count.ok())
    return count.status().during("reading the weight '" + spec.name + "'");

  const std::string dtype(textOf(member(entry, "dtype")));
  if (dtype == "float32") {
    spec.dtype = DType::kFloat32;
  } else if (dtype == "int32") {
    spec.dtype = DType::kInt32;
  } else if (dtype == "complex64") {
    spec.dtype = DType::kComplex64;
  } else if (dtype == "string") {
    spec.dtype = DType::kString;
    spec.encoding = Encoding::kString;
  } else if (dtype == "bool") {
    spec.dtype = DType::kBool;
    spec.encoding = Encoding::kByte;
  } else if (dtype == "uint8" || dtype == "uint16") {
    spec.dtype = DType::kInt32;
    spec.encoding = dtype == "uint8" ? Encoding::kByte : Encoding::kWord;
  } else if (dtype == "float16") {
    spec.encoding = Encoding::kHalf;
  } else {
    return Status::unsupported(where + " has the dtype '" + dtype + "', which is not supported.");
  }
  TEXFLOW_TRY(parseQuantization(entry, spec));
  return spec;
}

bool WeightDecoder::canDefer() {
  for (std::size_t i = position(); i < specs_.size(); ++i) {
    const std::int64_t count = elementCount(specs_[i].shape);
    if (specs_[i].dtype != DType::kFloat32 || (count > 0 && count < kLeastDeferred)) return false;
  }
  return true;
}

Tensor WeightDecoder::tensorOf(std::size_t weight) {
  if (weight < position()) return tensors_[weight];
  const auto [found, isNew] = deferred_.try_emplace(weight);
  if (isNew) found->second = Tensor::deferred(specs_[weight].dtype, specs_[weight].shape);
  return found->second;
}

void WeightDecoder::complete() {
  inProgress_ = false;
  if (const auto found = deferred_.find(tensors_.size() - 1); found != deferred_.end()) {
    found->second.provide(std::move(tensors_.back()));
    tensors_.back() = found->second;
  }
}

std::vector<Tensor> WeightDecoder::take() {
  deferred_.clear();
  return std::move(tensors_);
}

void WeightDecoder::startNext() {
  // Weights without elements are complete at once.
  while (!inProgress_ && tensors_.size() < specs_.size()) {
    const WeightSpec& spec = specs_[tensors_.size()];
    tensors_.emplace_back(spec.dtype, spec.shape);
    taken_ = element_ = 0;
    carried_ = 0;
    inProgress_ = tensors_.back().size() > 0;
  }
}

std::size_t WeightDecoder::position() {
  while (!inProgress_ && tensors_.size() < specs_.size() && elementCount(specs_[tensors_.size()].shape) == 0)
    tensors_.emplace_back(specs_[tensors_.size()].dtype, specs_[tensors_.size()].shape);
  return tensors_.size() - (inProgress_ ? 1 : 0);
}

Status WeightDecoder::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!inProgress_) startNext();
    if (!inProgress_)
      return Status::invalid("The weight shards hold at least " + std::to_string(bytes.size()) +
                             " bytes more than the weightsManifest describes.");
    const bool strings = specs_[tensors_.size() - 1].encoding == Encoding::kString;
    const std::size_t used = strings ? consumeStrings(bytes) : consume(bytes);
    taken_ += static_cast<std::int64_t>(used);
    bytes = bytes.subspan(used);
  }
  return {};
}

std::size_t WeightDecoder::consume(std::span<const std::byte> bytes) {
  Tensor& tensor = tensors_.back();
  const WeightSpec& spec = specs_[tensors_.size() - 1];
  const std::int64_t total = spec.storedBytes();
  const auto used =
      static_cast<std::size_t>(std::min<std::int64_t>(total - taken_, static_cast<std::int64_t>(bytes.size())));
  if (spec.encoding == Encoding::kRaw) {
    std::memcpy(tensor.mutableData<std::byte>() + taken_, bytes.data(), used);
  } else if (spec.encoding == Encoding::kByte) {
    const auto count = static_cast<std::int64_t>(used);
    const std::byte* from = bytes.data();
    storeRun(spec, tensor, element_, count, [from](std::int64_t i) { return std::to_integer<std::uint16_t>(from[i]); });
    element_ += count;
  } else {
    std::size_t i = 0;
    if (carried_ && used) {
      const auto low = std::to_integer<unsigned>(carry_[0]), high = std::to_integer<unsigned>(bytes[i++]);
      store(spec, tensor, element_++, static_cast<std::uint16_t>(low | high << 8));
      carried_ = 0;
    }
    const auto count = static_cast<std::int64_t>((used - i) / 2);
    const std::byte* from = bytes.data() + i;
    storeRun(spec, tensor, element_, count, [from](std::int64_t k) {
      std::uint16_t stored;
      std::memcpy(&stored, from + 2 * k, sizeof stored);
      return stored;
    });
    element_ += count;
    i += 2 * static_cast<std::size_t>(count);
    if (i < used) carry_[0] = bytes[i], carried_ = 1;
  }
  if (taken_ + static_cast<std::int64_t>(used) == total) complete();
  return used;
}

std::size_t WeightDecoder::consumeStrings(std::span<const std::byte> bytes) {
  Tensor& tensor = tensors_.back();
  std::size_t used = 0;
  while (used < bytes.size() && inProgress_) {
    if (carried_ < 4) {
      carry_[carried_++] = bytes[used++];
      if (carried_ < 4) continue;
      std::memcpy(&missing_, carry_, 4);
    }
    // Appended as the bytes arrive: a lying length field allocates nothing.
    const std::size_t count = std::min<std::size_t>(missing_, bytes.size() - used);
    tensor.mutableData<std::string>()[element_].append(reinterpret_cast<const char*>(bytes.data() + used), count);
    used += count;
    missing_ -= static_cast<std::uint32_t>(count);
    if (missing_ == 0) {
      carried_ = 0;
      if (++element_ == tensor.size()) inProgress_ = false;
    }
  }
  return used;
}

}  // namespace texflow
