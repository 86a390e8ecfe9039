#include "conformance/runner.h"
#include "ops/fast/fast_kernel.h"
#include "ops/op.h"

namespace texflow::conformance {
namespace {

class HostRunner : public Runner {
 public:
  explicit HostRunner(bool fast) : fast_(fast) {}

  Result<std::vector<Tensor>> run(const MappedCase& mapped, std::size_t) override {
    TEXFLOW_ASSIGN(std::vector<Tensor> values, runNode(mapped.node, mapped.inputs));
    for (const MappedCase::Step& step : mapped.then) {
      std::vector<Tensor> inputs{values[0]};
      inputs.insert(inputs.end(), step.constants.begin(), step.constants.end());
      TEXFLOW_ASSIGN(values, runNode(step.node, inputs));
    }
    return values;
  }

 private:
  Result<std::vector<Tensor>> runNode(const Node& node, std::span<const Tensor> inputs) const {
    if (fast_)
      if (auto output = runFast(node, inputs)) return std::vector<Tensor>{std::move(*output)};
    return runOnHost(node, inputs);
  }

  bool fast_;
};

}  // namespace

std::unique_ptr<Runner> makeHostRunner(bool fast) { return std::make_unique<HostRunner>(fast); }

}  // namespace texflow::conformance
