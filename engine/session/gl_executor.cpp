#include "session/gl_executor.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "gl/gl.h"
#include "gl/state_guard.h"
#include "session/clock.h"
#include "texflow/context.h"

namespace texflow {
namespace {

std::size_t vec4s(const DrawStep& step) {
  return 4 * (1 + step.inputs.size()) + std::max<std::size_t>(1, (step.params.size() + 3) / 4);
}

}  // namespace

ProgramKey GlExecutor::keyOf(const DrawStep& step) const {
  ProgramKey key;
  key.kernel = step.kernel;
  key.stripes = context_.stripes();
  key.inputs = static_cast<int>(step.inputs.size());
  key.params = static_cast<int>(vec4s(step));
  key.hasWeights = step.weights >= 0;
  key.es = context_.caps().es;
  return key;
}

Status GlExecutor::prepare(Report& report, const std::function<bool(const PrepareEvent&)>& progress) {
  begin();
  TEXFLOW_TRY(compile(report, progress));
  Clock clock;
  for (const PlannedTexture& texture : plan_.textures) {
    textures_.emplace_back(context_.storageFormat(), texture.width, texture.height, context_.stripes());
    framebuffers_.emplace_back(textures_.back());
  }
  TEXFLOW_TRY(uploadConstants(report));
  report.uploadMs = std::max(0.0, report.uploadMs) + clock.lap();
  TEXFLOW_TRY(programs_.finishAll());
  resolveDraws();
  report.compileMs = std::max(0.0, report.compileMs) + clock.lap();
  TEXFLOW_TRY(firstDraws(progress));
  report.firstDrawMs = std::max(0.0, report.firstDrawMs) + clock.lap();
  return {};
}

Status GlExecutor::compile(Report& report, const std::function<bool(const PrepareEvent&)>& progress) {
  Clock clock;
  if (progress && !progress({"compile", "", 0.1})) return Status::invalid("Preparing was cancelled.");
  for (const Step& step : plan_.steps)
    if (const auto* draw = std::get_if<DrawStep>(&step)) TEXFLOW_TRY(programs_.issue(keyOf(*draw)));
  programs_.issueLinks();
  report.compileMs = std::max(0.0, report.compileMs) + clock.lap();
  return {};
}

Status GlExecutor::uploadConstants(Report& report) {
  for (const PlannedConstant& constant : plan_.constants) {
    if (constant.pack) {
      if (constants_.weights.count(constant.key)) continue;
      const WeightTexels packed = constant.pack();
      const int limit = context_.caps().maxTextureSize;
      if (packed.width <= 0 || packed.height <= 0 || packed.width > limit || packed.height > limit)
        return Status::unsupported("The weights " + constant.key + " need a texture of " + std::to_string(packed.width) +
                                   "x" + std::to_string(packed.height) + " texels; this device's limit is " +
                                   std::to_string(limit) + ".");
      Texture2D texture(GL_RGBA32F, packed.width, packed.height);
      texture.upload(0, packed.height, packed.texels.data());
      report.uploadedBytes += static_cast<std::int64_t>(texture.bytes());
      constants_.bytes += static_cast<std::int64_t>(texture.bytes());
      constants_.weights.emplace(constant.key, std::move(texture));
    } else {
      if (constants_.tensors.count(constant.key)) continue;
      const TextureLayout& layout = constant.layout;
      TextureArray texture(context_.storageFormat(), layout.textureWidth, layout.textureHeight, layout.stripes);
      staging_.resize(static_cast<std::size_t>(layout.texels() * 4));
      packTexels(constant.value, layout, staging_.data());
      for (int layer = 0; layer < layout.stripes; ++layer)
        texture.upload(layer, layout.textureWidth, layout.textureHeight,
                       staging_.data() + std::size_t{4} *
                                             static_cast<std::size_t>(layout.textureWidth * layout.textureHeight) *
                                             static_cast<std::size_t>(layer));
      report.uploadedBytes += static_cast<std::int64_t>(texture.bytes());
      constants_.bytes += static_cast<std::int64_t>(texture.bytes());
      constants_.tensors.emplace(constant.key, std::move(texture));
    }
  }
  report.weightBytes = constants_.bytes;
  return {};
}

const TextureArray& GlExecutor::textureOf(int tensor) const {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(tensor)];
  if (planned.constant >= 0) return constants_.tensors.at(plan_.constants[static_cast<std::size_t>(planned.constant)].key);
  return textures_[static_cast<std::size_t>(planned.texture)];
}

void GlExecutor::resolveDraws() {
  const auto alignment = static_cast<std::size_t>(std::max(16, context_.caps().uniformOffsetAlignment));
  std::vector<float> block;
  const auto layoutOf = [&](int tensor) {
    const TextureArray& texture = textureOf(tensor);
    return plan_.tensors[static_cast<std::size_t>(tensor)].layout.params(texture.width(), texture.height());
  };
  draws_.resize(plan_.steps.size());
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const auto* step = std::get_if<DrawStep>(&plan_.steps[i]);
    if (!step) continue;
    Draw& draw = draws_[i];
    draw.key = keyOf(*step);
    draw.program = *programs_.get(draw.key);
    const PlannedTensor& output = plan_.tensors[static_cast<std::size_t>(step->output)];
    draw.target = &framebuffers_[static_cast<std::size_t>(output.texture)];
    draw.width = output.layout.textureWidth;
    draw.height = output.layout.textureHeight;
    block.resize((block.size() * sizeof(float) + alignment - 1) / alignment * alignment / sizeof(float));
    draw.paramsOffset = block.size() * sizeof(float);
    draw.paramsBytes = vec4s(*step) * 16;
    const auto append = [&](const auto& floats) { block.insert(block.end(), floats.begin(), floats.end()); };
    append(layoutOf(step->output));
    for (int input : step->inputs) {
      draw.inputs.push_back(&textureOf(input));
      append(layoutOf(input));
    }
    append(step->params);
    block.resize((draw.paramsOffset + draw.paramsBytes) / sizeof(float));
    if (step->weights >= 0)
      draw.weights = &constants_.weights.at(plan_.constants[static_cast<std::size_t>(step->weights)].key);
  }
  if (!block.empty()) params_ = UniformBuffer(block.data(), block.size() * sizeof(float));
}

Status GlExecutor::firstDraws(const std::function<bool(const PrepareEvent&)>& progress) {
  std::set<const Program*> drawn;
  std::set<const Program*> all;
  for (const Draw& draw : draws_) all.insert(draw.program);
  begin();
  for (const Draw& draw : draws_) {
    if (!draw.program || !drawn.insert(draw.program).second) continue;
    Clock clock;
    submit(draw, 1, 1);
    glFinish();
    programs_.addTime(draw.key, clock.lap());
    const double fraction = 0.3 + 0.7 * static_cast<double>(drawn.size()) / static_cast<double>(all.size());
    if (progress && !progress({"first draw", draw.key.label(), std::min(1.0, fraction)}))
      return Status::invalid("Preparing was cancelled.");
  }
  return {};
}

void GlExecutor::begin() const {
  applyEngineState(context_.caps().maxTextureUnits < 8 ? context_.caps().maxTextureUnits : 8);
  vertexArray_.bind();
}

void GlExecutor::submit(const Draw& draw, int width, int height) const {
  draw.program->use();
  draw.target->bind(width, height);
  params_.bindRange(draw.paramsOffset, draw.paramsBytes);
  int unit = 0;
  for (const TextureArray* input : draw.inputs) input->bind(unit++);
  if (draw.weights) draw.weights->bind(unit);
  VertexArray::draw();
}

void GlExecutor::draw(std::size_t step) const { submit(draws_[step], draws_[step].width, draws_[step].height); }

void GlExecutor::upload(const UploadStep& step, const Tensor& value) {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(step.tensor)];
  const TextureLayout& layout = planned.layout;
  staging_.resize(std::max(staging_.size(), static_cast<std::size_t>(layout.texels() * 4)));
  packTexels(value, layout, staging_.data());
  auto& texture = textures_[static_cast<std::size_t>(planned.texture)];
  for (int layer = 0; layer < layout.stripes; ++layer)
    texture.upload(layer, layout.textureWidth, layout.textureHeight,
                   staging_.data() + static_cast<std::size_t>(layer) * 4 * static_cast<std::size_t>(layout.textureWidth) *
                                         static_cast<std::size_t>(layout.textureHeight));
}

Tensor GlExecutor::read(const ReadStep& step, DType dtype, const Shape& shape) {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(step.tensor)];
  const TextureLayout& layout = planned.layout;
  if (planned.constant >= 0) return plan_.constants[static_cast<std::size_t>(planned.constant)].value.reshaped(shape);
  staging_.resize(std::max(staging_.size(), static_cast<std::size_t>(layout.texels() * 4)));
  const Framebuffer& framebuffer = framebuffers_[static_cast<std::size_t>(planned.texture)];
  for (int layer = 0; layer < layout.stripes; ++layer)
    framebuffer.read(layer, layout.textureWidth, layout.textureHeight,
                     staging_.data() + static_cast<std::size_t>(layer) * 4 * static_cast<std::size_t>(layout.textureWidth) *
                                           static_cast<std::size_t>(layout.textureHeight));
  return unpackTexels(staging_.data(), layout, dtype, shape);
}

unsigned GlExecutor::texture(int tensor, float layoutParams[16]) const {
  const TextureArray& texture = textureOf(tensor);
  const auto params = plan_.tensors[static_cast<std::size_t>(tensor)].layout.params(texture.width(), texture.height());
  std::copy(params.begin(), params.end(), layoutParams);
  return texture.id();
}

std::int64_t GlExecutor::textureBytes() const {
  std::int64_t bytes = 0;
  for (const TextureArray& texture : textures_) bytes += static_cast<std::int64_t>(texture.bytes());
  return bytes;
}

}  // namespace texflow
