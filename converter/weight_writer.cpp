#include "weight_writer.h"

#include <algorithm>
#include <unordered_set>

#include "quantize.h"

namespace texflow {
namespace {

Result<std::int64_t> storedBytes(const NamedWeight& weight, std::optional<Quantization> to) {
  const std::int64_t count = elementCount(weight.shape);
  if (weight.dtype == DType::kString) {
    std::int64_t bytes = 0;
    TEXFLOW_ASSIGN(const Tensor tensor, weight.read());
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      bytes += 4 + static_cast<std::int64_t>(tensor.data<std::string>()[i].size());
    return bytes;
  }
  if (to) return count * (*to == Quantization::kUint8 ? 1 : 2);
  return count * (weight.dtype == DType::kBool ? 1 : weight.dtype == DType::kComplex64 ? 8 : 4);
}

/// Cuts a stream of bytes into files of equal size. What is small is gathered first; a file of some megabytes in memory
/// would cost as much as writing it.
class Shards {
 public:
  Shards(std::size_t group, std::int64_t total, std::int64_t shardBytes, Sink& sink, ConvertReport* report)
      : group_(group), shardBytes_(static_cast<std::size_t>(shardBytes)), sink_(sink), report_(report) {
    count_ = static_cast<std::size_t>((total + shardBytes - 1) / shardBytes);
  }
  std::string name(std::size_t index) const {
    return "group" + std::to_string(group_) + "-shard" + std::to_string(index + 1) + "of" + std::to_string(count_) + ".bin";
  }
  std::size_t count() const { return count_; }

  Status add(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, std::min(kBlock, shardBytes_ - written_ - buffer_.size()));
      bytes.remove_prefix(part.size());
      if (buffer_.empty() && part.size() == kBlock) {
        TEXFLOW_TRY(put(part));
        continue;
      }
      buffer_.append(part);
      if (buffer_.size() >= kBlock || written_ + buffer_.size() == shardBytes_) TEXFLOW_TRY(flush());
    }
    return {};
  }
  Status flush() {
    if (buffer_.empty()) return {};
    const Status status = put(buffer_);
    buffer_.clear();
    return status;
  }

 private:
  static constexpr std::size_t kBlock = 1 << 17;  ///< Stays in the cache.

  Status put(std::string_view bytes) {
    if (written_ == 0) {
      TEXFLOW_TRY(writeNoted(sink_, name(next_++), bytes, report_));
    } else {
      TEXFLOW_TRY(sink_.append(bytes));
      if (report_) report_->files.back().second += bytes.size();
    }
    written_ = (written_ + bytes.size()) % shardBytes_;
    return {};
  }

  std::size_t group_, shardBytes_, count_ = 0, next_ = 0;
  std::size_t written_ = 0;  ///< Of the shard that is begun.
  Sink& sink_;
  ConvertReport* report_;
  std::string buffer_;
};

Status addStrings(const Tensor& tensor, Shards& shards) {
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const std::string& text = tensor.data<std::string>()[i];
    const auto length = static_cast<std::uint32_t>(text.size());
    TEXFLOW_TRY(shards.add({reinterpret_cast<const char*>(&length), 4}));
    TEXFLOW_TRY(shards.add(text));
  }
  return {};
}

Status writeWeight(const NamedWeight& weight, std::optional<Quantization> to, Shards& shards, JsonWriter& json,
                   ConvertReport* report) {
  json.open('{').key("name").text(weight.name).key("shape").open('[');
  for (const std::int64_t dim : weight.shape) json.integer(dim);
  json.close(']').key("dtype").text(dtypeName(weight.dtype));
  if (weight.stored.file && !to) {
    json.close('}');
    TEXFLOW_TRY(shards.add(weight.stored.bytes));
    weight.stored.file->forget(weight.stored.bytes);
    return {};
  }
  TEXFLOW_ASSIGN(const Tensor tensor, weight.read());
  Status status;
  if (to) {
    Quantized quantized = quantize(tensor, *to);
    json.key("quantization").open('{').key("dtype").text(quantizationName(*to));
    if (*to != Quantization::kFloat16) json.key("min").real(quantized.min).key("scale").real(quantized.scale);
    json.key("original_dtype").text("float32").close('}');
    quantized.error.name = weight.name;
    if (report) report->quantized.push_back(std::move(quantized.error));
    status = shards.add(quantized.bytes);
  } else if (tensor.dtype() == DType::kString) {
    status = addStrings(tensor, shards);
  } else {
    status = shards.add({tensor.data<char>(), tensor.bytes()});
  }
  json.close('}');
  return status;
}

}  // namespace

Status writeNoted(Sink& sink, const std::string& name, std::string_view bytes, ConvertReport* report) {
  TEXFLOW_TRY(sink.write(name, bytes));
  if (report) report->files.emplace_back(name, bytes.size());
  return {};
}

Status writeWeights(const std::vector<WeightGroup>& groups, const ConvertOptions& options, Sink& sink, JsonWriter& json,
                    ConvertReport* report) {
  if (options.weightShardSizeBytes <= 0)
    return Status::invalid("The size of weight shards is " + std::to_string(options.weightShardSizeBytes) +
                           " bytes; it must be positive.");
  std::vector<std::string> names;
  std::unordered_set<std::string_view> seen;
  for (const WeightGroup& group : groups) {
    for (const NamedWeight& weight : group) {
      if (!seen.insert(weight.name).second) return Status::invalid("Two weights are named '" + weight.name + "'.");
      names.push_back(weight.name);
    }
  }
  TEXFLOW_ASSIGN(auto chosen, chooseQuantization(names, options));

  std::vector<std::int64_t> totals(groups.size());
  std::int64_t all = 0, done = 0;
  std::size_t index = 0;
  std::vector<std::int64_t> sizes;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const NamedWeight& weight : groups[g]) {
      auto& to = chosen[sizes.size()];
      if (weight.dtype != DType::kFloat32 || weight.exact) to.reset();
      TEXFLOW_ASSIGN(const std::int64_t bytes, storedBytes(weight, to));
      sizes.push_back(bytes);
      totals[g] += bytes;
    }
    all += totals[g];
  }

  json.open('[');
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Shards shards(g + 1, totals[g], options.weightShardSizeBytes, sink, report);
    json.open('{').key("paths").open('[');
    for (std::size_t i = 0; i < shards.count(); ++i) json.text(shards.name(i));
    json.close(']').key("weights").open('[');
    for (const NamedWeight& weight : groups[g]) {
      TEXFLOW_TRY(writeWeight(weight, chosen[index], shards, json, report));
      done += sizes[index++];
      if (options.onProgress) options.onProgress({"writing", done, all});
    }
    TEXFLOW_TRY(shards.flush());
    json.close(']').close('}');
  }
  json.close(']');
  return {};
}

}  // namespace texflow
