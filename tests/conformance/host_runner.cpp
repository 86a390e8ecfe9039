#include "conformance/runner.h"
#include "ops/op.h"

namespace texflow::conformance {
namespace {

class HostRunner : public Runner {
 public:
  Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t) override {
    return runOnHost(mapped.node, mapped.inputs);
  }
};

}  // namespace

std::unique_ptr<Runner> makeHostRunner() { return std::make_unique<HostRunner>(); }

}  // namespace texflow::conformance
