#include "conformance/runner.h"
#include "ops/op.h"

namespace texflow::conformance {
namespace {

class HostRunner : public Runner {
 public:
  Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t) override {
    TEXFLOW_ASSIGN(std::vector<Tensor> values, runOnHost(mapped.node, mapped.inputs));
    for (const MappedCase::Step& step : mapped.then) {
      std::vector<Tensor> inputs{values[0]};
      inputs.insert(inputs.end(), step.constants.begin(), step.constants.end());
      TEXFLOW_ASSIGN(values, runOnHost(step.node, inputs));
    }
    return values;
  }
};

}  // namespace

std::unique_ptr<Runner> makeHostRunner() { return std::make_unique<HostRunner>(); }

}  // namespace texflow::conformance
