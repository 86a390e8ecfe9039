#include "programs/binary_store.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace texflow {
namespace {

constexpr std::string_view kMagic = "TXFPROG1";
constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::uint64_t fnv1a(const void* data, std::size_t size, std::uint64_t hash = 0xcbf29ce484222325u) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

void putInt(unsigned char* to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to[i] = static_cast<unsigned char>(value >> (8 * i));
}

std::uint64_t getInt(const unsigned char* from, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= std::uint64_t{from[i]} << (8 * i);
  return value;
}

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

BinaryStore::BinaryStore(std::string folder, std::string driver) : folder_(std::move(folder)), driver_(std::move(driver)) {}

std::string BinaryStore::path(const std::string& source) const {
  const std::string id = identity(source);
  return folder_ + "/" + hex(fnv1a(id.data(), id.size())) + ".program";
}

std::optional<ProgramBinary> BinaryStore::load(const std::string& source) const {
  if (!enabled()) return std::nullopt;
  const File file(std::fopen(path(source).c_str(), "rb"));
  if (!file) return std::nullopt;
  std::array<unsigned char, kHeaderBytes> header;
  if (std::fread(header.data(), 1, header.size(), file.get()) != header.size()) return std::nullopt;
  if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) return std::nullopt;

  const std::string id = identity(source);
  const std::size_t idBytes = getInt(&header[12], 4), binaryBytes = getInt(&header[16], 4);
  if (idBytes != id.size() || binaryBytes == 0 || binaryBytes > kMaxBytes) return std::nullopt;
  // One byte more than announced tells a file that is too long.
  std::vector<std::byte> body(idBytes + binaryBytes + 1);
  if (std::fread(body.data(), 1, body.size(), file.get()) != idBytes + binaryBytes) return std::nullopt;
  body.pop_back();
  if (fnv1a(body.data(), body.size(), fnv1a(header.data(), 20)) != getInt(&header[20], 8)) return std::nullopt;
  if (std::memcmp(body.data(), id.data(), idBytes) != 0) return std::nullopt;

  ProgramBinary binary;
  binary.format = static_cast<unsigned>(getInt(&header[8], 4));
  binary.bytes.assign(body.begin() + static_cast<std::ptrdiff_t>(idBytes), body.end());
  return binary;
}

void BinaryStore::save(const std::string& source, const ProgramBinary& binary) const {
  if (!enabled() || binary.bytes.empty() || binary.bytes.size() > kMaxBytes) return;
  const std::string id = identity(source);
  std::array<unsigned char, kHeaderBytes> header;
  std::memcpy(header.data(), kMagic.data(), kMagic.size());
  putInt(&header[8], binary.format, 4);
  putInt(&header[12], id.size(), 4);
  putInt(&header[16], binary.bytes.size(), 4);
  const std::uint64_t hash = fnv1a(id.data(), id.size(), fnv1a(header.data(), 20));
  putInt(&header[20], fnv1a(binary.bytes.data(), binary.bytes.size(), hash), 8);

  const std::string target = path(source);
  // Unique among processes and threads that save the same program at the same time.
  const auto now = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  const std::string temporary = target + "." + hex(now ^ reinterpret_cast<std::uintptr_t>(&header)) + ".tmp";
  File file(std::fopen(temporary.c_str(), "wb"));
  if (!file) return;
  bool written = std::fwrite(header.data(), 1, header.size(), file.get()) == header.size() &&
                 std::fwrite(id.data(), 1, id.size(), file.get()) == id.size() &&
                 std::fwrite(binary.bytes.data(), 1, binary.bytes.size(), file.get()) == binary.bytes.size();
  written = std::fclose(file.release()) == 0 && written;
  if (!written || std::rename(temporary.c_str(), target.c_str()) != 0) std::remove(temporary.c_str());
}

}  // namespace texflow
