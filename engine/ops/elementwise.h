// What the elementwise families (unary, binary, compare, select, cast) share: operand checks and one GPU lowering.
#pragma once
#include <array>
#include <span>
#include <string>
#include <vector>

#include "ops/array.h"
#include "ops/op.h"
#include "plan/lowering.h"

namespace texflow {

/// Errors when inputs 1.. have another dtype than input 0.
Status expectSameDType(std::span<const TensorInfo> inputs);
/// "int32 is not supported by X."-style error.
Status dtypeUnsupported(const Node& node, DType dtype);

/// Up to four scalars that a GLSL expression reads as K.x .. K.w.
using Scalars = std::array<float, 4>;

/// Draws `expression` (GLSL over the vec4 operands a, b, c, d, e and the scalars K) into `output`; the operands broadcast.
/// `outputShape` and `shapes` are the tensors' shapes. kUnsupported when an operand's broadcast is not one the kernel has;
/// nothing has been drawn then.
Status drawElementwise(Lowering& lowering, const std::string& expression, const GpuTensor& output, const Shape& outputShape,
                       std::span<const GpuTensor> operands, std::span<const Shape> shapes, const Scalars& scalars = {});

/// drawElementwise from all inputs of the node (or its first `count`) into its output 0.
Status lowerElementwise(Lowering& lowering, const std::string& expression, const Scalars& scalars = {}, int count = -1);

}  // namespace texflow
