// What a rule's line cannot say: functions that finish a mapped case from the kernel's attributes.
#pragma once
#include "conformance/vector_case.h"

namespace texflow::conformance {

using Adjust = void (*)(const VectorCase&, MappedCase&);
using Ints = std::vector<std::int64_t>;

/// The kernel attribute, null when it was not given.
const Json& attr(const VectorCase& v, const char* name);
Attr attrOf(const Json& value);
std::string upper(std::string text);
/// One number a spatial dimension; a single number stands for all of them.
Ints spatial(const Json& value, std::size_t count, std::int64_t fallback);
/// The attribute "dtype".
DType dtypeAttr(const VectorCase& v, DType fallback);

// adjust_window.cpp
void conv2d(const VectorCase& v, MappedCase& m);
void convTranspose(const VectorCase& v, MappedCase& m);
void conv3d(const VectorCase& v, MappedCase& m);
void dilation2d(const VectorCase& v, MappedCase& m);
void poolWithPlaces(const VectorCase& v, MappedCase& m);
void pool2d(const VectorCase& v, MappedCase& m);
void pool3d(const VectorCase& v, MappedCase& m);
// adjust_fused.cpp
void fusedConv(const VectorCase& v, MappedCase& m);
void fusedDepthwise(const VectorCase& v, MappedCase& m);
void fusedMatMul(const VectorCase& v, MappedCase& m);
// adjust_elementwise.cpp
void takeFloats(const VectorCase& v, MappedCase& m);
void floorDiv(const VectorCase& v, MappedCase& m);
void sign(const VectorCase& v, MappedCase& m);
void cast(const VectorCase& v, MappedCase& m);
void reduce(const VectorCase& v, MappedCase& m);
void mean(const VectorCase& v, MappedCase& m);
void batchNorm(const VectorCase& v, MappedCase& m);
void softmax(const VectorCase& v, MappedCase& m);
void select(const VectorCase& v, MappedCase& m);
// adjust_array.cpp
void fill(const VectorCase& v, MappedCase& m);
void range(const VectorCase& v, MappedCase& m);
void slice(const VectorCase& v, MappedCase& m);
void scatter(const VectorCase& v, MappedCase& m);
void oneHot(const VectorCase& v, MappedCase& m);
void split(const VectorCase& v, MappedCase& m);
void unpack(const VectorCase& v, MappedCase& m);
void reverse(const VectorCase& v, MappedCase& m);
void flip(const VectorCase& v, MappedCase& m);
void count(const VectorCase& v, MappedCase& m);
void countButLast(const VectorCase& v, MappedCase& m);
void multinomial(const VectorCase& v, MappedCase& m);
void searchSorted(const VectorCase& v, MappedCase& m);
void unique(const VectorCase& v, MappedCase& m);
void transform(const VectorCase& v, MappedCase& m);
void raggedGather(const VectorCase& v, MappedCase& m);
void raggedToTensor(const VectorCase& v, MappedCase& m);

}  // namespace texflow::conformance
