#include "tensorflow/tar_gz.h"

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace texflow::tf {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;

struct GzClose {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

/// A number of a tar header: octal digits, or binary from a byte with the highest bit on.
std::int64_t numberOf(const char* field, std::size_t width) {
  if (static_cast<unsigned char>(field[0]) & 0x80) {
    std::uint64_t value = 0;
    for (std::size_t i = width > 8 ? width - 8 : 1; i < width; ++i)
      value = value << 8 | static_cast<unsigned char>(field[i]);
    return value > (std::uint64_t{1} << 60) ? -1 : static_cast<std::int64_t>(value);
  }
  std::int64_t value = 0;
  for (std::size_t i = 0; i < width && field[i]; ++i)
    if (field[i] >= '0' && field[i] <= '7') value = value * 8 + (field[i] - '0');
  return value;
}

std::string textOf(const char* field, std::size_t width) { return {field, strnlen(field, width)}; }

/// Path of a pax extended header: "30 path=some/name\n".
std::string paxPath(const std::string& records) {
  std::size_t at = 0;
  while (at < records.size()) {
    const std::size_t length = std::strtoul(records.c_str() + at, nullptr, 10);
    if (length == 0 || length > records.size() - at) break;
    const std::string record = records.substr(at, length);
    const std::size_t path = record.find(" path=");
    if (path != std::string::npos && path < 12) return record.substr(path + 6, record.size() - path - 7);
    at += length;
  }
  return {};
}

bool staysInside(const fs::path& path) {
  if (path.is_absolute()) return false;
  for (const fs::path& part : path)
    if (part == "..") return false;
  return true;
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "texflow-XXXXXX").string();
  if (error || !mkdtemp(pattern.data())) return Status::invalid("A temporary folder cannot be made at '" + pattern + "'.");
  TemporaryFolder folder;
  folder.path_ = pattern;
  return folder;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

Status unpackTarGz(const std::string& archive, const std::string& folder) {
  std::error_code error;
  const std::uintmax_t packed = fs::file_size(archive, error);
  const std::unique_ptr<gzFile_s, GzClose> file(error ? nullptr : gzopen(archive.c_str(), "rb"));
  if (!file) return Status::invalid("The archive '" + archive + "' cannot be opened.");
  std::uintmax_t left = (std::uintmax_t{64} << 20) + 200 * packed;
  const auto damaged = [&] {
    return Status::invalid("The archive '" + archive + "' is damaged or cut off; it is not a whole .tar.gz.");
  };
  const auto read = [&](char* to, std::size_t size) {
    return gzread(file.get(), to, static_cast<unsigned>(size)) == static_cast<int>(size);
  };
  std::vector<char> buffer(std::size_t{1} << 16);
  std::string longName;
  char header[kBlock];
  bool any = false;
  while (true) {
    const int got = gzread(file.get(), header, kBlock);
    if (got == 0 && any) return {};
    if (got != static_cast<int>(kBlock)) return damaged();
    if (header[0] == '\0') return any ? Status() : damaged();
    if (std::memcmp(header + 257, "ustar", 5) != 0) return damaged();
    const std::int64_t size = numberOf(header + 124, 12);
    const char type = header[156];
    if (size < 0 || static_cast<std::uintmax_t>(size) > left)
      return Status::unsupported("The archive '" + archive + "' has a member of " + std::to_string(size) +
                                 " bytes, which is too much for an archive of " + std::to_string(packed) + " bytes.");
    left -= static_cast<std::uintmax_t>(size) + kBlock < left ? static_cast<std::uintmax_t>(size) + kBlock : left;
    std::string name = textOf(header, 100);
    const std::string prefix = textOf(header + 345, 155);
    if (!prefix.empty()) name = prefix + "/" + name;
    if (!longName.empty()) name = std::exchange(longName, {});

    std::ofstream out;
    std::string records;
    const bool isName = type == 'L' || type == 'x';
    if (type == '0' || type == '\0') {
      const fs::path relative(name);
      if (!staysInside(relative) || !relative.has_filename())
        return Status::invalid("The archive '" + archive + "' has a member named '" + name +
                               "', which leads out of its folder.");
      const fs::path path = fs::path(folder) / relative;
      fs::create_directories(path.parent_path(), error);
      out.open(path, std::ios::binary);
      if (!out) return Status::invalid("The file '" + path.string() + "' cannot be written.");
      any = true;
    } else if (isName && size > 65536) {
      return damaged();
    }
    for (std::int64_t done = 0; done < size;) {
      const std::int64_t padded = (size + static_cast<std::int64_t>(kBlock) - 1) / static_cast<std::int64_t>(kBlock) *
                                  static_cast<std::int64_t>(kBlock);
      const auto take =
          static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(buffer.size()), padded - done));
      if (!read(buffer.data(), take)) return damaged();
      const auto useful = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(take), size - done));
      if (out.is_open()) out.write(buffer.data(), static_cast<std::streamsize>(useful));
      if (isName) records.append(buffer.data(), useful);
      done += static_cast<std::int64_t>(take);
    }
    if (out.is_open() && !out.flush()) return Status::invalid("The file '" + name + "' of the archive cannot be written.");
    if (type == 'L') longName = records.substr(0, records.find('\0'));
    if (type == 'x') longName = paxPath(records);
  }
}

}  // namespace texflow::tf
