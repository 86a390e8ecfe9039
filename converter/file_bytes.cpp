#include "file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace texflow {

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

void FileBytes::forget(std::string_view part) const {
  constexpr std::size_t kSmall = 1 << 16;
  if (part.size() < kSmall) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data()) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(part.data() + part.size());
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

Tensor tensorOfFile(std::shared_ptr<const FileBytes> file, std::string_view part, DType dtype, Shape shape,
                    std::function<void(std::string_view, Tensor&)> decode) {
  const auto make = [file = std::move(file), part, dtype, shape, decode = std::move(decode)] {
    Tensor tensor(dtype, shape);
    decode(part, tensor);
    file->forget(part);
    return tensor;
  };
  constexpr std::size_t kSmall = 1 << 16;
  return part.size() < kSmall ? make() : Tensor::deferred(dtype, std::move(shape), make);
}

}  // namespace texflow
