// Sliding windows over images: the geometry that convolutions and pools share.
#pragma once
#include <algorithm>
#include <span>

#include "ops/array.h"

namespace texflow {

/// A window sliding over an image, always in NHWC terms. All fields are checked: sizes and pads are not negative, strides,
/// dilations and kernel sizes are positive, and every one is at most 2^30.
struct Window {
  std::int64_t batch = 0, height = 0, width = 0, channels = 0;
  std::int64_t kernelHeight = 1, kernelWidth = 1, strideY = 1, strideX = 1, dilationY = 1, dilationX = 1;
  std::int64_t padTop = 0, padLeft = 0;
  std::int64_t outHeight = 0, outWidth = 0;
  bool channelsFirst = false;  ///< The tensors are NCHW.

  /// The output's shape in the data format of the node.
  Shape outputShape(std::int64_t outChannels) const;
};

/// Attribute of a pool that padPools() (plan/plan.h) has merged with a Pad: channels of zeros behind its own.
inline constexpr const char* kAddedChannels = "added_channels";

/// Reads strides, dilations, padding, explicit_paddings and data_format of `node` for an image of that shape.
Result<Window> windowOf(const Node& node, const Shape& image, std::int64_t kernelHeight, std::int64_t kernelWidth);

/// Solves one axis for the number of window positions: `padBefore` and `padAfter` are read with EXPLICIT padding, and with
/// SAME `padBefore` is set. `axis` names it in messages.
Status solveAxis(const char* axis, const std::string& padding, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                 std::int64_t dilation, std::int64_t& padBefore, std::int64_t padAfter, std::int64_t& out);

/// Taps [first, last) of a window that starts at `origin` (may be negative) and lie inside [0, size).
struct TapRange {
  std::int64_t first, last;
  TapRange(std::int64_t origin, std::int64_t size, std::int64_t taps, std::int64_t dilation) {
    first = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    last = origin >= size ? first : std::min(taps, (size - 1 - origin) / dilation + 1);
  }
};

/// NCHW values as NHWC and back; float32 or int32, rank 4.
Tensor toChannelsLast(const Tensor& tensor);
Tensor toChannelsFirst(const Tensor& tensor);

/// Checks that a node has at least `count` inputs.
Status needInputs(std::span<const TensorInfo> inputs, std::size_t count);

}  // namespace texflow
