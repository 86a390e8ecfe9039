// What a fused op does after its sums: batch normalization or bias, then an activation.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "ops/op.h"

namespace texflow {

enum class Activation { kNone, kRelu, kRelu6, kElu, kLeakyRelu, kPrelu, kSigmoid, kTanh };

/// The fused_ops of a node, with the input indices of their arguments (-1: absent).
struct Epilogue {
  Activation activation = Activation::kNone;
  int bias = -1;
  int alpha = -1;
  int batchNorm = -1;  ///< First of scale, offset, mean and variance.
  float leak = 0.2F;
  float epsilon = 1e-4F;
};

/// Reads fused_ops; the arguments start at input `firstArgument` and are checked against `output`, whose channels are the
/// last dimension. A node without fused_ops has an empty epilogue.
Result<Epilogue> epilogueOf(const Node& node, std::span<const TensorInfo> inputs, int firstArgument, const Shape& output);

/// Applies the fused_ops of a node in place to its output, which has the channels last; integers stay as they are.
Status applyFusedOps(const Node& node, std::span<const Tensor> inputs, int firstArgument, Tensor& output);

/// The epilogue as shaders take it: y = activation(clamp(max(s, 0) + alpha * min(s, 0), low, high)) of
/// s = scale * x + bias, all per channel. `act` is the value of the kernels' ACT define.
struct FoldedEpilogue {
  std::vector<float> scale, bias, alpha;
  float low, high;
  int act = 0;
};

/// epilogueOf(), folded.
Result<FoldedEpilogue> foldedEpilogueOf(const Node& node, std::span<const TensorInfo> inputs, int firstArgument,
                                        const Shape& output, std::int64_t channels);
/// kUnsupported when an argument is not constant or not per channel.
Result<FoldedEpilogue> foldEpilogue(const Epilogue& epilogue, std::span<const TensorInfo> inputs, std::int64_t channels);

}  // namespace texflow
