#include "tensorflow/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace texflow::tf {

Result<FileBytes> FileBytes::open(const std::string& path) {
  const auto fault = [&] {
    return Status::invalid("The file '" + path + "' cannot be read: " + std::strerror(errno) + ".");
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fault();
  struct stat info {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) errno = EISDIR;
    else if (!errno) errno = EINVAL;
    const Status status = fault();
    ::close(file);
    return status;
  }
  FileBytes result;
  if (info.st_size > 0) {
    const auto size = static_cast<std::size_t>(info.st_size);
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) {
      const Status status = fault();
      ::close(file);
      return status;
    }
    result.bytes_ = {static_cast<const char*>(mapped), size};
  }
  ::close(file);
  return result;
}

FileBytes::FileBytes(FileBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

FileBytes::~FileBytes() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace texflow::tf
