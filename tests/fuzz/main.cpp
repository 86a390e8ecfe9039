// libFuzzer's entry: the target is the one that TEXFLOW_FUZZ_TARGET names.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/targets.h"

namespace {

const texflow::fuzz::Target* chosen = nullptr;

}  // namespace

/// The HDF5 library keeps some bytes of superblocks that it refuses.
extern "C" const char* __lsan_default_suppressions() { return "leak:H5FL_"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* wanted = std::getenv("TEXFLOW_FUZZ_TARGET");
  for (const texflow::fuzz::Target& target : texflow::fuzz::targets())
    if (wanted && target.name == wanted) chosen = &target;
  if (chosen) return 0;
  std::fprintf(stderr, "TEXFLOW_FUZZ_TARGET names none of the targets:");
  for (const texflow::fuzz::Target& target : texflow::fuzz::targets()) std::fprintf(stderr, " %s", target.name.data());
  std::fprintf(stderr, "\n");
  std::exit(1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
