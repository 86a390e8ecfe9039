// A whole file as bytes, mapped into memory so that reading a part of it costs that part.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "texflow/tensor.h"

namespace texflow {

class FileBytes {
 public:
  static Result<FileBytes> open(const std::string& path);
  FileBytes() = default;
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&& other) noexcept;
  ~FileBytes();

  std::string_view bytes() const { return bytes_; }
  /// Lets go of the memory that holds a part; it is read again when it is looked at again.
  void forget(std::string_view part) const;

 private:
  std::string_view bytes_;
};

/// A part of a file that stays open as long as this; no file where there is none.
struct FilePart {
  std::shared_ptr<const FileBytes> file;
  std::string_view bytes;
};

/// A numeric tensor whose values are decoded from a part of a file whenever they are asked for and have been forgotten;
/// those of a small one at once. The tensor keeps the file open.
Tensor tensorOfFile(std::shared_ptr<const FileBytes> file, std::string_view part, DType dtype, Shape shape,
                    std::function<void(std::string_view, Tensor&)> decode);

}  // namespace texflow
