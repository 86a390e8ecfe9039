#include "conformance/vector_case.h"

#include <limits>

namespace texflow::conformance {
namespace {

DType dtypeOf(const std::string& name) {
  for (DType dtype : {DType::kInt32, DType::kBool, DType::kString, DType::kComplex64}) {
    if (name == dtypeName(dtype)) return dtype;
  }
  return DType::kFloat32;
}

Result<std::vector<Tensor>> readTensors(const Json& json) {
  std::vector<Tensor> tensors;
  if (json.is_null() || json.empty()) return tensors;
  if (!json.is_array()) {
    TEXFLOW_ASSIGN(Tensor tensor, readTensor(json));
    tensors.push_back(std::move(tensor));
    return tensors;
  }
  for (const Json& item : json) {
    TEXFLOW_ASSIGN(Tensor tensor, readTensor(item));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace

Result<Tensor> readTensor(const Json& json) {
  Shape shape = json.at("shape").get<Shape>();
  TEXFLOW_ASSIGN(const std::int64_t size, checkedElementCount(shape));
  const DType dtype = dtypeOf(json.at("dtype").get<std::string>());
  const Json& data = json.at("data");
  const std::int64_t values = dtype == DType::kComplex64 ? 2 * size : size;
  if (std::int64_t(data.size()) != values) return Status::invalid("A tensor's data does not fit its shape.");
  Tensor tensor(dtype, std::move(shape));
  for (std::int64_t i = 0; i < values; ++i) {
    const Json& value = data[std::size_t(i)];
    switch (dtype) {
      case DType::kFloat32: tensor.mutableData<float>()[i] = float(jsonNumber(value)); break;
      case DType::kComplex64: tensor.mutableData<float>()[i] = float(jsonNumber(value)); break;
      case DType::kInt32: tensor.mutableData<std::int32_t>()[i] = std::int32_t(std::int64_t(jsonNumber(value))); break;
      case DType::kBool: tensor.mutableData<std::uint8_t>()[i] = jsonNumber(value) != 0; break;
      case DType::kString: tensor.mutableData<std::string>()[i] = value.get<std::string>(); break;
    }
  }
  return tensor;
}

double jsonNumber(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

Tensor intTensor(const Json& value) {
  if (!value.is_array()) return Tensor::scalar(std::int32_t(jsonNumber(value)));
  std::vector<std::int64_t> numbers;
  std::vector<std::int32_t> flat;
  std::int64_t columns = -1;
  for (const Json& item : value) {
    if (!item.is_array()) numbers.push_back(std::int64_t(jsonNumber(item)));
    if (item.is_array()) {
      columns = std::int64_t(item.size());
      for (const Json& number : item) flat.push_back(std::int32_t(jsonNumber(number)));
    }
  }
  if (columns < 0) return Tensor::ints(numbers);
  return {DType::kInt32, Shape{std::int64_t(value.size()), columns}, flat};
}

Tensor scalarOf(DType dtype, const Json& value) {
  switch (dtype) {
    case DType::kInt32: return Tensor::scalar(std::int32_t(jsonNumber(value)));
    case DType::kBool: return {DType::kBool, Shape{}, std::vector<std::uint8_t>{std::uint8_t(jsonNumber(value) != 0)}};
    case DType::kString: return {DType::kString, Shape{}, std::vector<std::string>{value.get<std::string>()}};
    default: return Tensor::scalar(float(jsonNumber(value)));
  }
}

const std::vector<Tensor>* VectorCase::inputList(std::string_view name) const {
  for (const auto& [key, tensors] : inputs) {
    if (key == name) return &tensors;
  }
  return nullptr;
}

const Tensor* VectorCase::input(std::string_view name) const {
  const auto* tensors = inputList(name);
  return tensors && !tensors->empty() ? &tensors->front() : nullptr;
}

Result<VectorCase> parseCase(const std::string& line, int lineNumber) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("kernel") || !json.contains("outputs")) {
    return Status::invalid("Line " + std::to_string(lineNumber) + " is not a kernel vector.");
  }
  VectorCase result;
  result.line = lineNumber;
  result.kernel = json["kernel"].get<std::string>();
  result.spec = json.value("spec", "");
  result.op = json.value("op", "");
  result.constants = json.value("constants", std::vector<std::string>());
  result.attrs = json.value("attrs", Json::object());
  if (result.attrs.is_null()) result.attrs = Json::object();
  const Json inputs = json.value("inputs", Json::object());
  for (const auto& [name, value] : inputs.items()) {
    TEXFLOW_ASSIGN(std::vector<Tensor> tensors, readTensors(value));
    result.inputs.emplace_back(name, std::move(tensors));
  }
  TEXFLOW_ASSIGN(result.outputs, readTensors(json["outputs"]));
  return result;
}

}  // namespace texflow::conformance
