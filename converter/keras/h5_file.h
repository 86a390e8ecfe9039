// The part of HDF5 that Keras files use, with errors as values. Nothing outside the file is ever opened.
#pragma once
#include <hdf5.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "file_bytes.h"
#include "h5_groups.h"
#include "h5_headers.h"
#include "h5_texts.h"

namespace texflow {

/// A handle of the HDF5 library, closed with the last copy.
class H5Handle {
 public:
  H5Handle() = default;
  H5Handle(hid_t id, herr_t (*close)(hid_t));
  hid_t get() const { return id_ ? *id_ : H5I_INVALID_HID; }
  explicit operator bool() const { return get() >= 0; }

 private:
  std::shared_ptr<const hid_t> id_;
};

struct H5DatasetInfo {
  std::string path;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::uint64_t offset = 0;  ///< Of the values in the file, where their bytes can be taken as they are; else 0.
};

/// An open file.
class H5File {
 public:
  static Result<H5File> open(const std::string& path);
  /// A file in memory; `name` is for messages.
  static Result<H5File> openImage(std::string bytes, const std::string& name);

  bool hasGroup(const std::string& path) const;
  /// A text attribute of a group ("/" is the root); nothing where there is none.
  Result<std::optional<std::string>> text(const std::string& group, const std::string& attribute) const;
  /// A list of texts, also where it is split into `attribute0`, `attribute1`, ...
  Result<std::optional<std::vector<std::string>>> texts(const std::string& group, const std::string& attribute) const;
  /// Paths of all datasets of the file.
  Result<std::vector<std::string>> datasets() const;
  Result<H5DatasetInfo> info(const std::string& path) const;
  /// The values as the engine's dtype; those of large tensors are read when they are asked for.
  Result<Tensor> read(const H5DatasetInfo& about) const;
  /// The bytes of the values where they can be taken as they are.
  FilePart stored(const H5DatasetInfo& about) const;
  const std::string& name() const { return name_; }

 private:
  using Texts = std::optional<std::vector<std::string>>;

  /// Where the header of an object is in the mapped file; nothing without a mapping, or where there is no such object.
  std::optional<std::uint64_t> headerOf(const std::string& path) const;
  /// The file as the library has it.
  hid_t library() const;
  H5Handle openObject(const std::string& path) const;
  Result<Texts> plainTexts(const std::map<std::string_view, H5Attribute>& attributes, const std::string& attribute) const;
  Result<H5Handle> openDataset(const std::string& path) const;

  std::string name_;
  std::shared_ptr<std::string> image_;
  std::shared_ptr<H5Handle> library_;         ///< Shared by copies; empty until something needs it.
  std::shared_ptr<const FileBytes> mapping_;  ///< Null where addresses in the file are not those of its bytes.
  std::shared_ptr<H5Groups> groups_;          ///< "
  std::shared_ptr<H5Texts> texts_;            ///< "
  std::uint64_t bytes_ = 0;
};

}  // namespace texflow
