#include "files.h"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <random>

namespace texflow::cli {

namespace fs = std::filesystem;

Result<std::string> readFile(const std::string& path) {
  constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 33;
  std::error_code error;
  if (!fs::is_regular_file(path, error) || error)
    return Status::invalid("The file '" + path + "' does not exist or is not a regular file.");
  const auto size = fs::file_size(path, error);
  if (error) return Status::invalid("The file '" + path + "' cannot be read: " + error.message() + ".");
  if (size > kMaxBytes) return Status::invalid("The file '" + path + "' has more than 2^33 bytes.");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) return Status::invalid("The file '" + path + "' cannot be read.");
  return bytes;
}

Status writeFile(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp" + std::to_string(std::random_device()());
  std::error_code error;
  bool written = false;
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    written = !file.fail();
  }
  if (written) fs::rename(temporary, path, error);
  if (written && !error) return {};
  const std::string reason = error ? ": " + error.message() : "";
  fs::remove(temporary, error);
  return Status::invalid("The file '" + path + "' cannot be written" + reason + ".");
}

std::string safeFileName(std::string_view name) {
  std::string safe(name);
  for (char& c : safe) {
    const bool keep =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    if (!keep) c = '_';
  }
  return safe;
}

}  // namespace texflow::cli
