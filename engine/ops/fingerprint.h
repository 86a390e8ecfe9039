// FarmHash's Fingerprint64 of a string, which TensorFlow puts strings into buckets by.
#pragma once
#include <cstdint>
#include <string_view>

namespace texflow {

std::uint64_t fingerprint64(std::string_view text);

}  // namespace texflow
