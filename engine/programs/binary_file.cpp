#include "programs/binary_file.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

// In this file only, so that users of the static library need not link it.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace texflow {
namespace {

constexpr std::string_view kMagic = "TXFPROG2";
constexpr std::size_t kHashedHeaderBytes = 32, kHeaderBytes = 40;

void putInt(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i));
}

std::uint64_t getInt(std::string_view from, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(from[at + i])} << (8 * i);
  return value;
}

std::uint64_t hashOf(std::string_view header, std::string_view body) {
  return XXH3_64bits_withSeed(body.data(), body.size(), XXH3_64bits(header.data(), kHashedHeaderBytes));
}

// The parts of a whole file.
struct Parts {
  unsigned format;
  std::string_view driver, engine, source, binary;
};

std::optional<Parts> partsOf(std::string_view file) {
  if (file.size() < kHeaderBytes || file.size() > kMaxProgramFileBytes || !file.starts_with(kMagic)) return std::nullopt;
  const std::string_view body = file.substr(kHeaderBytes);
  std::array<std::uint64_t, 4> lengths;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) sum += lengths[i] = getInt(file, 12 + 4 * i, 4);
  if (sum != body.size() || lengths[3] == 0 || getInt(file, 28, 4) != 0) return std::nullopt;
  if (hashOf(file, body) != getInt(file, kHashedHeaderBytes, 8)) return std::nullopt;
  std::size_t at = 0;
  const auto next = [&](std::size_t i) {
    const std::string_view part = body.substr(at, lengths[i]);
    at += lengths[i];
    return part;
  };
  Parts parts{static_cast<unsigned>(getInt(file, 8, 4)), {}, {}, {}, {}};
  parts.driver = next(0);
  parts.engine = next(1);
  parts.source = next(2);
  parts.binary = next(3);
  return parts;
}

}  // namespace

std::string programFileName(const ProgramIdentity& identity) {
  const std::string text = identity.driver + '\0' + identity.engine + '\0' + identity.source;
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  char name[33];
  std::snprintf(name, sizeof name, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return name + std::string(kProgramFileEnding);
}

std::string encodeProgramFile(const ProgramIdentity& identity, const ProgramBinary& binary) {
  std::string body = identity.driver + identity.engine + identity.source;
  body.append(reinterpret_cast<const char*>(binary.bytes.data()), binary.bytes.size());
  std::string file(kMagic);
  putInt(file, binary.format, 4);
  for (const std::size_t length :
       {identity.driver.size(), identity.engine.size(), identity.source.size(), binary.bytes.size()})
    putInt(file, length, 4);
  putInt(file, 0, 4);
  putInt(file, hashOf(file, body), 8);
  return file + body;
}

std::optional<ProgramBinary> decodeProgramFile(std::string_view file, const ProgramIdentity& identity) {
  const auto parts = partsOf(file);
  if (!parts || parts->driver != identity.driver || parts->engine != identity.engine || parts->source != identity.source)
    return std::nullopt;
  ProgramBinary binary;
  binary.format = parts->format;
  binary.bytes.resize(parts->binary.size());
  std::memcpy(binary.bytes.data(), parts->binary.data(), parts->binary.size());
  return binary;
}

std::optional<ProgramIdentity> identityOfProgramFile(std::string_view file) {
  const auto parts = partsOf(file);
  if (!parts) return std::nullopt;
  return ProgramIdentity{std::string(parts->driver), std::string(parts->engine), std::string(parts->source)};
}

}  // namespace texflow
