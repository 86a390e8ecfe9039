#include "tensorflow/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "file_bytes.h"
#include "saved_model.pb.h"
#include "tensorflow/attr_value.h"
#include "tensorflow/crc32c.h"
#include "tensorflow/slices.h"
#include "tensorflow/sorted_table.h"

namespace texflow::tf {

struct Checkpoint::Impl {
  std::string prefix, index;
  std::map<std::string, std::string, std::less<>> table;
  int shardCount = 0;
  std::map<int, std::shared_ptr<const FileBytes>> shards;

  Result<BundleEntryProto> entry(std::string_view key) const;
  Status checkExtents();
  Result<std::string_view> bytesOf(const BundleEntryProto& entry, const std::string& key);
  Result<Tensor> whole(const BundleEntryProto& entry, const std::string& key);
  Result<Tensor> strings(std::string_view bytes, const BundleEntryProto& entry, Shape shape, const std::string& key) const;
  /// Keys of slices are not text.
  std::string where(const std::string& key) const {
    std::string shown;
    for (const char c : key.substr(0, 200)) shown += c >= ' ' && c <= '~' ? c : '?';
    return "The entry '" + shown + "' of '" + index + "'";
  }
};

namespace {

Result<Shape> shapeOf(const TensorShapeProto& proto, const std::string& where) {
  Shape shape;
  for (const auto& dim : proto.dim()) shape.push_back(dim.size());
  const auto count = checkedElementCount(shape);
  if (!count.ok()) return Status::invalid(where + " cannot be read: " + count.status().message());
  return shape;
}

}  // namespace

Checkpoint::Checkpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Checkpoint::~Checkpoint() = default;

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::string& prefix) {
  auto impl = std::make_unique<Impl>();
  impl->prefix = prefix;
  impl->index = prefix + ".index";
  TEXFLOW_ASSIGN(const FileBytes file, FileBytes::open(impl->index));
  TEXFLOW_ASSIGN(impl->table, readSortedTable(file.bytes(), "The file '" + impl->index + "'"));
  BundleHeaderProto header;
  const auto found = impl->table.find("");
  if (found == impl->table.end() || !header.ParseFromString(found->second))
    return Status::invalid("The file '" + impl->index + "' has no header; it is not an index of variables.");
  if (header.endianness() != 0)
    return Status::unsupported("The variables of '" + impl->index +
                               "' are big-endian; only little-endian ones can be read.");
  if (header.num_shards() < 1 || header.num_shards() > 99999)
    return Status::invalid("The file '" + impl->index + "' says that it has " + std::to_string(header.num_shards()) +
                           " data files; 1 to 99999 are possible.");
  impl->shardCount = header.num_shards();
  TEXFLOW_TRY(impl->checkExtents());
  return std::unique_ptr<Checkpoint>(new Checkpoint(std::move(impl)));
}

bool Checkpoint::has(std::string_view key) const { return impl_->table.find(key) != impl_->table.end(); }
std::size_t Checkpoint::size() const { return impl_->table.size(); }

Result<BundleEntryProto> Checkpoint::Impl::entry(std::string_view key) const {
  const auto found = table.find(key);
  BundleEntryProto entry;
  if (found == table.end())
    return Status::invalid("The file '" + index + "' has no entry '" + std::string(key.substr(0, 200)) + "'.");
  if (!entry.ParseFromString(found->second)) return Status::invalid(where(std::string(key)) + " is damaged.");
  return entry;
}

Result<std::string_view> Checkpoint::Impl::bytesOf(const BundleEntryProto& entry, const std::string& key) {
  if (entry.shard_id() < 0 || entry.shard_id() >= shardCount)
    return Status::invalid(where(key) + " is in the data file " + std::to_string(entry.shard_id()) + "; there are " +
                           std::to_string(shardCount) + ".");
  char suffix[40];
  std::snprintf(suffix, sizeof suffix, ".data-%05d-of-%05d", entry.shard_id(), shardCount);
  const std::string path = prefix + suffix;
  if (!shards.count(entry.shard_id())) {
    TEXFLOW_ASSIGN(FileBytes file, FileBytes::open(path));
    shards.emplace(entry.shard_id(), std::make_shared<const FileBytes>(std::move(file)));
  }
  const std::string_view data = shards[entry.shard_id()]->bytes();
  if (entry.offset() < 0 || entry.size() < 0 || static_cast<std::uint64_t>(entry.offset()) > data.size() ||
      static_cast<std::uint64_t>(entry.size()) > data.size() - static_cast<std::uint64_t>(entry.offset()))
    return Status::invalid(where(key) + " has " + std::to_string(entry.size()) + " bytes at byte " +
                           std::to_string(entry.offset()) + ", and '" + path + "' has only " + std::to_string(data.size()) +
                           " bytes: one of the files is cut off or belongs to another model.");
  return data.substr(static_cast<std::size_t>(entry.offset()), static_cast<std::size_t>(entry.size()));
}

/// Also of what is not asked for: a data file that is cut off says that the model is not whole.
Status Checkpoint::Impl::checkExtents() {
  for (const auto& [key, value] : table) {
    if (key.empty()) continue;
    TEXFLOW_ASSIGN(const BundleEntryProto proto, entry(key));
    if (proto.slices_size() == 0) TEXFLOW_TRY(bytesOf(proto, key).status());
  }
  return {};
}

Result<Tensor> Checkpoint::Impl::whole(const BundleEntryProto& entry, const std::string& key) {
  const DataTypeInfo* type = dataType(entry.dtype());
  if (!type)
    return Status::unsupported(where(key) + " has the dtype " + std::to_string(entry.dtype()) +
                               ", which has no values here.");
  TEXFLOW_ASSIGN(Shape shape, shapeOf(entry.shape(), where(key)));
  TEXFLOW_ASSIGN(const std::string_view bytes, bytesOf(entry, key));
  if (type->dtype == DType::kString) return strings(bytes, entry, std::move(shape), key);
  const std::int64_t expected = elementCount(shape) * type->bytes;
  if (static_cast<std::int64_t>(bytes.size()) != expected)
    return Status::invalid(where(key) + " has " + std::to_string(bytes.size()) + " bytes where a " +
                           std::string(type->name) + " tensor of shape " + shapeText(shape) + " has " +
                           std::to_string(expected) + ".");
  if (checksumDiffers(crc32c(bytes), entry.crc32c()))
    return Status::invalid(where(key) + " does not match its checksum: the variables at byte " +
                           std::to_string(entry.offset()) + " of data file " + std::to_string(entry.shard_id()) +
                           " are damaged.");
  const auto& file = shards[entry.shard_id()];
  if (bytes.size() >= (1 << 20)) file->forget(bytes);
  return tensorOfFile(file, bytes, type->dtype, std::move(shape),
                      [type](std::string_view part, Tensor& tensor) { decodeElements(*type, part, tensor); });
}

/// All lengths as varints, four bytes of checksum, all strings.
Result<Tensor> Checkpoint::Impl::strings(std::string_view bytes, const BundleEntryProto& entry, Shape shape,
                                         const std::string& key) const {
  const auto damaged = [&](const char* why) { return Status::invalid(where(key) + " holds damaged strings: " + why + "."); };
  const auto count = static_cast<std::size_t>(elementCount(shape));
  if (count > bytes.size()) return damaged("there are fewer bytes than strings");
  std::vector<std::uint64_t> lengths;
  lengths.reserve(count);
  std::uint32_t crc = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    int shift = 0;
    for (; at < bytes.size(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(bytes[at++]);
      if (shift < 64) length |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) break;
    }
    lengths.push_back(length);
    // The checksum takes lengths as integers of four bytes, longer ones of eight.
    const auto narrow = static_cast<std::uint32_t>(length);
    crc = length <= 0xFFFFFFFFU ? crc32c({reinterpret_cast<const char*>(&narrow), 4}, crc)
                                : crc32c({reinterpret_cast<const char*>(&length), 8}, crc);
  }
  if (bytes.size() - at < 4) return damaged("they are cut off");
  std::uint32_t stored = 0;
  std::memcpy(&stored, bytes.data() + at, 4);
  if (checksumDiffers(crc, stored)) return damaged("the checksum of their lengths does not match");
  crc = crc32c(bytes.substr(at, 4), crc);
  at += 4;
  Tensor tensor(DType::kString, std::move(shape));
  for (std::size_t i = 0; i < count; ++i) {
    if (lengths[i] > bytes.size() - at) return damaged("they are cut off");
    tensor.mutableData<std::string>()[i] = bytes.substr(at, lengths[i]);
    crc = crc32c(bytes.substr(at, lengths[i]), crc);
    at += lengths[i];
  }
  if (checksumDiffers(crc, entry.crc32c())) return damaged("their checksum does not match");
  return tensor;
}

Result<std::string> Checkpoint::readBytes(const std::string& key) {
  TEXFLOW_ASSIGN(const Tensor tensor, read(key));
  if (tensor.dtype() != DType::kString || tensor.size() != 1)
    return Status::invalid(impl_->where(key) + " is not a single string.");
  return tensor.data<std::string>()[0];
}

Result<Tensor> Checkpoint::read(const std::string& key, const std::string& slice, std::vector<std::int64_t>* wide) {
  TEXFLOW_ASSIGN(const BundleEntryProto entry, impl_->entry(key));
  const std::string where = impl_->where(key);
  TEXFLOW_ASSIGN(const Shape shape, shapeOf(entry.shape(), where));
  Box wanted = wholeBox(shape);
  if (!slice.empty()) {
    TEXFLOW_ASSIGN(wanted, parseSlice(slice, shape, where));
  }
  const bool all = wanted == wholeBox(shape);
  if (entry.slices_size() == 0) {
    TEXFLOW_ASSIGN(Tensor tensor, impl_->whole(entry, key));
    if (all && wide && tensor.dtype() == DType::kInt32) {
      TEXFLOW_ASSIGN(const std::string_view bytes, impl_->bytesOf(entry, key));
      *wide = wideElements(*dataType(entry.dtype()), bytes);
    }
    if (all) return tensor;
    Tensor part(tensor.dtype(), lengthsOf(wanted));
    copyBox(tensor, wholeBox(shape), wanted, part);
    return part;
  }
  const DataTypeInfo* type = dataType(entry.dtype());
  if (!type || type->dtype == DType::kString)
    return Status::unsupported(where + " is in slices of the dtype " + std::to_string(entry.dtype()) + ".");
  Tensor result;
  std::int64_t covered = 0;
  for (const TensorSliceProto& proto : entry.slices()) {
    TEXFLOW_ASSIGN(const Box box, boxOf(proto, shape, where));
    const Box common = intersection(box, wanted);
    const std::int64_t count = elementCount(lengthsOf(common));
    if (count == 0) continue;
    const std::string sliceKey = sliceKeyOf(key, proto);
    TEXFLOW_ASSIGN(const BundleEntryProto sliceEntry, impl_->entry(sliceKey));
    TEXFLOW_ASSIGN(const Tensor part, impl_->whole(sliceEntry, key + " (slice)"));
    if (part.shape() != lengthsOf(box) || part.dtype() != type->dtype)
      return Status::invalid(where + " has a slice of shape " + shapeText(part.shape()) + " where " +
                             shapeText(lengthsOf(box)) + " is expected.");
    // Made when the first slice is there, so that a small file cannot ask for a large tensor.
    if (covered == 0) {
      if (elementCount(lengthsOf(wanted)) > 1024 * (part.size() + (1 << 20)))
        return Status::invalid(where + " has the shape " + shapeText(shape) + ", far more than its slices hold.");
      result = Tensor(type->dtype, lengthsOf(wanted));
    }
    copyBox(part, box, wanted, result);
    covered += count;
  }
  if (covered != elementCount(lengthsOf(wanted)))
    return Status::invalid(where + " of shape " + shapeText(shape) + " has slices for " + std::to_string(covered) +
                           " of its " + std::to_string(elementCount(lengthsOf(wanted))) + " elements.");
  return result;
}

}  // namespace texflow::tf
