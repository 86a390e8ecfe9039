// Host kernels for the ops that carry a model's work: the same results as the reference kernels of the op table within
// rounding, at the speed of the processor's vectors.
#pragma once
#include <functional>
#include <optional>
#include <span>

#include "ops/op.h"

namespace texflow {

/// A kernel made for one node at its shapes, with its weights packed: running it allocates nothing.
struct FastKernel {
  /// `inputs`: row-major values of the node's operands; `scratch`: scratchBytes bytes that nobody else uses meanwhile,
  /// aligned as malloc() does.
  std::function<void(const void* const* inputs, void* output, std::byte* scratch, std::int64_t piece)> run;
  /// Pieces of about a millisecond where a kernel may take long; all of them, from 0 on, make the output.
  std::int64_t pieces = 1;
  std::size_t scratchBytes = 0;
  /// Bit i: the output may be in the memory of operand i, if that has the output's size.
  unsigned inPlace = 0;
};

/// What a kernel is made for; the shape function has accepted it. `value` is set on operands that are constant.
struct FastNode {
  const Node& node;
  std::span<const TensorInfo> inputs;
  const TensorInfo& output;
};

/// Makes the fast kernel of a node, or none where only the reference kernel serves it (other dtypes, data formats, computed
/// weights and the like).
using MakeFastKernel = std::optional<FastKernel> (*)(const FastNode&);
MakeFastKernel findFastKernel(std::string_view op);

/// Runs one node through its fast kernel; empty where it has none. For tests.
std::optional<Tensor> runFast(const Node& node, std::span<const Tensor> inputs);

}  // namespace texflow
