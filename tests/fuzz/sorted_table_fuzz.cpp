// variables.index.
#include <cstddef>
#include <cstdint>

#include "tensorflow/sorted_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto table = texflow::tf::readSortedTable({reinterpret_cast<const char*>(data), size}, "The index");
  if (!table.ok() && table.status().message().empty()) __builtin_trap();
  return 0;
}
