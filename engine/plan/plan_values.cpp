// Where the PlanBuilder keeps values: on the host, in tensors, in weight textures.
#include <algorithm>

#include "plan/plan_builder.h"

namespace texflow {

int PlanBuilder::addHostValue(const TensorInfo& info, const Tensor* known) {
  HostValue value{info.dtype, info.shape, known != nullptr, known ? *known : Tensor()};
  plan_.values.push_back(std::move(value));
  return static_cast<int>(plan_.values.size()) - 1;
}

int PlanBuilder::hostValue(Port port) {
  Value& value = values_.at(port);
  if (value.host < 0) {
    value.host = addHostValue(value.info, nullptr);
    touch(value.tensor, step());
    plan_.steps.emplace_back(ReadStep{value.tensor, value.host});
  }
  return value.host;
}

Result<GpuTensor> PlanBuilder::gpuValue(Port port) {
  Value& value = values_.at(port);
  if (value.tensor < 0) {
    if (!isGpuType(value.info.dtype))
      return Status::unsupported("Values of type " + std::string(dtypeName(value.info.dtype)) + " stay on the host.");
    if (options_.halfFloats && value.info.dtype == DType::kInt32)
      return Status::unsupported("Half floats do not hold integers beyond 2048.");
    TEXFLOW_ASSIGN(const GpuTensor tensor, newTensor(value.info.shape, Striping::kAuto));
    PlannedTensor& planned = plan_.tensors.back();
    if (value.info.value && !plan_.feeds.count(port)) {
      planned.constant = static_cast<int>(plan_.constants.size());
      PlannedConstant constant;
      constant.key = "tensor/" + node(port.node).name + ":" + std::to_string(port.slot) + shapeText(value.info.shape) + "/" +
                     std::to_string(tensor.layout.textureWidth) + variantOf(port);
      constant.layout = tensor.layout;
      constant.value = *value.info.value;
      plan_.constants.push_back(std::move(constant));
    } else {
      touch(tensor.id, step());
      plan_.steps.emplace_back(UploadStep{tensor.id, value.host});
    }
    value.tensor = tensor.id;
  }
  return GpuTensor{value.tensor, plan_.tensors[static_cast<std::size_t>(value.tensor)].layout};
}

std::string PlanBuilder::variantOf(Port port) const {
  const auto found = values_.find(port);
  if (found == values_.end() || !found->second.info.value || fixed_.count(port.node)) return {};
  const Tensor& value = *found->second.info.value;
  const std::hash<std::string_view> hash;
  return "#" + std::to_string(hash({value.data<char>(), value.bytes()}));
}

Result<GpuTensor> PlanBuilder::newTensor(const Shape& shape, Striping striping) {
  TEXFLOW_ASSIGN(const TextureLayout layout, layoutFor(shape, layoutRules(options_), striping));
  const int id = static_cast<int>(plan_.tensors.size());
  PlannedTensor tensor;
  tensor.layout = layout;
  tensor.root = id;
  plan_.tensors.push_back(tensor);
  return GpuTensor{id, layout};
}

void PlanBuilder::touch(int tensor, int step) {
  if (tensor < 0) return;
  PlannedTensor& root = plan_.tensors[static_cast<std::size_t>(plan_.tensors[static_cast<std::size_t>(tensor)].root)];
  if (root.firstStep < 0) root.firstStep = step;
  root.lastStep = std::max(root.lastStep, step);
}

void PlanBuilder::setOutput(int slot, int tensor) { values_[{node_, slot}].tensor = tensor; }

void PlanBuilder::aliasOutput(int slot, const GpuTensor& source) {
  PlannedTensor alias;
  alias.layout = source.layout;
  alias.root = plan_.tensors[static_cast<std::size_t>(source.id)].root;
  const Value& value = values_.at({node_, slot});
  if (auto layout = layoutFor(value.info.shape, layoutRules(options_)); layout.ok()) alias.layout = *layout;
  if (alias.layout.textureWidth != source.layout.textureWidth || alias.layout.textureHeight != source.layout.textureHeight ||
      alias.layout.groups != source.layout.groups || alias.layout.stripesBlocks != source.layout.stripesBlocks)
    alias.layout = source.layout;
  plan_.tensors.push_back(alias);
  setOutput(slot, static_cast<int>(plan_.tensors.size()) - 1);
}

GpuWeights PlanBuilder::addWeights(const std::string& tag, const PackWeights& pack) {
  std::string key = "weights/" + node(node_).name + "/" + tag;
  std::vector<Tensor> sources;
  for (const Port& port : node(node_).inputs) {
    // Weights are made of floats. Integers are sizes, of which a plan for another input has others.
    const TensorInfo* info = infoOf(port);
    if (!info || !info->value || info->dtype != DType::kFloat32) continue;
    key += variantOf(port);
    sources.push_back(*info->value);
  }
  const auto [found, isNew] = constants_.emplace(key, static_cast<int>(plan_.constants.size()));
  if (isNew) {
    PlannedConstant constant;
    constant.key = key;
    constant.pack = pack;
    constant.node = node_;
    constant.sources = std::move(sources);
    plan_.constants.push_back(std::move(constant));
  }
  return GpuWeights{found->second, 0, 0};
}

void PlanBuilder::addDraw(DrawStep draw) {
  for (int input : draw.inputs) touch(input, step());
  touch(draw.output, step());
  draw.node = node_;
  plan_.steps.emplace_back(std::move(draw));
}

}  // namespace texflow
