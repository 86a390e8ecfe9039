// Parts of tensors: large variables are stored in slices, and partitioned ones are slices themselves.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "texflow/tensor.h"

namespace texflow::tf {

class TensorSliceProto;

/// Begin and length in every dimension.
using Box = std::vector<std::pair<std::int64_t, std::int64_t>>;

Box wholeBox(const Shape& shape);
Shape lengthsOf(const Box& box);
/// Lengths are 0 where the boxes do not meet.
Box intersection(const Box& a, const Box& b);
/// "5 4 0,3:0,4": the full shape, then begin and length of every dimension, "-" for all of it.
Result<Box> parseSlice(const std::string& text, const Shape& shape, const std::string& where);
Result<Box> boxOf(const TensorSliceProto& proto, const Shape& shape, const std::string& where);
/// The key under which a checkpoint has a slice.
std::string sliceKeyOf(const std::string& key, const TensorSliceProto& slice);
/// Copies what `from`, which is the part `fromBox` of a tensor, has of its part `toBox`, to `to`, which is that part.
void copyBox(const Tensor& from, const Box& fromBox, const Box& toBox, Tensor& to);

}  // namespace texflow::tf
