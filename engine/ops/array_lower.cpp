// How moves and joins become draws of move.glsl.
#include <algorithm>

#include "ops/array.h"
#include "plan/lowering.h"

namespace texflow {
namespace {

constexpr std::size_t kMaxMoveDims = 8;                    // Dimension slots of move.glsl's parameter block.
constexpr std::int64_t kMaxExact = std::int64_t{1} << 24;  // Indices travel through float32.

std::int64_t channelsOf(const Shape& shape) { return shape.empty() ? 1 : shape.back(); }

bool plain(const MoveDim& dim) {
  return dim.begin == 0 && dim.step == 1 && dim.limit == dim.size && dim.mirror == MoveDim::kNone;
}

/// A move with its constant part apart: dimensions that always stay inside the input have begin 0, step 1 and limit = size.
struct FlatMove {
  std::int64_t start = 0;
  std::vector<MoveDim> dims;
};

FlatMove flatten(const Move& move) {
  FlatMove flat;
  for (MoveDim dim : move.dims) {
    const std::int64_t last = (dim.size - 1) * dim.step + dim.begin;
    const auto inside = [&](std::int64_t c) { return c >= 0 && c < dim.limit; };
    if (inside(dim.begin) && inside(last)) {
      flat.start += dim.begin * dim.stride;
      dim = {dim.size, dim.size, dim.stride * dim.step, 0, 1, MoveDim::kNone};
      if (dim.size == 1) continue;
    }
    flat.dims.push_back(dim);
  }
  return flat;
}

void merge(std::vector<MoveDim>& dims) {
  for (std::size_t d = dims.size(); d-- > 1;) {
    MoveDim &outer = dims[d - 1], &inner = dims[d];
    if (!plain(outer) || !plain(inner) || outer.stride != inner.stride * inner.size) continue;
    outer.size = outer.limit = outer.size * inner.size;
    outer.stride = inner.stride;
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(d));
  }
}

/// Turns a move of elements into a move of whole pixels if it keeps channels in their lanes; `begin` receives the first
/// channel.
bool toPixels(FlatMove& flat, std::int64_t channels, std::int64_t outputChannels, std::int64_t& begin) {
  FlatMove pixels = flat;
  begin = pixels.start % channels;
  if (outputChannels > 1) {
    if (pixels.dims.empty()) return false;
    const MoveDim last = pixels.dims.back();
    pixels.dims.pop_back();
    if (last.size != outputChannels || last.stride != 1 || last.step != 1 || last.mirror != MoveDim::kNone) return false;
    if (plain(last)) {
      if (begin + last.size > channels) return false;
    } else {
      if (begin != 0 || last.limit != channels) return false;
      begin = last.begin;
    }
  }
  pixels.start -= pixels.start % channels;
  if (begin % 4 != 0) return false;
  pixels.start /= channels;
  for (MoveDim& dim : pixels.dims) {
    if (dim.stride % channels != 0) return false;
    dim.stride /= channels;
  }
  flat = std::move(pixels);
  return true;
}

/// Two float32 that carry an integer beyond 2^24.
void pushWide(std::vector<float>& params, std::int64_t value) {
  const std::int64_t low = ((value % 4096) + 4096) % 4096;
  params.push_back(static_cast<float>((value - low) / 4096));
  params.push_back(static_cast<float>(low));
}

bool sameTexels(const TextureLayout& a, const TextureLayout& b) {
  if (a == b) return true;
  if (a.stripes != b.stripes || a.channels != b.channels || a.stripesBlocks != b.stripesBlocks ||
      a.textureWidth != b.textureWidth || a.textureHeight != b.textureHeight || a.rows * a.width != b.rows * b.width)
    return false;
  // Lines of whole groups follow each other without a gap, so that it does not matter where they are cut.
  return a.stripesBlocks || (a.width % a.stripes == 0 && b.width % b.stripes == 0);
}

}  // namespace

Status drawMove(Lowering& lowering, const GpuTensor& input, const Shape& from, const GpuTensor& output, const Move& move,
                float fill) {
  const std::int64_t channels = channelsOf(from), outputChannels = channelsOf(move.shape);
  FlatMove flat = flatten(move);
  std::int64_t firstChannel = 0;
  const bool pixels = toPixels(flat, channels, outputChannels, firstChannel);
  merge(flat.dims);
  const std::int64_t unit = pixels ? channels : 1, outputUnit = pixels ? outputChannels : 1;
  if (flat.dims.size() > kMaxMoveDims)
    return Status::unsupported("A move over " + std::to_string(flat.dims.size()) + " dimensions is done on the host.");
  if (elementCount(from) / unit > kMaxExact || elementCount(move.shape) / outputUnit > kMaxExact)
    return Status::unsupported("A tensor of shape " + shapeText(move.shape) + " has too many elements to move on the GPU.");
  std::vector<float> params{static_cast<float>(flat.dims.size()), fill};
  pushWide(params, flat.start);
  params.insert(params.end(), {static_cast<float>(firstChannel / 4), static_cast<float>(channels), 0, 0});
  for (std::size_t d = flat.dims.size(); d-- > 0;) {
    const MoveDim& dim = flat.dims[d];
    params.insert(params.end(), {static_cast<float>(dim.size), static_cast<float>(dim.step), static_cast<float>(dim.begin),
                                 static_cast<float>(dim.limit)});
    pushWide(params, dim.stride);
    params.push_back(dim.mirror == MoveDim::kNone ? -1.0F : dim.mirror == MoveDim::kReflect ? 0.0F : 0.5F);
    params.push_back(0);
  }
  params.resize(8 + 8 * kMaxMoveDims);  // One size, so that it is one program.
  Kernel kernel{"move", {}};
  if (!pixels) kernel.defines.emplace_back("ELEMENTS", "1");
  lowering.draw(kernel, output, {input}, params);
  return {};
}

Status lowerMove(Lowering& lowering, int index, const Result<Move>& move, float fill) {
  if (!move.ok()) return Status::unsupported(move.status().message());
  const Shape& from = lowering.inputs[static_cast<std::size_t>(index)].shape;
  if (elementCount(from) == 0 || elementCount(move->shape) == 0)
    return Status::unsupported("An empty tensor has no texture.");
  TEXFLOW_ASSIGN(const GpuTensor input, lowering.input(index));
  FlatMove flat = flatten(*move);
  merge(flat.dims);
  const bool copy = flat.start == 0 && elementCount(from) == elementCount(move->shape) &&
                    (flat.dims.empty() || (flat.dims.size() == 1 && plain(flat.dims[0]) && flat.dims[0].stride == 1));
  if (copy) {
    TEXFLOW_ASSIGN(const TextureLayout layout, layoutFor(move->shape, lowering.layoutRules()));
    if (sameTexels(input.layout, layout)) {
      lowering.alias(0, {input.id, layout});
      return {};
    }
  }
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawMove(lowering, input, from, output, *move, fill);
}

Status drawJoin(Lowering& lowering, const GpuTensor& a, const GpuTensor& b, const GpuTensor& output, std::int64_t lengthA,
                std::int64_t lengthB) {
  const std::int64_t channels = output.layout.channels, positions = output.layout.rows * output.layout.width;
  const std::int64_t channelsA = a.layout.channels, channelsB = b.layout.channels;
  const bool pixels = channelsA == channels && channelsB == channels && lengthA % channels == 0 && lengthB % channels == 0;
  const bool blocks = !pixels && channels == channelsA + channelsB && channelsA % 4 == 0;
  if (!pixels && !blocks) return Status::unsupported("The joined tensors do not lie in whole texels.");
  if (positions > kMaxExact) return Status::unsupported("The joined tensor has too many elements for the GPU.");
  const auto real = [](std::int64_t value) { return static_cast<float>(value); };
  std::vector<float> params;
  // Lengths of both parts in texels, what to take off the index for b, then the first block of b.
  if (blocks) {
    params = {real(positions), real(positions), real(positions), 0, real(channelsA / 4), real(channelsA / 4), 0, 0};
  } else {
    const float partA = real(lengthA / channels), partB = real(lengthB / channels);
    params = {partA, partB, partA + partB, partA, real(kMaxExact), 0, 0, 0};
  }
  lowering.draw({"move", {{"JOIN", "1"}}}, output, {a, b}, params);
  return {};
}

}  // namespace texflow
