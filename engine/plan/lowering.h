// What a GPU lowering sees of the plan being built: its node, operands in textures, and draw().
#pragma once
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "ops/op.h"
#include "plan/texture_layout.h"

namespace texflow {

/// A float tensor in a texture of the plan. Integers and booleans are stored as floats (exact up to 2^24).
struct GpuTensor {
  int id = -1;
  TextureLayout layout;
};

/// Constant data in its own 2D RGBA texture (one layer), in whatever arrangement the kernel wants.
struct GpuWeights {
  int id = -1;
  int width = 0, height = 0;
};

/// Texels of a weight texture: width * height * 4 floats, row-major, first line first.
struct WeightTexels {
  int width = 0, height = 0;
  std::vector<float> texels;

  /// Gives it this size, with `value` in all of its floats.
  void assign(int newWidth, int newHeight, float value) {
    width = newWidth;
    height = newHeight;
    texels.assign(std::size_t{4} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value);
  }
};

/// Makes the texels of a weight texture in `into`, whose memory may come from another one.
using PackWeights = std::function<void(WeightTexels& into)>;

/// What makes a program: the .glsl file of shaders/ (without extension) and the defines its kernel declares.
/// Shapes and parameters are never defines; they travel in the parameter block.
struct Kernel {
  std::string name;
  std::vector<std::pair<std::string, std::string>> defines;

  /// "conv KIND=1 ACT=0"
  std::string text() const {
    std::string text = name;
    for (const auto& [key, value] : defines) text += " " + key + "=" + value;
    return text;
  }
  /// Layers that a draw writes, of `stripes`: all, or as many as the define kOutputsDefine says (split_draws.cpp).
  int outputs(int stripes) const;
  bool isPart(int stripes) const { return outputs(stripes) < stripes; }
};
inline constexpr const char* kOutputsDefine = "OUTPUTS";
/// Texels of a line of parameters, which some programs read instead of a uniform block.
inline constexpr int kParamsWidth = 67;

struct Plan;
class PlanBuilder;

/// Records the draws of one node. Created by the PlanBuilder; used by the LowerFn of an op.
class Lowering {
 public:
  Lowering(PlanBuilder& builder, const Node& node, std::span<const TensorInfo> inputs, std::span<const TensorInfo> outputs)
      : node(node), inputs(inputs), outputs(outputs), builder_(builder) {}

  const Node& node;
  std::span<const TensorInfo> inputs;
  std::span<const TensorInfo> outputs;

  /// P, the stripes of every tensor in this plan.
  int stripes() const;
  int maxTextureSize() const;
  LayoutRules layoutRules() const;

  /// Operand `index` in a texture (a constant or host value is uploaded once).
  Result<GpuTensor> input(int index);
  /// Texture for output `index` of the node. Call once per output.
  Result<GpuTensor> output(int index, Striping striping = Striping::kAuto);
  /// A temporary that lives until the last draw that reads it.
  Result<GpuTensor> temporary(const Shape& shape, Striping striping = Striping::kAuto);
  /// Output `index` is the same texels as `source` (reshapes that keep the layout). Layouts must describe the same texels.
  void alias(int index, const GpuTensor& source);
  /// Constant operand `index` packed by `pack` into a weight texture; made once per (operand, tag) and shared between plans.
  Result<GpuWeights> weights(const std::string& tag, const PackWeights& pack);

  /// Draws `kernel` over the texels of `output`. The parameter block is: output's layout (4 vec4), each input's layout
  /// (4 vec4 each, in order), then `params` (padded to a vec4). Samplers: in0, in1, .. and `weights` when given.
  void draw(const Kernel& kernel, const GpuTensor& output, std::initializer_list<GpuTensor> inputs,
            std::span<const float> params, const GpuWeights* weights = nullptr);
  void draw(const Kernel& kernel, const GpuTensor& output, std::span<const GpuTensor> inputs, std::span<const float> params,
            const GpuWeights* weights = nullptr);

 private:
  PlanBuilder& builder_;
};

}  // namespace texflow
