// Convolutions and pools.
#include <algorithm>
#include <cmath>
#include <limits>

#include "conformance/adjust.h"

namespace texflow::conformance {
namespace {

Ints withBatchAndChannel(Ints inner, bool channelsFirst) {
  inner.insert(inner.begin(), 1);
  inner.insert(channelsFirst ? inner.begin() + 1 : inner.end(), 1);
  return inner;
}

// TensorFlow rounds output sizes down; where TensorFlow.js was told to round up, padding at the end gives the same windows.
void roundUp(const VectorCase& v, const Ints& image, const Ints& kernelSize, const Ints& strides, std::size_t first,
             Ints& pads) {
  const Json& mode = attr(v, "dimRoundingMode");
  if (mode != "ceil" && mode != "round") return;
  for (std::size_t i = 0; i < kernelSize.size(); ++i) {
    const std::size_t axis = first + i;
    const std::int64_t rest = (image[axis] - kernelSize[i] + pads[2 * axis] + pads[2 * axis + 1]) % strides[i];
    if (rest != 0 && (mode == "ceil" || 2 * rest >= strides[i])) pads[2 * axis + 1] += strides[i] - rest;
  }
}

// Strides, dilations, padding and data format of every windowed kernel.
void window(const VectorCase& v, MappedCase& m, std::size_t dims, const Ints& kernelSize) {
  const std::string format = attr(v, "dataFormat").is_string() ? attr(v, "dataFormat").get<std::string>() : "";
  const bool channelsFirst = format == "NCHW";
  if (!format.empty()) m.node.attrs.set("data_format", format);
  const Ints strides = spatial(attr(v, "strides"), dims, 1);
  const Ints dilations = spatial(attr(v, "dilations"), dims, 1);
  m.node.attrs.set("strides", withBatchAndChannel(strides, channelsFirst));
  if (attr(v, "dilations").is_array() || attr(v, "dilations").is_number()) {
    m.node.attrs.set("dilations", withBatchAndChannel(dilations, channelsFirst));
  }
  const Json& pad = attr(v, "pad");
  if (pad.is_string()) {
    m.node.attrs.set("padding", upper(pad.get<std::string>()));
    return;
  }
  // TensorFlow.js reads the pads of the spatial dimensions only.
  Ints pads(2 * (dims + 2), 0);
  const std::size_t first = channelsFirst ? 2 : 1;
  for (std::size_t i = 2 * first; i < 2 * (first + dims); ++i) {
    pads[i] = pad.is_number() ? pad.get<std::int64_t>() : pad[i / 2][i % 2].get<std::int64_t>();
  }
  roundUp(v, m.inputs[0].shape(), kernelSize, strides, first, pads);
  const bool none = std::all_of(pads.begin(), pads.end(), [](std::int64_t p) { return p == 0; });
  m.node.attrs.set("padding", std::string(none ? "VALID" : "EXPLICIT"));
  if (!none) m.node.attrs.set("explicit_paddings", pads);
}

// Height and width of a filter [height, width, ...]; none of a filter of another rank, which the op itself refuses.
Ints filterSize(const MappedCase& m) {
  if (m.inputs.size() < 2 || m.inputs[1].shape().size() != 4) return {};
  return {m.inputs[1].shape()[0], m.inputs[1].shape()[1]};
}

void pool(const VectorCase& v, MappedCase& m, std::size_t dims) {
  Ints size = spatial(attr(v, "filterSize"), dims, 1);
  // TensorFlow gives an empty tensor for a window one larger than the image and refuses larger ones; TensorFlow.js takes
  // any.
  if (v.outputs[0].size() == 0) {
    for (std::size_t i = 0; i < dims; ++i) size[i] = std::min(size[i], m.inputs[0].shape()[1 + i] + 1);
  }
  m.node.attrs.set("ksize", withBatchAndChannel(size, false));
  window(v, m, dims, size);
  // TensorFlow.js takes a window of one pixel for the identity, whatever the padding and the strides.
  const bool single = std::all_of(size.begin(), size.end(), [](std::int64_t s) { return s == 1; });
  if (single && m.node.attrs.find<Ints>("explicit_paddings")) m.node.op = "Identity";
}

}  // namespace

void conv2d(const VectorCase& v, MappedCase& m) { window(v, m, 2, filterSize(m)); }

// Of a gradient larger than what the convolution gives TensorFlow.js reads the part that it could have given.
void convTranspose(const VectorCase& v, MappedCase& m) {
  window(v, m, 2, {});
  if (attr(v, "pad") != "same") return;
  const Ints size = spatial(attr(v, "inputShape"), 4, 0), strides = spatial(attr(v, "strides"), 2, 1);
  const Tensor dy = m.inputs[2];
  Shape part = dy.shape();
  for (std::size_t i = 0; i < 2; ++i) part[1 + i] = std::min(part[1 + i], (size[1 + i] + strides[i] - 1) / strides[i]);
  Tensor cropped(DType::kFloat32, part);
  for (std::int64_t i = 0; i < cropped.size(); ++i) {
    const std::int64_t c = i % part[3], x = i / part[3] % part[2], y = i / part[3] / part[2] % part[1];
    const std::int64_t n = i / part[3] / part[2] / part[1];
    cropped.mutableData<float>()[i] = dy.data<float>()[((n * dy.shape()[1] + y) * dy.shape()[2] + x) * dy.shape()[3] + c];
  }
  m.inputs[2] = std::move(cropped);
}

void conv3d(const VectorCase& v, MappedCase& m) { window(v, m, 3, {}); }

void dilation2d(const VectorCase& v, MappedCase& m) {
  window(v, m, 2, {});
  m.node.attrs.set("rates", withBatchAndChannel(spatial(attr(v, "dilations"), 2, 1), false));
}

// TensorFlow.js passes over NaN; TensorFlow's maximum of NaN is NaN.
void poolWithPlaces(const VectorCase& v, MappedCase& m) {
  pool(v, m, 2);
  Tensor numbers(DType::kFloat32, m.inputs[0].shape());
  for (std::int64_t i = 0; i < numbers.size(); ++i) {
    const float x = static_cast<float>(m.inputs[0].number(i));
    numbers.mutableData<float>()[i] = std::isnan(x) ? std::numeric_limits<float>::lowest() : x;
  }
  m.inputs[0] = std::move(numbers);
}

void pool2d(const VectorCase& v, MappedCase& m) { pool(v, m, 2); }
void pool3d(const VectorCase& v, MappedCase& m) { pool(v, m, 3); }

}  // namespace texflow::conformance
