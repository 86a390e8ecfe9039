// The bytes of one program on disk: docs/formats/program-cache.md.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace texflow {

/// What the driver makes of a linked program.
struct ProgramBinary {
  unsigned format = 0;
  std::vector<std::byte> bytes;
};

/// All that decides what a linked program is.
struct ProgramIdentity {
  std::string driver;  ///< Vendor, renderer and version, one a line.
  std::string engine;  ///< Version of this engine.
  std::string source;  ///< The whole fragment shader.
};

inline constexpr std::string_view kProgramFileEnding = ".txp";
inline constexpr std::size_t kMaxProgramFileBytes = std::size_t{64} << 20;

/// The name of the file, without folder.
std::string programFileName(const ProgramIdentity& identity);
std::string encodeProgramFile(const ProgramIdentity& identity, const ProgramBinary& binary);
/// The binary, when `file` is whole and of that identity.
std::optional<ProgramBinary> decodeProgramFile(std::string_view file, const ProgramIdentity& identity);
/// The identity of a whole file.
std::optional<ProgramIdentity> identityOfProgramFile(std::string_view file);

}  // namespace texflow
