// A whole file as bytes, mapped into memory so that reading a part of it costs that part.
#pragma once
#include <string>
#include <string_view>

#include "texflow/status.h"

namespace texflow::tf {

class FileBytes {
 public:
  static Result<FileBytes> open(const std::string& path);
  FileBytes() = default;
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&& other) noexcept;
  ~FileBytes();

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace texflow::tf
