// What fuzzers call with bytes from nowhere; tests/converter/fuzz_replay_test.cpp repeats what they once found.
#pragma once
#include <span>
#include <string_view>

namespace texflow::fuzz {

struct Target {
  std::string_view name;
  /// Reads the bytes as far as they go. A crash, a hang, a large allocation or an error without a sentence is a finding.
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();

}  // namespace texflow::fuzz
