// Runs one node through its host kernel and shows the result as text, for tests of TensorFlow's values.
#pragma once
#include <gtest/gtest.h>

#include "ops/op.h"

namespace texflow {

using Ints = std::vector<std::int64_t>;

inline Node nodeOf(std::string op, std::vector<std::pair<std::string, Attr>> attrs = {}) {
  Node node;
  node.name = "n";
  node.op = std::move(op);
  for (auto& [name, value] : attrs) node.attrs.set(name, std::move(value));
  return node;
}

inline Tensor ints(Shape shape, const std::vector<std::int32_t>& values) {
  return {DType::kInt32, std::move(shape), values};
}
inline Tensor vec(const Ints& values) { return Tensor::ints(values); }
inline Tensor scalar(int value) { return Tensor::scalar(std::int32_t{value}); }

inline Tensor counting(const Shape& shape) {
  Tensor tensor(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.mutableData<float>()[i] = static_cast<float>(i);
  return tensor;
}

/// Shape and values of output 0, as text.
inline std::string run(const Node& node, const std::vector<Tensor>& inputs, std::size_t output = 0) {
  auto outputs = runOnHost(node, inputs);
  if (!outputs.ok()) return outputs.status().message();
  if (output >= outputs->size()) return "no output";
  const Tensor& tensor = (*outputs)[output];
  std::string text = shapeText(tensor.shape());
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    if (tensor.dtype() == DType::kString) text += " " + tensor.data<std::string>()[i];
    else {
      const double value = tensor.number(i);
      char digits[32];
      std::snprintf(digits, sizeof digits, " %g", value);
      text += digits;
    }
  }
  return text;
}

inline bool fails(const Node& node, const std::vector<Tensor>& inputs) { return !runOnHost(node, inputs).ok(); }

inline Tensor floats(Shape shape, const std::vector<float>& values) { return {DType::kFloat32, std::move(shape), values}; }
inline Tensor strings(Shape shape, const std::vector<std::string>& values) {
  return {DType::kString, std::move(shape), values};
}

}  // namespace texflow
