#include "session/gl_executor.h"

#include <algorithm>
#include <cmath>

#include "gl/gl.h"
#include "gl/state_guard.h"
#include "texflow/context.h"

namespace texflow {
namespace {

constexpr float kLargestHalf = 65504.0F;

// Index of the first float of a layer in staged texels.
std::size_t layerOffset(const TextureLayout& layout, int layer) {
  return std::size_t{4} * static_cast<std::size_t>(layout.textureWidth) * static_cast<std::size_t>(layout.textureHeight) *
         static_cast<std::size_t>(layer);
}

}  // namespace

void GlExecutor::stage(const Tensor& value, const TextureLayout& layout, std::vector<float>& texels) const {
  packTexels(value, layout, texels.data());
  if (context_.storage() != Storage::kFloat16) return;
  // Finite values stay finite: masks of -1e9 are common, and an infinity times 0 would be NaN.
  for (float* texel = texels.data(); texel != texels.data() + layout.texels() * 4; ++texel)
    if (std::isfinite(*texel)) *texel = std::clamp(*texel, -kLargestHalf, kLargestHalf);
}

void GlExecutor::unpack(const TextureLayout& layout, DType dtype, const Shape& shape, Tensor& into) const {
  if (into.isShared() || into.dtype() != dtype || into.shape() != shape) into = Tensor(dtype, shape);
  unpackTexels(staging_.data(), layout, into);
}

void GlExecutor::begin() const {
  applyEngineState(kEngineUnits);
  vertexArray_.bind();
}

void GlExecutor::submit(const Draw& draw, int width, int height, const Draw::Changes& changes) const {
  if (changes.program) draw.program->use();
  if (changes.target) draw.target->bind();
  Framebuffer::setArea(width, height, draw.firstLine);
  params_.bindRange(draw.paramsOffset, draw.paramsBytes);
  const int inputs = static_cast<int>(draw.inputs.size());
  for (int unit = 0; unit < inputs; ++unit)
    if (changes.inputs >> unit & 1) draw.inputs[static_cast<std::size_t>(unit)]->bind(unit);
  if (draw.weights && changes.weights) draw.weights->bind(inputs);
  if (draw.readsParamLines && changes.paramLines) paramLines_.bind(kParamsUnit);
  VertexArray::draw();
}

// Browsers make a flush of glFinish; only reading a pixel waits for the draw.
void GlExecutor::wait(const Draw& draw) const {
  float pixel[4];
  draw.target->read(0, 1, 1, pixel);
}

void GlExecutor::wait(std::size_t step) const { wait(draws_[step]); }

void GlExecutor::draw(std::size_t step) const {
  submit(draws_[step], draws_[step].width, draws_[step].height, draws_[step].changes);
}

void GlExecutor::touch(std::size_t step) const { submit(draws_[step], 1, 1, {}); }

void GlExecutor::upload(const UploadStep& step, const Tensor& value) {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(step.tensor)];
  const TextureLayout& layout = planned.layout;
  stage(value, layout, staging_);
  textures_[static_cast<std::size_t>(planned.texture)].upload(0, layout.stripes, layout.textureWidth, layout.textureHeight,
                                                              staging_.data(), planned.line);
}

bool GlExecutor::queuesReads() const { return context_.caps().webgl; }

void GlExecutor::startRead(std::size_t index) {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(std::get<ReadStep>(plan_.steps[index]).tensor)];
  Transfer& transfer = transfers_[index];
  if (planned.constant >= 0 || transfer.started) return;
  transfer.readback.start(framebuffers_[static_cast<std::size_t>(planned.texture)], planned.layout.stripes,
                          planned.layout.textureWidth, planned.layout.textureHeight, planned.line);
  transfer.started = true;
}

bool GlExecutor::awaitsRead(std::size_t step) const {
  const auto transfer = transfers_.find(step);
  return transfer != transfers_.end() && transfer->second.started && !transfer->second.readback.ready();
}

void GlExecutor::abandonReads() {
  for (auto& [step, transfer] : transfers_) transfer.started = false;
}

Result<bool> GlExecutor::read(std::size_t index, DType dtype, const Shape& shape, bool wait, Tensor& into) {
  const PlannedTensor& planned = plan_.tensors[static_cast<std::size_t>(std::get<ReadStep>(plan_.steps[index]).tensor)];
  const TextureLayout& layout = planned.layout;
  if (planned.constant >= 0) {
    into = plan_.constants[static_cast<std::size_t>(planned.constant)].value.reshaped(shape);
    return true;
  }
  const auto transfer = transfers_.find(index);
  if (transfer != transfers_.end() && transfer->second.started) {
    if (!wait && !transfer->second.readback.ready()) return false;
    transfer->second.started = false;
    TEXFLOW_TRY(transfer->second.readback.data(staging_.data()));
  } else {
    const Framebuffer& framebuffer = framebuffers_[static_cast<std::size_t>(planned.texture)];
    for (int layer = 0; layer < layout.stripes; ++layer)
      framebuffer.read(layer, layout.textureWidth, layout.textureHeight, staging_.data() + layerOffset(layout, layer),
                       planned.line);
  }
  unpack(layout, dtype, shape, into);
  return true;
}

unsigned GlExecutor::texture(int tensor, float layoutParams[16]) const {
  const TextureLayout::Params params = layoutOf(tensor);
  std::copy(params.begin(), params.end(), layoutParams);
  return textureOf(tensor).id();
}

std::int64_t GlExecutor::textureBytes() const {
  std::int64_t bytes = 0;
  for (const TextureArray& texture : textures_) bytes += static_cast<std::int64_t>(texture.bytes());
  return bytes;
}

}  // namespace texflow
