// Checks of operand counts, dtypes and small integer operands that shape functions share.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "ops/op.h"

namespace texflow {

/// An error unless the node has between `least` and `most` inputs.
Status expectInputs(std::span<const TensorInfo> inputs, std::size_t least, std::size_t most);
inline Status expectInputs(std::span<const TensorInfo> inputs, std::size_t count) {
  return expectInputs(inputs, count, count);
}
/// An error unless `input` has one of these dtypes; `what` names it in the message.
Status expectDType(const TensorInfo& input, const std::string& what, std::initializer_list<DType> allowed);
/// An error unless `input` has between `least` and `most` dimensions.
Status expectRank(const TensorInfo& input, const std::string& what, int least, int most);
inline Status expectRank(const TensorInfo& input, const std::string& what, int rank) {
  return expectRank(input, what, rank, rank);
}
/// kDataDependent unless every input's value is known.
Status expectValues(std::span<const TensorInfo> inputs);
/// The integers of operand `index`; kDataDependent while its value is unknown.
Result<std::vector<std::int64_t>> intsOperand(std::span<const TensorInfo> inputs, std::size_t index,
                                              const std::string& what);
/// The single integer of operand `index`; kDataDependent while its value is unknown.
Result<std::int64_t> intOperand(std::span<const TensorInfo> inputs, std::size_t index, const std::string& what);
/// `axis` in [-rank, rank) as [0, rank).
Result<std::int64_t> normalizedAxis(std::int64_t axis, std::size_t rank);

}  // namespace texflow
