// Checks of operand counts, dtypes and small integer operands that shape functions share.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "ops/op.h"

namespace texflow {

/// An error unless the node has between `least` and `most` inputs.
Status expectInputCount(std::span<const TensorInfo> inputs, std::size_t least, std::size_t most);
inline Status expectInputCount(std::span<const TensorInfo> inputs, std::size_t count) {
  return expectInputCount(inputs, count, count);
}
/// An error unless `input` has one of these dtypes; `what` names it in the message.
Status expectOperandDType(const TensorInfo& input, const std::string& what, std::initializer_list<DType> allowed);
/// An error unless `input` has between `least` and `most` dimensions.
Status expectOperandRank(const TensorInfo& input, const std::string& what, int least, int most);
inline Status expectOperandRank(const TensorInfo& input, const std::string& what, int rank) {
  return expectOperandRank(input, what, rank, rank);
}
/// kDataDependent unless every input's value is known.
Status expectValues(std::span<const TensorInfo> inputs);
/// The integers of operand `index`; kDataDependent while its value is unknown.
Result<std::vector<std::int64_t>> intsOperand(std::span<const TensorInfo> inputs, std::size_t index,
                                              const std::string& what);
/// The single integer of operand `index`; kDataDependent while its value is unknown.
Result<std::int64_t> intOperand(std::span<const TensorInfo> inputs, std::size_t index, const std::string& what);
/// The single number of operand `index`, float32 or int32; kDataDependent while its value is unknown.
Result<double> numberOperand(std::span<const TensorInfo> inputs, std::size_t index, const std::string& what);
/// Shape function of ops whose output shapes depend on their values: runs `host`, which does all checks, once every value
/// is known.
Result<std::vector<TensorInfo>> shapesByRunning(HostFn host, const Node& node, std::span<const TensorInfo> inputs);
/// `axis` in [-rank, rank) as [0, rank).
Result<std::int64_t> axisInRange(std::int64_t axis, std::size_t rank);

}  // namespace texflow
