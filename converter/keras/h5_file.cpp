#include "h5_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace texflow {
namespace {

/// Texts of one attribute; a hostile file could declare any number.
constexpr std::uint64_t kMaxTexts = 1000000;
/// Groups and datasets that are looked at; hard links can make cycles.
constexpr std::size_t kMaxObjects = 1000000;
/// Deflate makes at most 1032 bytes of one.
constexpr std::uint64_t kMaxExpansion = 1032;

/// The library prints its errors unless it is told not to.
void silence() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

herr_t refuseExternalLink(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) { return -1; }

/// Access properties with which links to other files fail.
hid_t linkAccess() {
  static const hid_t list = [] {
    const hid_t made = H5Pcreate(H5P_LINK_ACCESS);
    H5Pset_elink_cb(made, refuseExternalLink, nullptr);
    return made;
  }();
  return list;
}

/// The file for reading without the library; null when something is before the HDF5 part of it, or its addresses or lengths
/// do not have 8 bytes.
std::shared_ptr<const FileBytes> mapDirect(const std::string& path) {
  auto file = FileBytes::open(path);
  if (!file.ok() || file->bytes().size() < 16 || !file->bytes().starts_with("\x89HDF\r\n\x1a\n")) return nullptr;
  const std::string_view sizes = file->bytes().substr(file->bytes()[8] < 2 ? 13 : 9, 2);
  return sizes == "\x08\x08" ? std::make_shared<const FileBytes>(std::move(*file)) : nullptr;
}

/// Texts of a fixed length behind each other, each up to its first zero.
std::vector<std::string> cutTexts(std::string_view bytes, std::size_t count, std::size_t size) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view text = bytes.substr(i * size, size);
    list.emplace_back(text.substr(0, text.find('\0')));
  }
  return list;
}

}  // namespace

H5Handle::H5Handle(hid_t id, herr_t (*close)(hid_t)) {
  if (id >= 0)
    id_ = std::shared_ptr<const hid_t>(new hid_t(id), [close](const hid_t* open) {
      close(*open);
      delete open;
    });
}

Result<H5File> H5File::open(const std::string& path) {
  silence();
  H5File file;
  file.name_ = path;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return Status::invalid("The file '" + path + "' does not exist or is not a regular file.");
  file.bytes_ = std::filesystem::file_size(path, error);
  if (error) return Status::invalid("The file '" + path + "' cannot be read: " + error.message() + ".");
  if (file.bytes_ == 0) return Status::invalid("The file '" + path + "' is empty.");
  file.library_ = std::make_shared<H5Handle>();
  file.mapping_ = mapDirect(path);
  if (const auto block = file.mapping_ ? h5Superblock(file.mapping_->bytes()) : std::nullopt;
      block && block->end <= file.bytes_) {
    file.groups_ = std::make_shared<H5Groups>(file.mapping_->bytes(), block->root);
    file.texts_ = std::make_shared<H5Texts>(file.mapping_->bytes());
    // The library is opened when something needs it.
    if (file.groups_->find("/").header) return file;
  }
  if (!file.mapping_ && file.library() >= 0) return file;
  const bool signature = H5Fis_hdf5(path.c_str()) > 0;
  return Status::invalid("The file '" + path + "' " +
                         (signature
                              ? "is truncated or damaged: HDF5 cannot open its " + std::to_string(file.bytes_) + " bytes."
                              : std::string("is not an HDF5 file: its signature is missing.")));
}

Result<H5File> H5File::openImage(std::string bytes, const std::string& name) {
  silence();
  H5File file;
  file.name_ = name;
  file.bytes_ = bytes.size();
  file.image_ = std::make_shared<std::string>(std::move(bytes));
  const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.get(), 1 << 16, false);
  H5Pset_file_image(access.get(), file.image_->data(), file.image_->size());
  file.library_ = std::make_shared<H5Handle>(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!*file.library_) return Status::invalid("'" + name + "' is not an HDF5 file, or is truncated or damaged.");
  file.image_.reset();  // The library keeps a copy of its own.
  return file;
}

hid_t H5File::library() const {
  if (!*library_) *library_ = H5Handle(H5Fopen(name_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  return library_->get();
}

H5Handle H5File::openObject(const std::string& path) const {
  if (const H5Found found = groups_ ? groups_->find(path) : H5Found{{}, true}; !found.header && !found.elsewhere) return {};
  return {H5Oopen(library(), path.c_str(), linkAccess()), H5Oclose};
}

bool H5File::hasGroup(const std::string& path) const {
  const H5Handle object = openObject(path);
  return object && H5Iget_type(object.get()) == H5I_GROUP;
}

std::optional<std::uint64_t> H5File::headerOf(const std::string& path) const {
  if (!groups_) return std::nullopt;
  if (const H5Found found = groups_->find(path); !found.elsewhere) return found.header;
  H5O_info_t object;
  if (H5Oget_info_by_name2(library(), path.c_str(), &object, H5O_INFO_BASIC, linkAccess()) < 0) return std::nullopt;
  return object.addr;
}

Result<H5File::Texts> H5File::plainTexts(const std::map<std::string_view, H5Attribute>& attributes,
                                         const std::string& attribute) const {
  constexpr int kFixedTexts = 3, kVariableLength = 9;
  const auto found = attributes.find(attribute);
  if (found == attributes.end()) return Texts();
  const H5Attribute& about = found->second;
  const auto count = h5Count(about.space);
  if (count == 0) return Texts(std::in_place);  // An empty list has some other type.
  if (about.kind() != kFixedTexts && about.kind() != kVariableLength) return Status::invalid("It is not text.");
  if (!count || *count > kMaxTexts) return Status::invalid("It has too many texts.");
  if (about.kind() == kVariableLength) {
    TEXFLOW_ASSIGN(auto list, texts_->read(about.values, *count));
    return Texts(std::move(list));
  }
  if (about.width() == 0 || *count > about.values.size() / about.width())
    return Status::invalid("It claims more bytes than the file has.");
  return Texts(cutTexts(about.values, *count, about.width()));
}

Result<std::optional<std::vector<std::string>>> H5File::texts(const std::string& group, const std::string& attribute) const {
  const std::string context = "reading the attribute '" + attribute + "' of '" + group + "' in '" + name_ + "'";
  const auto header = headerOf(group);
  if (!header) return Status::invalid("The file '" + name_ + "' has no group '" + group + "'.");
  // The library reads beyond its memory where attributes are damaged.
  const auto attributes = h5Attributes(mapping_->bytes(), *header);
  if (!attributes)
    return Status::invalid("It is not where HDF5 files of Keras have it; the file is damaged or of another kind.")
        .during(context);
  const auto read = [&](const std::string& name) {
    auto list = plainTexts(*attributes, name);
    return list.ok() ? std::move(list) : list.status().during(context);
  };
  if (attributes->contains(attribute)) return read(attribute);
  // Lists beyond 64 KB are split.
  std::vector<std::string> all;
  for (int part = 0;; ++part) {
    TEXFLOW_ASSIGN(auto some, read(attribute + std::to_string(part)));
    if (!some) return part == 0 ? Texts() : Texts(std::move(all));
    all.insert(all.end(), some->begin(), some->end());
  }
}

Result<std::optional<std::string>> H5File::text(const std::string& group, const std::string& attribute) const {
  if (!headerOf(group)) return std::optional<std::string>();
  TEXFLOW_ASSIGN(auto list, texts(group, attribute));
  if (!list) return std::optional<std::string>();
  if (list->size() != 1)
    return Status::invalid("The attribute '" + attribute + "' of '" + group + "' in '" + name_ + "' is not one text.");
  return std::optional(std::move((*list)[0]));
}

Result<std::vector<std::string>> H5File::datasets() const {
  std::vector<std::string> found, groups{""};
  std::size_t seen = 0;
  while (!groups.empty()) {
    const std::string group = std::move(groups.back());
    groups.pop_back();
    const H5Handle open(H5Gopen2(library(), ("/" + group).c_str(), H5P_DEFAULT), H5Gclose);
    H5G_info_t info;
    if (!open || H5Gget_info(open.get(), &info) < 0)
      return Status::invalid("The group '/" + group + "' of '" + name_ + "' cannot be read; the file is damaged.");
    if (std::count(group.begin(), group.end(), '/') > 200)
      return Status::invalid("The groups of '" + name_ + "' nest deeper than 200 levels.");
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      if (++seen > kMaxObjects)
        return Status::invalid("'" + name_ + "' holds more than " + std::to_string(kMaxObjects) + " objects.");
      char name[1024] = {};
      H5L_info_t link;
      if (H5Lget_name_by_idx(open.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name - 1, H5P_DEFAULT) < 0 ||
          H5Lget_info(open.get(), name, &link, H5P_DEFAULT) < 0)
        return Status::invalid("The group '/" + group + "' of '" + name_ + "' cannot be read; the file is damaged.");
      if (link.type != H5L_TYPE_HARD) continue;  // Links to other places are never part of a Keras file.
      const H5Handle object(H5Oopen(open.get(), name, H5P_DEFAULT), H5Oclose);
      const std::string path = group.empty() ? name : group + "/" + name;
      if (!object)
        return Status::invalid("The object '" + path + "' of '" + name_ + "' cannot be read; the file is damaged.");
      const H5I_type_t type = H5Iget_type(object.get());
      if (type == H5I_GROUP) groups.push_back(path);
      else if (type == H5I_DATASET) found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<H5Handle> H5File::openDataset(const std::string& path) const {
  H5Handle set = openObject(path);
  if (!set || H5Iget_type(set.get()) != H5I_DATASET)
    return Status::invalid("The file '" + name_ + "' has no dataset '" + path + "'.");
  const H5Handle creation(H5Dget_create_plist(set.get()), H5Pclose);
  if (!creation || H5Pget_external_count(creation.get()) != 0 || H5Pget_layout(creation.get()) == H5D_VIRTUAL)
    return Status::invalid("The values of the dataset '" + path + "' are outside the file '" + name_ +
                           "', which is not read.");
  return set;
}

Result<H5DatasetInfo> H5File::info(const std::string& path) const {
  if (const auto header = headerOf(path))
    if (auto placed = placedH5Dataset(mapping_->bytes(), *header))
      return H5DatasetInfo{path, placed->dtype, std::move(placed->shape), placed->offset};
  TEXFLOW_ASSIGN(const H5Handle set, openDataset(path));
  const std::string context = "reading the dataset '" + path + "' of '" + name_ + "'";
  const H5Handle type(H5Dget_type(set.get()), H5Tclose), space(H5Dget_space(set.get()), H5Sclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (!type || rank < 0 || rank > kMaxRank)
    return Status::invalid("It has " + std::to_string(rank) + " dimensions; at most 8 are supported.").during(context);
  hsize_t dims[H5S_MAX_RANK] = {};
  H5Sget_simple_extent_dims(space.get(), dims, nullptr);
  H5DatasetInfo info;
  info.path = path;
  for (int i = 0; i < rank; ++i)
    info.shape.push_back(dims[i] > static_cast<hsize_t>(kMaxElements) ? kMaxElements + 1
                                                                      : static_cast<std::int64_t>(dims[i]));
  const auto count = checkedElementCount(info.shape);
  if (!count.ok()) return count.status().during(context);
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind == H5T_FLOAT) info.dtype = DType::kFloat32;
  else if (kind == H5T_INTEGER) info.dtype = DType::kInt32;
  else if (kind == H5T_ENUM) info.dtype = DType::kBool;
  else return Status::unsupported("Its values are neither numbers nor booleans.").during(context);
  // What is declared must be there; compressed data cannot be smaller than this.
  const std::uint64_t bytes = static_cast<std::uint64_t>(*count) * H5Tget_size(type.get()),
                      stored = H5Dget_storage_size(set.get());
  if (stored > bytes_ + bytes || bytes / kMaxExpansion > stored || (bytes > 0 && stored == 0))
    return Status::invalid("It declares " + std::to_string(bytes) + " bytes of values, but the file holds " +
                           std::to_string(stored) + " for it.")
        .during(context);
  return info;
}

FilePart H5File::stored(const H5DatasetInfo& about) const {
  if (about.offset == 0) return {};
  const auto bytes = static_cast<std::size_t>(elementCount(about.shape)) * 4;
  return {mapping_, mapping_->bytes().substr(about.offset, bytes)};
}

Result<Tensor> H5File::read(const H5DatasetInfo& about) const {
  const auto damaged = [&] {
    return Status::invalid("The values of the dataset '" + about.path + "' of '" + name_ +
                           "' cannot be read; the file is truncated or damaged.");
  };
  if (about.offset > 0) {
    const auto bytes = static_cast<std::size_t>(elementCount(about.shape)) * 4;
    return tensorOfFile(
        mapping_, mapping_->bytes().substr(about.offset, bytes), about.dtype, about.shape,
        [](std::string_view part, Tensor& to) { std::memcpy(to.mutableData<std::byte>(), part.data(), part.size()); });
  }
  Tensor tensor(about.dtype, about.shape);
  if (tensor.size() == 0) return tensor;
  TEXFLOW_ASSIGN(const H5Handle set, openDataset(about.path));
  const H5Handle type(H5Dget_type(set.get()), H5Tclose);
  const hid_t memory = about.dtype == DType::kFloat32 ? H5T_NATIVE_FLOAT
                       : about.dtype == DType::kInt32 ? H5T_NATIVE_INT32
                                                      : type.get();
  if (about.dtype == DType::kBool && H5Tget_size(type.get()) != 1)
    return Status::unsupported("The dataset '" + about.path + "' of '" + name_ +
                               "' holds enumerations, which are not supported.");
  if (H5Dread(set.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.mutableData<std::byte>()) < 0) return damaged();
  return tensor;
}

}  // namespace texflow
