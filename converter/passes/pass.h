// The passes of the optimizer. passes/table.cpp gives their order.
#pragma once
#include "passes/rewriter.h"
#include "texflow/converter.h"

namespace texflow {

using PassFn = Status (*)(Rewriter&, const ConvertOptions&);

/// Print, Assert and CheckNumerics go, what they pass on stays.
Status stripDebug(Rewriter&, const ConvertOptions&);
/// Identity and its relatives go; control inputs too, except below a Switch.
Status dropIdentities(Rewriter&, const ConvertOptions&);
/// Ops that the target lacks, or computes wrongly, become others with the same values.
Status lowerOps(Rewriter&, const ConvertOptions&);
/// Nodes whose inputs are constants become constants, through the host kernels, unless that makes the model larger.
Status foldConstants(Rewriter&, const ConvertOptions&);
/// Nodes that compute the same are one.
Status shareSubexpressions(Rewriter&, const ConvertOptions&);
/// x + 0, x * 1, -(-x), 1 / sqrt(x) and their like.
Status simplifyArithmetic(Rewriter&, const ConvertOptions&);
/// Reshapes of reshapes, transposes of transposes, slices of everything, casts to the same type.
Status simplifyShapes(Rewriter&, const ConvertOptions&);
/// A batch norm after a convolution or a matrix product that nothing else reads goes into the weights.
Status foldBatchNorms(Rewriter&, const ConvertOptions&);
/// A constant factor after a convolution or a matrix product goes into the weights.
Status foldScales(Rewriter&, const ConvertOptions&);
Status foldInputScales(Rewriter&, const ConvertOptions&);
/// relu(x) + a * relu(-x) is Prelu.
Status formPrelu(Rewriter&, const ConvertOptions&);
/// Bias and activation become part of the convolution or matrix product before them.
Status fuseActivations(Rewriter&, const ConvertOptions&);
/// Attributes that a file may leave out but TensorFlow.js reads as they are get TensorFlow's defaults.
Status fillDefaults(Rewriter&, const ConvertOptions&);
/// TensorFlow.js finds outputs by node, so each gets one of its own, with the name that it had in the source.
Status separateOutputs(Rewriter&, const ConvertOptions&);

}  // namespace texflow
