// Inputs on which a fuzzer once found a fault: tests/data/fuzz/TARGET/*.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/targets.h"

namespace texflow {
namespace {

TEST(FuzzReplay, WhatFuzzersFoundEndsInAGraphOrASentence) {
  for (const fuzz::Target& target : fuzz::targets()) {
    const auto folder = std::filesystem::path(TEXFLOW_SOURCE_DIR) / "tests/data/fuzz" / target.name;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(folder, absent)) {
      SCOPED_TRACE(entry.path().string());
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      target.run(bytes.str());
    }
  }
}

}  // namespace
}  // namespace texflow
