// Shared by the array ops: checked operand access, and moves, which describe "every output element comes from there" once
// for host and GPU.
#pragma once
#include <complex>
#include <span>
#include <string>
#include <vector>

#include "ops/op.h"

namespace texflow {

struct GpuTensor;  // plan/lowering.h

/// One dimension of a move's output view: output index i reads input coordinate c = i * step + begin (mirrored at both ends
/// when `mirror` is set), which contributes c * stride to the flat input index. Outside [0, limit) the element is the fill.
struct MoveDim {
  enum Mirror { kNone, kReflect, kSymmetric };
  std::int64_t size = 1;    ///< Of the output.
  std::int64_t limit = 1;   ///< Of the input.
  std::int64_t stride = 1;  ///< Input elements from one coordinate to the next.
  std::int64_t begin = 0;
  std::int64_t step = 1;
  Mirror mirror = kNone;
};

/// Where every output element comes from. The sizes of `dims`, row-major, enumerate the elements of `shape`; they may be
/// split or merged otherwise than `shape` is.
struct Move {
  Shape shape;
  std::vector<MoveDim> dims;
};

/// The move that copies a tensor of that shape as it is, one MoveDim a dimension.
Move copyMove(const Shape& shape);
/// Elements in the same order under another shape of equal count.
Move reshapeMove(const Shape& from, Shape to);
/// Performs `move`; `fill` (a scalar of the same dtype) stands where the input has no element; null: zero.
Tensor applyMove(const Tensor& input, const Move& move, const Tensor* fill = nullptr);

/// The only output of an op that is one move, for its host kernel and its shape function.
Result<std::vector<Tensor>> applyMoveHost(const Result<Move>& move, const Tensor& input, const Tensor* fill = nullptr);
Result<std::vector<TensorInfo>> moveShape(const Result<Move>& move, std::span<const TensorInfo> inputs, std::size_t index);

/// Draws `move` from `input` (of shape `from`) into `output`. kUnsupported when the move has too many dimensions.
Status drawMove(Lowering& lowering, const GpuTensor& input, const Shape& from, const GpuTensor& output, const Move& move,
                float fill = 0);
/// Makes output 0 from operand `index` with one move, or an alias where the move keeps every texel.
Status lowerMove(Lowering& lowering, int index, const Result<Move>& move, float fill = 0);

/// Draws `a` and `b` joined along an axis into `output`; `lengthA`, `lengthB`: their elements from one index of the
/// dimensions before that axis to the next. kUnsupported unless whole texels are joined.
Status drawJoin(Lowering& lowering, const GpuTensor& a, const GpuTensor& b, const GpuTensor& output, std::int64_t lengthA,
                std::int64_t lengthB);

/// An error unless the node has exactly `count` inputs.
Status expectInputs(std::span<const TensorInfo> inputs, std::size_t count);
/// The elements of an int32 operand; kDataDependent when its value is not known.
Result<std::vector<std::int64_t>> knownInts(const TensorInfo& input, const std::string& field);
/// The only element of an int32 operand.
Result<std::int64_t> knownInt(const TensorInfo& input, const std::string& field);
/// `axis` with negative values counted from the end, checked against [-rank, rank).
Result<std::int64_t> checkedAxis(std::int64_t axis, std::size_t rank, const std::string& field);
/// One output, its rank and element count checked.
Result<std::vector<TensorInfo>> oneOutput(DType dtype, Shape shape);
/// What a shape function sees of host values.
std::vector<TensorInfo> infosOf(std::span<const Tensor> tensors);

/// Calls `function` with a value of the element type of `dtype`.
template <class F>
void withElementType(DType dtype, F function) {
  switch (dtype) {
    case DType::kFloat32: return function(float{});
    case DType::kInt32: return function(std::int32_t{});
    case DType::kBool: return function(std::uint8_t{});
    case DType::kString: return function(std::string{});
    case DType::kComplex64: return function(std::complex<float>{});
  }
}

}  // namespace texflow
