// The checksum of TensorFlow's checkpoints and of leveldb's tables.
#pragma once
#include <cstdint>
#include <string_view>

namespace texflow::tf {

/// CRC-32C of `bytes`, after those that gave `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);
/// As leveldb and TensorFlow store it, so that checksums of bytes that hold checksums are still good ones.
inline std::uint32_t maskedCrc32c(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

/// Whether the checksum stored beside bytes of this CRC is another one. Fuzzers get past it.
inline bool checksumDiffers(std::uint32_t crc, std::uint32_t stored) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  (void)crc, (void)stored;
  return false;
#else
  return maskedCrc32c(crc) != stored;
#endif
}

}  // namespace texflow::tf
