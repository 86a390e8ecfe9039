// What the draws of a plan bind and read, looked up once in a prepare.
#include <algorithm>
#include <utility>

#include "gl/gl.h"
#include "gl/state_guard.h"
#include "plan/draw_work.h"
#include "session/gl_executor.h"
#include "texflow/context.h"

namespace texflow {
namespace {

// FIRST_LAYER of shaders/tensor.glsl: its place in a draw's parameters.
constexpr std::size_t kFirstLayer = 8;

}  // namespace

const TextureArray& GlExecutor::textureOf(int tensor) const {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(tensor)];
  if (planned.constant >= 0) {
    const auto found = constants_.tensors.find(plan_.constants[static_cast<std::size_t>(planned.constant)].key);
    return found == constants_.tensors.end() ? noTensor_ : found->second;
  }
  return textures_[static_cast<std::size_t>(planned.texture)];
}

const Texture2D& GlExecutor::weightsOf(const DrawStep& step) const {
  const auto found = constants_.weights.find(plan_.constants[static_cast<std::size_t>(step.weights)].key);
  return found == constants_.weights.end() ? noWeights_ : found->second;
}

TextureLayout::Params GlExecutor::layoutOf(int tensor) const {
  const TextureArray& texture = textureOf(tensor);
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(tensor)];
  TextureLayout::Params params = planned.layout.params(texture.width(), texture.height(), planned.line);
  if (planned.isEverywhere) params[8] = params[9] = 0;  // All coordinates lead to the first texel.
  return params;
}

const Framebuffer& GlExecutor::targetOf(const DrawStep& step) {
  const PlannedTensor& output = plan_.tensors[static_cast<std::size_t>(step.output)];
  const auto texture = static_cast<std::size_t>(output.texture);
  const int stripes = output.layout.stripes;
  if (!step.kernel.isPart(stripes)) return framebuffers_[texture];
  const auto [part, isNew] = partFramebuffers_.try_emplace({output.texture, step.firstLayer});
  if (isNew) part->second = Framebuffer(textures_[texture], step.firstLayer, step.kernel.outputs(stripes));
  return part->second;
}

std::vector<float> GlExecutor::paramsOf(const DrawStep& step) const {
  std::vector<float> params;
  const auto append = [&](const auto& floats) { params.insert(params.end(), floats.begin(), floats.end()); };
  append(layoutOf(step.output));
  params[kFirstLayer] = static_cast<float>(step.firstLayer);
  for (int input : step.inputs) append(layoutOf(input));
  append(step.params);
  params.resize(4 * vectorsOf(step));
  return params;
}

void GlExecutor::resolveDraws() {
  const auto alignment = static_cast<std::size_t>(std::max(16, context_.caps().uniformOffsetAlignment));
  std::vector<float> block, lines;
  int lineCount = 0;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    if (std::holds_alternative<DrawStep>(plan_.steps[i])) lineCount += keys_[keyOfStep_[i]].readsParamLines ? 1 : 0;
  lineCount = textureExtent(lineCount);
  int line = 0;
  draws_.assign(plan_.steps.size(), {});
  runWork_ = runWork(plan_);
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto* step = std::get_if<DrawStep>(&plan_.steps[i]);
    if (!step) continue;
    Draw& draw = draws_[i];
    draw.program = &used_[keyOfStep_[i]]->program;
    const PlannedTensor& output = plan_.tensors[static_cast<std::size_t>(step->output)];
    draw.target = &targetOf(*step);
    draw.firstLine = output.line;
    draw.width = output.layout.textureWidth;
    draw.height = output.layout.textureHeight;
    block.resize((block.size() * sizeof(float) + alignment - 1) / alignment * alignment / sizeof(float));
    draw.paramsOffset = block.size() * sizeof(float);
    for (int input : step->inputs) draw.inputs.push_back(&textureOf(input));
    std::vector<float> params = paramsOf(*step);
    draw.readsParamLines = keys_[keyOfStep_[i]].readsParamLines;
    if (draw.readsParamLines) {
      params.resize(std::size_t{4} * kParamsWidth);
      lines.insert(lines.end(), params.begin(), params.end());
      params = {(static_cast<float>(line++) + 0.5F) / static_cast<float>(lineCount), 0, 0, 0};
    }
    draw.paramsBytes = params.size() * sizeof(float);
    block.insert(block.end(), params.begin(), params.end());
    if (step->weights >= 0) draw.weights = &weightsOf(*step);
  }
  findChanges();
  // Staging memory for the largest upload or readback of a run.
  std::int64_t staged = 0;
  for (const Step& step : plan_.steps) {
    const auto* upload = std::get_if<UploadStep>(&step);
    const auto* read = std::get_if<ReadStep>(&step);
    if (upload || read)
      staged =
          std::max(staged, plan_.tensors[static_cast<std::size_t>(upload ? upload->tensor : read->tensor)].layout.texels());
  }
  staging_ = std::vector<float>(static_cast<std::size_t>(staged * 4));
  if (line > 0) {
    paramLines_ = Texture2D(GL_RGBA32F, kParamsWidth, lineCount);
    paramLines_.upload(0, line, lines.data());
  }
  if (!block.empty()) params_ = UniformBuffer(block.data(), block.size() * sizeof(float));
}

// Every call costs browsers a check and a message to another process.
void GlExecutor::findChanges() {
  const Draw* before = nullptr;
  bool boundLines = false;
  std::vector<const TextureArray*> arrays(kEngineUnits);
  std::vector<const Texture2D*> weights(kEngineUnits);
  for (std::size_t i = 0; i < draws_.size(); ++i) {
    if (!std::holds_alternative<DrawStep>(plan_.steps[i])) {  // It may bind what it likes.
      before = nullptr;
      continue;
    }
    Draw& draw = draws_[i];
    if (!before) {
      boundLines = false;
      arrays.assign(arrays.size(), nullptr);
      weights.assign(weights.size(), nullptr);
    }
    draw.changes = {!before || before->program != draw.program, !before || before->target != draw.target, false, false, 0};
    draw.changes.paramLines = draw.readsParamLines && !std::exchange(boundLines, true);
    for (std::size_t unit = 0; unit < draw.inputs.size(); ++unit)
      if (std::exchange(arrays[unit], draw.inputs[unit]) != draw.inputs[unit])
        draw.changes.inputs |= std::uint32_t{1} << unit;
    draw.changes.weights = draw.weights && std::exchange(weights[draw.inputs.size()], draw.weights) != draw.weights;
    before = &draw;
  }
}

}  // namespace texflow
