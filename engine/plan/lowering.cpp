#include "plan/lowering.h"

#include "plan/plan_builder.h"

namespace texflow {

int Lowering::stripes() const { return builder_.options().stripes; }
int Lowering::maxTextureSize() const { return builder_.options().maxTextureSize; }
LayoutRules Lowering::layoutRules() const { return texflow::layoutRules(builder_.options()); }

Result<GpuTensor> Lowering::input(int index) { return builder_.gpuValue(node.inputs[static_cast<std::size_t>(index)]); }

Result<GpuTensor> Lowering::output(int index, Striping striping) {
  TEXFLOW_ASSIGN(const GpuTensor tensor, builder_.newTensor(outputs[static_cast<std::size_t>(index)].shape, striping));
  builder_.setOutput(index, tensor.id);
  return tensor;
}

Result<GpuTensor> Lowering::temporary(const Shape& shape, Striping striping) { return builder_.newTensor(shape, striping); }

void Lowering::alias(int index, const GpuTensor& source) { builder_.aliasOutput(index, source); }

Result<GpuWeights> Lowering::weights(const std::string& tag, const PackWeights& pack) {
  return builder_.addWeights(tag, pack);
}

void Lowering::draw(const Kernel& kernel, const GpuTensor& output, std::initializer_list<GpuTensor> operands,
                    std::span<const float> params, const GpuWeights* weights) {
  draw(kernel, output, std::span<const GpuTensor>(operands.begin(), operands.size()), params, weights);
}

void Lowering::draw(const Kernel& kernel, const GpuTensor& output, std::span<const GpuTensor> operands,
                    std::span<const float> params, const GpuWeights* weights) {
  DrawStep step;
  step.kernel = kernel;
  step.output = output.id;
  for (const GpuTensor& operand : operands) step.inputs.push_back(operand.id);
  step.params.assign(params.begin(), params.end());
  step.weights = weights ? weights->id : -1;
  builder_.addDraw(std::move(step));
}

}  // namespace texflow
