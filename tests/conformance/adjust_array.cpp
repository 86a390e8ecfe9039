// Arrays: shapes, slices, gathers.
#include <cmath>

#include "conformance/adjust.h"

namespace texflow::conformance {

DType dtypeAttr(const VectorCase& v, DType fallback) {
  const Json& name = attr(v, "dtype");
  for (DType dtype : {DType::kFloat32, DType::kInt32, DType::kBool, DType::kString, DType::kComplex64}) {
    if (name.is_string() && name.get<std::string>() == dtypeName(dtype)) return dtype;
  }
  return fallback;
}

void fill(const VectorCase& v, MappedCase& m) {
  const DType fallback = attr(v, "value").is_string() ? DType::kString : DType::kFloat32;
  m.add(scalarOf(dtypeAttr(v, fallback), attr(v, "value")), true);
}
// TensorFlow.js counts down from start by itself, and gives an empty range where TensorFlow refuses an unreachable limit.
void range(const VectorCase& v, MappedCase& m) {
  const double start = jsonNumber(attr(v, "start"));
  double stop = jsonNumber(attr(v, "stop")), step = attr(v, "step").is_null() ? 1 : jsonNumber(attr(v, "step"));
  if (stop < start && step == 1) step = -1;
  if ((stop - start) * step < 0) stop = start;
  for (double value : {start, stop, step}) m.add(scalarOf(dtypeAttr(v, DType::kFloat32), Json(value)), true);
}

// Missing trailing dimensions are whole ones.
void slice(const VectorCase& v, MappedCase& m) {
  const auto padded = [&](const char* name, std::int64_t rest) {
    Ints values = spatial(attr(v, name), 1, rest);
    values.resize(m.inputs[0].shape().size(), rest);
    return Tensor::ints(values);
  };
  m.add(padded("begin", 0), true);
  m.add(padded("size", -1), true);
}
void scatter(const VectorCase& v, MappedCase& m) {
  if (m.inputs[0].shape().size() == 1) m.inputs[0] = m.inputs[0].reshaped({m.inputs[0].size(), 1});
  if (attr(v, "shape").is_array()) m.add(intTensor(attr(v, "shape")), true);
}
void oneHot(const VectorCase& v, MappedCase& m) {
  const DType dtype = dtypeAttr(v, DType::kFloat32);
  m.add(scalarOf(dtype, attr(v, "onValue")), true);
  m.add(scalarOf(dtype, attr(v, "offValue")), true);
  m.node.attrs.set("axis", std::int64_t{-1});
}
void split(const VectorCase& v, MappedCase& m) {
  const Json& sizes = attr(v, "numOrSizeSplits");
  const Tensor axis = intTensor(attr(v, "axis"));
  if (sizes.is_number()) {
    m.node.op = "Split";
    m.node.attrs.set("num_split", sizes.get<std::int64_t>());
    m.inputs.insert(m.inputs.begin(), axis);
    m.constant.insert(m.constant.begin(), true);
    return;
  }
  m.node.attrs.set("num_split", std::int64_t(sizes.size()));
  m.add(intTensor(sizes), true);
  m.add(axis, true);
}
void unpack(const VectorCase& v, MappedCase& m) {
  const std::int64_t rank = std::int64_t(m.inputs[0].shape().size());
  std::int64_t axis = std::int64_t(jsonNumber(attr(v, "axis")));
  if (axis < 0) axis += rank;
  m.node.attrs.set("num", m.inputs[0].shape()[std::size_t(axis)]);
}
// Without dims all of them.
void reverse(const VectorCase& v, MappedCase& m) {
  Ints all;
  for (std::size_t i = 0; i < m.inputs[0].shape().size(); ++i) all.push_back(std::int64_t(i));
  const Json& dims = attr(v, "dims");
  m.add(dims.is_null() ? Tensor::ints(all) : Tensor::ints(spatial(dims, 1, 0)), true);
}

void count(const VectorCase&, MappedCase& m) { m.node.attrs.set("N", std::int64_t(m.inputs.size())); }
void countButLast(const VectorCase&, MappedCase& m) { m.node.attrs.set("N", std::int64_t(m.inputs.size()) - 1); }

// TensorFlow's op takes logits only.
void multinomial(const VectorCase& v, MappedCase& m) {
  if (attr(v, "normalized") != true) return;
  Tensor logits(DType::kFloat32, m.inputs[0].shape());
  for (std::int64_t i = 0; i < logits.size(); ++i)
    logits.mutableData<float>()[i] = std::log(static_cast<float>(m.inputs[0].number(i)));
  m.inputs[0] = std::move(logits);
}
void searchSorted(const VectorCase& v, MappedCase& m) {
  if (attr(v, "side") == "right") m.node.op = "UpperBound";
}
void unique(const VectorCase& v, MappedCase& m) { m.add(Tensor::ints({std::int64_t(jsonNumber(attr(v, "axis")))}), true); }
void transform(const VectorCase& v, MappedCase& m) {
  const Shape& image = m.inputs[0].shape();
  const Json& size = attr(v, "outputShape");
  m.add(size.is_array() ? intTensor(size) : Tensor::ints({image[1], image[2]}), true);
  m.add(scalarOf(DType::kFloat32, attr(v, "fillValue")), true);
}
void flip(const VectorCase&, MappedCase& m) { m.add(Tensor::ints({2}), true); }
void raggedGather(const VectorCase& v, MappedCase& m) {
  const auto& splits = *v.inputList("paramsNestedSplits");
  for (std::size_t i = 0; i < splits.size(); ++i) {
    m.inputs.insert(m.inputs.begin() + std::ptrdiff_t(i), splits[i]);
    m.constant.insert(m.constant.begin() + std::ptrdiff_t(i), false);
  }
  m.node.attrs.set("PARAMS_RAGGED_RANK", std::int64_t(splits.size()));
}
void raggedToTensor(const VectorCase& v, MappedCase& m) {
  const auto& partitions = *v.inputList("rowPartitionTensors");
  for (const Tensor& partition : partitions) m.add(partition, false);
  m.node.attrs.set("num_row_partition_tensors", std::int64_t(partitions.size()));
}

}  // namespace texflow::conformance
