// Strings: StringSplit, StringNGrams, StringToHashBucketFast, regular expressions and what is simple.
#include <algorithm>

#include "ops/array.h"
#include "ops/fingerprint.h"
#include "ops/operands.h"
#include "ops/regex.h"

namespace texflow {
namespace {

using Ints = std::vector<std::int64_t>;
using Strings = std::vector<std::string>;

Status expectStrings(const TensorInfo& input, const std::string& what) {
  return expectOperandDType(input, what, {DType::kString});
}

Strings splitAt(const std::string& text, const std::string& delimiters, bool skipEmpty) {
  Strings parts;
  if (delimiters.empty()) {
    for (const char c : text) parts.emplace_back(1, c);
    return parts;
  }
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.size(), text.find_first_of(delimiters, begin));
    if (end > begin || !skipEmpty) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<std::vector<Tensor>> stringSplitHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 2));
  for (const TensorInfo& info : infos) TEXFLOW_TRY(expectStrings(info, "operand"));
  TEXFLOW_TRY(expectOperandRank(infos[0], "input", 1));
  if (inputs[1].size() != 1) return Status::invalid("The delimiter must be one string.");
  const bool skipEmpty = node.attrs.get<bool>("skip_empty", true);
  std::vector<std::int32_t> indices;
  Strings parts;
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < inputs[0].size(); ++i) {
    std::int32_t column = 0;
    for (std::string& part : splitAt(inputs[0].data<std::string>()[i], *inputs[1].data<std::string>(), skipEmpty)) {
      indices.insert(indices.end(), {static_cast<std::int32_t>(i), column++});
      parts.push_back(std::move(part));
    }
    most = std::max<std::int64_t>(most, column);
  }
  const auto count = static_cast<std::int64_t>(parts.size());
  return std::vector<Tensor>{Tensor(DType::kInt32, {count, 2}, indices), Tensor(DType::kString, {count}, parts),
                             Tensor::ints({inputs[0].size(), most})};
}

Result<std::vector<TensorInfo>> stringSplitShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(stringSplitHost, node, inputs);
}

namespace {

/// How StringNGrams cuts; pad < 0: as much as a width needs.
struct NGrams {
  std::string separator, left, right;
  Ints widths;
  std::int64_t pad = -1;
  bool preserveShort = false;

  std::int64_t padFor(std::int64_t width) const { return pad < 0 ? width - 1 : std::min(pad, width - 1); }
  std::int64_t count(std::int64_t length, std::int64_t width) const {
    return std::max<std::int64_t>(0, length + 2 * padFor(width) - width + 1);
  }
  /// Gram `index` of `total` over the tokens [first, first + length).
  std::string gram(const std::string* first, std::int64_t index, std::int64_t total, std::int64_t width) const {
    const std::int64_t padding = padFor(width);
    const std::int64_t before = std::max<std::int64_t>(0, padding - index);
    const std::int64_t after = std::max<std::int64_t>(0, padding - (total - index - 1));
    const std::int64_t start = before > 0 ? 0 : index - padding;
    Strings tokens(static_cast<std::size_t>(before), left);
    for (std::int64_t i = 0; i < width - before - after; ++i) tokens.push_back(first[start + i]);
    tokens.insert(tokens.end(), static_cast<std::size_t>(after), right);
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) text += (i > 0 ? separator : "") + tokens[i];
    return text;
  }
};

}  // namespace

Result<std::vector<Tensor>> stringNGramsHost(const Node& node, std::span<const Tensor> inputs) {
  const std::vector<TensorInfo> infos = infosOf(inputs);
  TEXFLOW_TRY(expectInputCount(infos, 2));
  TEXFLOW_TRY(expectStrings(infos[0], "data"));
  TEXFLOW_TRY(expectOperandRank(infos[0], "data", 1));
  TEXFLOW_ASSIGN(const Ints splits, intsOperand(infos, 1, "data_splits"));
  const NGrams cut{node.attrs.get<std::string>("separator", ""), node.attrs.get<std::string>("left_pad", ""),
                   node.attrs.get<std::string>("right_pad", ""), node.attrs.get<Ints>("ngram_widths", {}),
                   node.attrs.get<std::int64_t>("pad_width", 0), node.attrs.get<bool>("preserve_short_sequences", false)};
  for (const std::int64_t width : cut.widths)
    if (width < 1 || width > 4096)
      return Status::invalid("The ngram_widths " + shapeText(cut.widths) + " must be positive.");
  if (cut.pad > 4096) return Status::invalid("The pad_width " + std::to_string(cut.pad) + " is too large.");
  if (!splits.empty() &&
      (splits.front() != 0 || splits.back() != inputs[0].size() || !std::is_sorted(splits.begin(), splits.end())))
    return Status::invalid("The data_splits " + shapeText(splits) + " are not row splits of " +
                           std::to_string(inputs[0].size()) + " strings.");
  Strings grams;
  Ints ends(splits.empty() ? 0 : 1, 0);
  for (std::size_t row = 0; row + 1 < splits.size(); ++row) {
    const std::string* first = inputs[0].data<std::string>() + splits[row];
    const std::int64_t length = splits[row + 1] - splits[row];
    const std::size_t before = grams.size();
    for (const std::int64_t width : cut.widths) {
      const std::int64_t total = cut.count(length, width);
      for (std::int64_t i = 0; i < total; ++i) grams.push_back(cut.gram(first, i, total, width));
    }
    if (cut.preserveShort && length > 0 && grams.size() == before)
      grams.push_back(cut.gram(first, 0, 1, length + 2 * std::max<std::int64_t>(0, cut.pad)));
    ends.push_back(static_cast<std::int64_t>(grams.size()));
  }
  return std::vector<Tensor>{Tensor(DType::kString, {static_cast<std::int64_t>(grams.size())}, grams), Tensor::ints(ends)};
}

Result<std::vector<TensorInfo>> stringNGramsShape(const Node& node, std::span<const TensorInfo> inputs) {
  return shapesByRunning(stringNGramsHost, node, inputs);
}

Result<std::vector<TensorInfo>> hashBucketShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, 1));
  TEXFLOW_TRY(expectStrings(inputs[0], "input"));
  if (node.attrs.get<std::int64_t>("num_buckets", 0) < 1)
    return Status::invalid("There are no buckets: num_buckets is below 1.");
  return oneOutput(DType::kInt32, inputs[0].shape);
}

Result<std::vector<Tensor>> hashBucketHost(const Node& node, std::span<const Tensor> inputs) {
  const auto buckets = static_cast<std::uint64_t>(node.attrs.get<std::int64_t>("num_buckets", 1));
  Tensor output(DType::kInt32, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i)
    output.mutableData<std::int32_t>()[i] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(fingerprint64(inputs[0].data<std::string>()[i]) % buckets));
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> regexReplaceShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, node.op == "RegexReplace" ? 3 : 1));
  for (const TensorInfo& input : inputs) TEXFLOW_TRY(expectStrings(input, "operand"));
  for (std::size_t i = 1; i < inputs.size(); ++i)
    if (elementCount(inputs[i].shape) != 1) return Status::invalid("The pattern and the rewrite must be one string each.");
  return oneOutput(DType::kString, inputs[0].shape);
}

Result<std::vector<Tensor>> regexReplaceHost(const Node& node, std::span<const Tensor> inputs) {
  const bool fixed = node.op == "StaticRegexReplace";
  const std::string pattern = fixed ? node.attrs.get<std::string>("pattern", "") : *inputs[1].data<std::string>();
  const std::string rewrite = fixed ? node.attrs.get<std::string>("rewrite", "") : *inputs[2].data<std::string>();
  TEXFLOW_ASSIGN(const Regex regex, Regex::compile(pattern));
  Tensor output(DType::kString, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i) {
    TEXFLOW_ASSIGN(output.mutableData<std::string>()[i],
                   regex.replace(inputs[0].data<std::string>()[i], rewrite, node.attrs.get<bool>("replace_global", true)));
  }
  return std::vector<Tensor>{std::move(output)};
}

Result<std::vector<TensorInfo>> regexMatchShape(const Node& node, std::span<const TensorInfo> inputs) {
  TEXFLOW_TRY(expectInputCount(inputs, node.op == "RegexFullMatch" ? 2 : 1));
  for (const TensorInfo& input : inputs) TEXFLOW_TRY(expectStrings(input, "operand"));
  if (inputs.size() > 1 && elementCount(inputs[1].shape) != 1) return Status::invalid("The pattern must be one string.");
  return oneOutput(DType::kBool, inputs[0].shape);
}

Result<std::vector<Tensor>> regexMatchHost(const Node& node, std::span<const Tensor> inputs) {
  const std::string pattern =
      inputs.size() == 1 ? node.attrs.get<std::string>("pattern", "") : *inputs[1].data<std::string>();
  TEXFLOW_ASSIGN(const Regex regex, Regex::compile(pattern));
  Tensor output(DType::kBool, inputs[0].shape());
  for (std::int64_t i = 0; i < output.size(); ++i)
    output.mutableData<std::uint8_t>()[i] = regex.matchesWhole(inputs[0].data<std::string>()[i]);
  return std::vector<Tensor>{std::move(output)};
}

}  // namespace texflow
