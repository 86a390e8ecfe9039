// How resizing maps output to input coordinates.
#pragma once
#include "ops/op.h"

namespace texflow {

/// How output coordinates become input coordinates, as TensorFlow's image_resizer_state.h has it, in float32.
struct ResizeScaling {
  float scaleY, scaleX;
  float half;      ///< 0.5 with half_pixel_centers.
  float rounding;  ///< 0.5 with align_corners (nearest only).
};

/// `from`, `to`: NHWC shapes of a resizing node's input and output.
ResizeScaling resizeScaling(const Node& node, const Shape& from, const Shape& to);

/// The two input coordinates that output coordinate `i` lies between, and its distance from the first.
struct Lerp {
  std::int64_t low, high;
  float part;
};
Lerp lerpAt(std::int64_t i, float scale, float half, std::int64_t size);

}  // namespace texflow
