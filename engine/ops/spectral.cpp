// Fourier transforms over the last one to three dimensions, in double precision.
#include <cmath>
#include <numbers>

#include "ops/array.h"
#include "ops/operands.h"

namespace texflow {
namespace {

using Complex = std::complex<double>;
using Line = std::vector<Complex>;

/// In place; the length is a power of two.
void radix2(Line& line, double sign) {
  const std::size_t n = line.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(line[i], line[j]);
  }
  for (std::size_t length = 2; length <= n; length *= 2) {
    std::vector<Complex> turns(length / 2);
    for (std::size_t k = 0; k < turns.size(); ++k)
      turns[k] = std::polar(1.0, sign * 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length));
    for (std::size_t i = 0; i < n; i += length)
      for (std::size_t k = 0; k < length / 2; ++k) {
        const Complex even = line[i + k], odd = line[i + k + length / 2] * turns[k];
        line[i + k] = even + odd;
        line[i + k + length / 2] = even - odd;
      }
  }
}

/// Any length: Bluestein's convolution with a chirp.
void transform(Line& line, double sign) {
  const std::size_t n = line.size();
  if (n == 0 || (n & (n - 1)) == 0) return radix2(line, sign);
  std::size_t padded = 1;
  while (padded < 2 * n) padded *= 2;
  std::vector<Complex> chirp(n);
  for (std::size_t k = 0; k < n; ++k)
    chirp[k] = std::polar(1.0, sign * std::numbers::pi * static_cast<double>(k * k % (2 * n)) / static_cast<double>(n));
  Line a(padded), b(padded);
  for (std::size_t k = 0; k < n; ++k) {
    a[k] = line[k] * chirp[k];
    b[k] = std::conj(chirp[k]);
    if (k > 0) b[padded - k] = b[k];
  }
  radix2(a, -1);
  radix2(b, -1);
  for (std::size_t k = 0; k < padded; ++k) a[k] *= b[k];
  radix2(a, 1);
  for (std::size_t k = 0; k < n; ++k) line[k] = a[k] * chirp[k] / static_cast<double>(padded);
}

/// Transforms every line of `values` (row-major, of that shape) along one dimension.
void transformAlong(Line& values, const Shape& shape, std::size_t axis, bool inverse) {
  const auto length = static_cast<std::size_t>(shape[axis]);
  std::size_t stride = 1;
  for (std::size_t d = axis + 1; d < shape.size(); ++d) stride *= static_cast<std::size_t>(shape[d]);
  Line line(length);
  for (std::size_t first = 0; length > 0 && first < values.size(); first += stride * length)
    for (std::size_t inner = 0; inner < stride; ++inner) {
      for (std::size_t i = 0; i < length; ++i) line[i] = values[first + inner + i * stride];
      transform(line, inverse ? 1 : -1);
      for (std::size_t i = 0; i < length; ++i)
        values[first + inner + i * stride] = inverse ? line[i] / static_cast<double>(length) : line[i];
    }
}

struct Spectrum {
  std::size_t dims = 1;
  bool inverse = false, real = false;
};

Spectrum spectrumOf(const Node& node) {
  Spectrum s;
  s.dims = node.op.ends_with("3D") ? 3 : node.op.ends_with("2D") ? 2 : 1;
  s.inverse = node.op.starts_with("I");
  s.real = node.op.find("RFFT") != std::string::npos;
  return s;
}

/// The block of the input that is used, which is also the shape that is transformed (with the whole last dimension).
Result<Shape> transformedShape(const Spectrum& s, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, s.real ? 2 : 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {s.real && !s.inverse ? DType::kFloat32 : DType::kComplex64}));
  TEXFLOW_TRY(expectOperandRank(inputs[0], "input", static_cast<int>(s.dims), kMaxRank));
  Shape shape = inputs[0].shape;
  if (!s.real) return shape;
  TEXFLOW_ASSIGN(const std::vector<std::int64_t> lengths, intsOperand(inputs, 1, "fft_length"));
  if (lengths.size() != s.dims)
    return Status::invalid("The fft_length " + shapeText(lengths) + " must have " + std::to_string(s.dims) + " numbers.");
  for (std::size_t i = 0; i < s.dims; ++i) {
    std::int64_t& dim = shape[shape.size() - s.dims + i];
    const bool halved = s.inverse && i + 1 == s.dims;
    const std::int64_t needed = halved ? lengths[i] / 2 + 1 : lengths[i];
    if (lengths[i] < 0 || (lengths[i] > 0 && dim < needed && elementCount(inputs[0].shape) > 0))
      return Status::invalid("The fft_length " + shapeText(lengths) + " needs more than an input of shape " +
                             shapeText(inputs[0].shape) + " has.");
    dim = lengths[i];
  }
  return shape;
}

}  // namespace

Result<std::vector<TensorInfo>> spectrumShape(const Node& node, std::span<const TensorInfo> inputs) {
  const Spectrum s = spectrumOf(node);
  TEXFLOW_ASSIGN(Shape shape, transformedShape(s, inputs));
  if (s.real && !s.inverse && shape.back() > 0) shape.back() = shape.back() / 2 + 1;
  return oneOutput(s.real && s.inverse ? DType::kFloat32 : DType::kComplex64, std::move(shape));
}

Result<std::vector<Tensor>> spectrumHost(const Node& node, std::span<const Tensor> inputs) {
  const Spectrum s = spectrumOf(node);
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_ASSIGN(const auto outputs, spectrumShape(node, infos));
  TEXFLOW_ASSIGN(Shape shape, transformedShape(s, infos));
  Tensor output(outputs[0].dtype, outputs[0].shape);
  if (output.size() == 0 || inputs[0].size() == 0) return std::vector<Tensor>{output};
  // The part of the input that is used; the conjugate half of a real signal's spectrum is filled in below.
  const std::int64_t length = shape.back(), half = length / 2 + 1;
  Shape used = shape;
  if (s.real && s.inverse) used.back() = half;
  Move crop = copyMove(inputs[0].shape());
  crop.shape = used;
  for (std::size_t d = 0; d < used.size(); ++d) crop.dims[d].size = used[d];
  const Tensor part = applyMove(inputs[0], crop);
  Line values(static_cast<std::size_t>(part.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] =
        part.dtype() == DType::kFloat32 ? Complex(part.data<float>()[i]) : Complex(part.data<std::complex<float>>()[i]);
  const std::size_t last = shape.size() - 1;
  for (std::size_t d = shape.size() - s.dims; d < last; ++d) transformAlong(values, used, d, s.inverse);
  if (s.real && s.inverse) {
    Line whole(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i) / length, column = static_cast<std::int64_t>(i) % length;
      const Complex value = values[static_cast<std::size_t>(row * half + (column < half ? column : length - column))];
      whole[i] = column < half ? value : std::conj(value);
    }
    values = std::move(whole);
  }
  transformAlong(values, shape, last, s.inverse);
  const std::int64_t kept = output.shape().back();
  for (std::int64_t i = 0; i < output.size(); ++i) {
    const Complex value = values[static_cast<std::size_t>(i / kept * length + i % kept)];
    if (output.dtype() == DType::kFloat32) output.mutableData<float>()[i] = static_cast<float>(value.real());
    else output.mutableData<std::complex<float>>()[i] = std::complex<float>(value);
  }
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
