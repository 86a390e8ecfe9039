// Runs one mapped case on a backend.
#pragma once
#include <memory>

#include "conformance/vector_case.h"

namespace texflow {
class Context;
}

namespace texflow::conformance {

class Runner {
 public:
  virtual ~Runner() = default;
  virtual Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t outputs) = 0;
  /// Where it draws; null on the host.
  virtual Context* context() { return nullptr; }
};

/// Host kernels: the plain ones, or where there is one the fast one.
std::unique_ptr<Runner> makeHostRunner(bool fast);
/// A session of one node on a headless context; 0 stripes: what the device takes.
Result<std::unique_ptr<Runner>> makeGlRunner(int stripes);

}  // namespace texflow::conformance
