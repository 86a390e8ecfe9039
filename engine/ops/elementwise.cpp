#include "ops/elementwise.h"

#include <algorithm>

namespace texflow {
namespace {

/// How the rows of an operand repeat over the rows of the output: operand row = floor(row / divisor) mod modulus.
struct RowMap {
  std::int64_t divisor = 1, modulus = 1;
};

/// Leading dimensions (all but the last two) that repeat as outer and inner runs around one matching run fit a RowMap.
bool mapRows(const Shape& shape, const Shape& outputShape, RowMap& map) {
  map = {};
  const std::size_t leading = outputShape.size() > 2 ? outputShape.size() - 2 : 0;
  const std::size_t missing = outputShape.size() - shape.size();
  bool inRun = false, runEnded = false;
  for (std::size_t d = leading; d-- > 0;) {
    if (outputShape[d] == 1) continue;
    const bool matches = d >= missing && shape[d - missing] == outputShape[d];
    if (matches && runEnded) return false;
    if (matches) {
      inRun = true;
      map.modulus *= outputShape[d];
    } else if (inRun) {
      runEnded = true;
    } else {
      map.divisor *= outputShape[d];
    }
  }
  return true;
}

}  // namespace

Status expectSameDType(std::span<const TensorInfo> inputs) {
  for (const TensorInfo& input : inputs)
    if (input.dtype != inputs[0].dtype)
      return Status::invalid("The inputs have the dtypes " + std::string(dtypeName(inputs[0].dtype)) + " and " +
                             std::string(dtypeName(input.dtype)) + "; they must be the same.");
  return {};
}

Status dtypeUnsupported(const Node& node, DType dtype) {
  return Status::unsupported("The op " + node.op + " does not support the dtype " + std::string(dtypeName(dtype)) + ".");
}

Status drawElementwise(Lowering& lowering, const std::string& expression, const GpuTensor& output, const Shape& outputShape,
                       std::span<const GpuTensor> operands, std::span<const Shape> shapes, const Scalars& scalars) {
  const TextureLayout& to = output.layout;
  std::vector<float> params;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const TextureLayout& from = operands[k].layout;
    RowMap rows;
    if (!mapRows(shapes[k], outputShape, rows))
      return Status::unsupported("Broadcasting " + shapeText(shapes[k]) + " to " + shapeText(outputShape) +
                                 " repeats leading dimensions on both sides of a matching one.");
    // The address of layer j is linear in j unless a line striped by blocks is read in step with striped pixels.
    if (from.stripesBlocks && !to.stripesBlocks && from.width > 1)
      return Status::unsupported("The operand " + shapeText(shapes[k]) + " is striped along another axis than the output.");
    const bool splat = from.channels == 1 && to.channels > 1;
    const float xMul = from.width > 1 ? 1.0F : 0.0F, blockMul = from.blocks > 1 ? 1.0F : 0.0F;
    float layerStep = 0, lineStep = 0;
    if (to.stripesBlocks) (from.stripesBlocks ? layerStep : lineStep) = blockMul;
    else if (!from.stripesBlocks) layerStep = xMul;
    for (float value : {static_cast<float>(rows.divisor), static_cast<float>(rows.modulus), xMul, blockMul, layerStep,
                        lineStep, splat ? 1.0F : 0.0F, 0.0F})
      params.push_back(value);
  }
  params.insert(params.end(), scalars.begin(), scalars.end());
  lowering.draw({"elementwise", {{"EXPR", expression}}}, output, operands, params);
  return {};
}

Status lowerElementwise(Lowering& lowering, const std::string& expression, const Scalars& scalars, int count) {
  const std::size_t used = count < 0 ? lowering.inputs.size() : static_cast<std::size_t>(count);
  const Shape& outputShape = lowering.outputs[0].shape;
  std::vector<GpuTensor> operands;
  std::vector<Shape> shapes;
  for (std::size_t k = 0; k < used; ++k) {
    // Checked before anything is uploaded for the GPU.
    RowMap rows;
    if (!mapRows(lowering.inputs[k].shape, outputShape, rows))
      return Status::unsupported("The broadcast of input " + std::to_string(k) + " is not one the GPU kernel has.");
  }
  for (std::size_t k = 0; k < used; ++k) {
    TEXFLOW_ASSIGN(GpuTensor operand, lowering.input(static_cast<int>(k)));
    operands.push_back(operand);
    shapes.push_back(lowering.inputs[k].shape);
  }
  TEXFLOW_ASSIGN(const GpuTensor output, lowering.output(0));
  return drawElementwise(lowering, expression, output, outputShape, operands, shapes, scalars);
}

}  // namespace texflow
