// The uploading part of GlExecutor::prepareStep: constants to their textures, in pieces.
#include <algorithm>

#include "gl/gl.h"
#include "session/gl_executor.h"
#include "texflow/context.h"

namespace texflow {
namespace {

// One upload call takes at most so many texels, a few milliseconds on slow devices.
constexpr int kUploadTexels = 1 << 16;

/// About as many floats as the largest weights among `constants` have.
std::size_t mostFloats(const std::vector<PlannedConstant>& constants) {
  std::int64_t most = 0;
  for (const PlannedConstant& constant : constants) {
    std::int64_t floats = 0;
    for (const Tensor& source : constant.sources) floats += source.size();
    most = std::max(most, floats + floats / 8);
  }
  return static_cast<std::size_t>(most);
}

}  // namespace

void ConstantTextures::drop(const std::string& key) {
  if (const auto found = weights.find(key); found != weights.end()) {
    bytes -= static_cast<std::int64_t>(found->second.bytes());
    weights.erase(found);
  }
  if (const auto found = tensors.find(key); found != tensors.end()) {
    bytes -= static_cast<std::int64_t>(found->second.bytes());
    tensors.erase(found);
  }
}

Status GlExecutor::missing(const PlannedConstant& constant) const {
  if (!constant.pack && !constant.value.hasValues())
    return Status::invalid("The values of the constant " + constant.key + " are not there.");
  for (const Tensor& source : constant.sources)
    if (!source.hasValues()) return missingValues(plan_.graph.nodes[static_cast<std::size_t>(constant.node)]);
  return {};
}

Result<bool> GlExecutor::uploadNext(Report& report, bool wait) {
  const bool leaves = phase_ == PreparePhase::kUpload && !wait && context_.caps().swiftShader;  // To uploadMeanwhile().
  // Constants that are there already are no work.
  for (; done_ < plan_.constants.size() && !upload_.rows; ++done_) {
    const PlannedConstant& constant = plan_.constants[done_];
    if (constants_.has(constant)) continue;
    const Status status = missing(constant);
    if (status.ok() && !leaves) break;
    late_ = true;
    if (phase_ == PreparePhase::kUpload) continue;
    if (wait) return status;
    return false;
  }
  report.weightBytes = constants_.bytes;
  if (done_ == plan_.constants.size()) {
    packed_ = {};
    if (phase_ == PreparePhase::kLateUpload && late_) resolveDraws();
    return true;
  }
  if (!upload_.rows) TEXFLOW_TRY(startUpload(done_));
  TEXFLOW_TRY(uploadPiece(report));
  return true;
}

void GlExecutor::uploadMeanwhile(Report& report) {
  const bool compiles = phase_ == PreparePhase::kFinish || phase_ == PreparePhase::kFirstDraw;
  if (!late_ || !compiles || !context_.caps().swiftShader) return;
  Status status;
  if (!upload_.rows) {
    const std::vector<PlannedConstant>& all = plan_.constants;
    while (ahead_ < all.size() && (constants_.has(all[ahead_]) || !missing(all[ahead_]).ok())) ++ahead_;
    if (ahead_ == all.size()) return;
    status = startUpload(ahead_);
  }
  if (status.ok()) status = uploadPiece(report);
  // What is wrong is said where it is tried again.
  if (!status.ok()) ahead_ = plan_.constants.size();
}

/// A piece of the constant that is on its way.
Status GlExecutor::uploadPiece(Report& report) {
  const PlannedConstant& constant = plan_.constants[upload_.constant];
  if (constants_.has(constant)) {  // Another plan of the session was first.
    upload_ = {};
    return {};
  }
  const std::vector<float>& all = packed_.texels;
  if (!constant.pack && constant.layout.texels() <= kUploadTexels) {
    upload_.tensor.upload(0, upload_.layers, upload_.width, upload_.rows, all.data());
  } else {
    const int rows = std::min(std::max(1, kUploadTexels / upload_.width), upload_.rows - upload_.row);
    const float* texels =
        all.data() + std::int64_t{4} * upload_.width * (std::int64_t{upload_.layer} * upload_.rows + upload_.row);
    if (constant.pack) upload_.weights.upload(upload_.row, rows, texels);
    else upload_.tensor.upload(upload_.layer, 1, upload_.width, rows, texels, upload_.row);
    upload_.row += rows;
    if (upload_.row < upload_.rows) return {};
    upload_.row = 0;
    if (++upload_.layer < upload_.layers) return {};
  }
  const auto bytes = static_cast<std::int64_t>(constant.pack ? upload_.weights.bytes() : upload_.tensor.bytes());
  report.uploadedBytes += bytes;
  constants_.bytes += bytes;
  if (constant.pack) constants_.weights.insert_or_assign(constant.key, std::move(upload_.weights));
  else constants_.tensors.insert_or_assign(constant.key, std::move(upload_.tensor));
  uploadedKeys_.push_back(constant.key);
  upload_ = {};
  report.weightBytes = constants_.bytes;
  return {};
}

Status GlExecutor::startUpload(std::size_t index) {
  const PlannedConstant& constant = plan_.constants[index];
  upload_.constant = index;
  if (constant.pack) {
    // Memory that is used again is there already: its first use took a third of an upload.
    if (packed_.texels.empty()) packed_.texels.reserve(mostFloats(plan_.constants));
    constant.pack(packed_);
    for (Tensor source : constant.sources) source.releaseMade();
    const auto [width, height] = std::pair(packed_.width, packed_.height);
    const int limit = context_.caps().maxTextureSize;
    if (width <= 0 || height <= 0 || width > limit || height > limit)
      return Status::unsupported("The weights " + constant.key + " need a texture of " + std::to_string(width) + "x" +
                                 std::to_string(height) + " texels; this device's limit is " + std::to_string(limit) + ".");
    upload_.weights = Texture2D(GL_RGBA32F, width, height);
    upload_.width = width;
    upload_.rows = height;
    upload_.layers = 1;
    return {};
  }
  const TextureLayout& layout = constant.layout;
  packed_.texels.resize(static_cast<std::size_t>(layout.texels() * 4));
  stage(constant.value, layout, packed_.texels);
  upload_.tensor = TextureArray(context_.storageFormat(), textureExtent(layout.textureWidth),
                                textureExtent(layout.textureHeight), layout.stripes);
  upload_.width = layout.textureWidth;
  upload_.rows = layout.textureHeight;
  upload_.layers = layout.stripes;
  return {};
}

}  // namespace texflow
