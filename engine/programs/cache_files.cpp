#include "programs/cache_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "programs/binary_file.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryEnding = ".tmp";
// A writer takes milliseconds; what is older was left by one that died.
constexpr std::chrono::hours kTemporaryLife{1};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  /// Some file systems report a full disk only here.
  bool closeNow() {
    const int fd = fd_;
    fd_ = -1;
    return close(fd) == 0;
  }

 private:
  int fd_;
};

bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::optional<std::string> readRegularFile(const std::string& path, std::size_t maxBytes) {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (info.st_size < 0 || static_cast<std::uintmax_t>(info.st_size) > maxBytes) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

bool replaceFile(const std::string& path, std::string_view bytes) {
  static std::atomic<unsigned> count{0};
  const std::string temporary =
      path + "." + std::to_string(getpid()) + "-" + std::to_string(count++) + std::string(kTemporaryEnding);
  Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return false;
  const bool written = writeAll(file.get(), bytes);
  if (file.closeNow() && written && std::rename(temporary.c_str(), path.c_str()) == 0) return true;
  unlink(temporary.c_str());
  return false;
}

int prunePrograms(const std::string& folder, std::int64_t maxBytes, std::chrono::seconds olderThan,
                  const std::string& keep) {
  struct File {
    fs::file_time_type used;
    std::int64_t bytes;
    fs::path path;
  };
  std::vector<File> files;
  std::int64_t total = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    // Other processes remove files at the same time: an entry that cannot be asked is gone.
    std::error_code gone;
    const std::string ending = entry->path().extension().string();
    if (!entry->is_regular_file(gone) || gone) continue;
    const auto used = entry->last_write_time(gone);
    if (gone) continue;
    const auto bytes = static_cast<std::int64_t>(entry->file_size(gone));
    if (gone) continue;
    if (ending == kProgramFileEnding) {
      files.push_back({used, bytes, entry->path()});
      total += bytes;
    } else if (ending == kTemporaryEnding && entry->path().stem().string().find(kProgramFileEnding) != std::string::npos &&
               now - used > kTemporaryLife) {
      fs::remove(entry->path(), gone);
    }
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
  int removed = 0;
  for (const File& file : files) {
    const bool isOld = std::chrono::duration_cast<std::chrono::seconds>(now - file.used) > olderThan;
    if ((total <= maxBytes && !isOld) || file.path == keep) continue;
    total -= file.bytes;
    std::error_code gone;
    removed += fs::remove(file.path, gone) ? 1 : 0;
  }
  return removed;
}

}  // namespace texflow
