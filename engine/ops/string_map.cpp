// Strings element by element: StringLower, StringUpper, StringStrip, StringLength, StringJoin.
#include "ops/array.h"
#include "ops/operands.h"
#include "ops/utf8.h"

namespace texflow {
namespace {

bool inUtf8(const Node& node) {
  return node.attrs.get<std::string>("encoding", "") == "utf-8" ||
         node.attrs.get<std::string>("unit", "BYTE") == "UTF8_CHAR";
}

std::string mapped(const std::string& op, std::string text) {
  if (op == "StringStrip") {
    const char* spaces = " \t\n\v\f\r";
    const std::size_t first = text.find_first_not_of(spaces);
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(spaces) + 1 - first);
  }
  const char low = op == "StringLower" ? 'A' : 'a';
  for (char& c : text)
    if (c >= low && c <= low + 25) c = static_cast<char>(c ^ 32);
  return text;
}

}  // namespace

Result<std::vector<TensorInfo>> stringMapShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectOperandDType(inputs[0], "input", {DType::kString}));
  const bool length = node.op == "StringLength";
  if (!length && inUtf8(node)) return Status::unsupported("Only the letters of ASCII change their case here.");
  return oneOutput(length ? DType::kInt32 : DType::kString, inputs[0].shape);
}

Result<std::vector<Tensor>> stringMapHost(const Node& node, std::span<const Tensor> inputs) {
  const std::string* from = inputs[0].data<std::string>();
  Tensor output(node.op == "StringLength" ? DType::kInt32 : DType::kString, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i) {
    if (node.op != "StringLength") {
      output.mutableData<std::string>()[i] = mapped(node.op, from[i]);
      continue;
    }
    std::size_t units = from[i].size();
    if (inUtf8(node)) {
      units = 0;
      for (std::size_t at = 0; at < from[i].size(); ++units) decodeUtf8(from[i], at);
    }
    output.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(units);
  }
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> stringJoinShape(const Node&, std::span<const TensorInfo> inputs) {
  if (inputs.empty()) return Status::invalid("There is nothing to join.");
  Shape shape;
  for (const TensorInfo& input : inputs) {
    TEXFLOW_TRY(expectOperandDType(input, "input", {DType::kString}));
    if (input.shape.empty()) continue;
    if (!shape.empty() && shape != input.shape)
      return Status::invalid("Strings of shapes " + shapeText(shape) + " and " + shapeText(input.shape) + " do not join.");
    shape = input.shape;
  }
  return oneOutput(DType::kString, std::move(shape));
}

Result<std::vector<Tensor>> stringJoinHost(const Node& node, std::span<const Tensor> inputs) {
  TEXFLOW_ASSIGN(const auto infos, stringJoinShape(node, infosOf(inputs)));
  const std::string separator = node.attrs.get<std::string>("separator", "");
  Tensor output(DType::kString, infos[0].shape);
  for (std::int64_t i = 0; i < output.size(); ++i) {
    std::string& text = output.mutableData<std::string>()[i];
    for (std::size_t k = 0; k < inputs.size(); ++k)
      text += (k > 0 ? separator : "") + inputs[k].data<std::string>()[inputs[k].shape().empty() ? 0 : i];
  }
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
