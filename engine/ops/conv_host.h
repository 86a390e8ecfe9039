// Plain convolution loops on the host. T is float, or uint32_t for int32 values, whose sums wrap.
#pragma once
#include <vector>

#include "ops/window.h"

namespace texflow {

/// NHWC image, filter [kh, kw, filterChannels, outChannels] (grouped when filterChannels < window.channels). `out` is
/// zeroed.
template <class T>
void convolve(const Window& w, std::int64_t filterChannels, std::int64_t outChannels, const T* image, const T* filter,
              T* out) {
  const std::int64_t groups = w.channels / filterChannels, groupOut = outChannels / groups;
  for (std::int64_t pixel = 0; pixel < w.batch * w.outHeight * w.outWidth; ++pixel) {
    const std::int64_t ox = pixel % w.outWidth, oy = pixel / w.outWidth % w.outHeight;
    const std::int64_t n = pixel / w.outWidth / w.outHeight;
    const std::int64_t y0 = oy * w.strideY - w.padTop, x0 = ox * w.strideX - w.padLeft;
    const TapRange rows(y0, w.height, w.kernelHeight, w.dilationY), columns(x0, w.width, w.kernelWidth, w.dilationX);
    T* sums = out + pixel * outChannels;
    for (std::int64_t ky = rows.first; ky < rows.last; ++ky) {
      for (std::int64_t kx = columns.first; kx < columns.last; ++kx) {
        const T* source = image + ((n * w.height + y0 + ky * w.dilationY) * w.width + x0 + kx * w.dilationX) * w.channels;
        const T* weights = filter + (ky * w.kernelWidth + kx) * filterChannels * outChannels;
        for (std::int64_t c = 0; c < w.channels; ++c) {
          const T value = source[c];
          const std::int64_t first = c / filterChannels * groupOut;
          const T* line = weights + c % filterChannels * outChannels + first;
          T* target = sums + first;
          for (std::int64_t o = 0; o < groupOut; ++o) target[o] += value * line[o];
        }
      }
    }
  }
}

/// The gradient of `convolve` by its image: scatters `gradient` (the window's output) into `image`, which is zeroed.
template <class T>
void convolveBack(const Window& w, std::int64_t filterChannels, std::int64_t outChannels, const T* gradient, const T* filter,
                  T* image) {
  const std::int64_t groups = w.channels / filterChannels, groupOut = outChannels / groups;
  for (std::int64_t pixel = 0; pixel < w.batch * w.outHeight * w.outWidth; ++pixel) {
    const std::int64_t ox = pixel % w.outWidth, oy = pixel / w.outWidth % w.outHeight;
    const std::int64_t n = pixel / w.outWidth / w.outHeight;
    const std::int64_t y0 = oy * w.strideY - w.padTop, x0 = ox * w.strideX - w.padLeft;
    const TapRange rows(y0, w.height, w.kernelHeight, w.dilationY), columns(x0, w.width, w.kernelWidth, w.dilationX);
    const T* source = gradient + pixel * outChannels;
    for (std::int64_t ky = rows.first; ky < rows.last; ++ky) {
      for (std::int64_t kx = columns.first; kx < columns.last; ++kx) {
        T* target = image + ((n * w.height + y0 + ky * w.dilationY) * w.width + x0 + kx * w.dilationX) * w.channels;
        const T* weights = filter + (ky * w.kernelWidth + kx) * filterChannels * outChannels;
        for (std::int64_t c = 0; c < w.channels; ++c) {
          const std::int64_t first = c / filterChannels * groupOut;
          const T* line = weights + c % filterChannels * outChannels + first;
          T sum = 0;
          for (std::int64_t o = 0; o < groupOut; ++o) sum += source[first + o] * line[o];
          target[c] += sum;
        }
      }
    }
  }
}

/// Filter [kh, kw, channels, multiplier]; output channel c * multiplier + m. `out` is zeroed.
template <class T>
void convolveDepthwise(const Window& w, std::int64_t multiplier, const T* image, const T* filter, T* out) {
  const std::int64_t outChannels = w.channels * multiplier;
  for (std::int64_t pixel = 0; pixel < w.batch * w.outHeight * w.outWidth; ++pixel) {
    const std::int64_t ox = pixel % w.outWidth, oy = pixel / w.outWidth % w.outHeight;
    const std::int64_t n = pixel / w.outWidth / w.outHeight;
    const std::int64_t y0 = oy * w.strideY - w.padTop, x0 = ox * w.strideX - w.padLeft;
    const TapRange rows(y0, w.height, w.kernelHeight, w.dilationY), columns(x0, w.width, w.kernelWidth, w.dilationX);
    T* sums = out + pixel * outChannels;
    for (std::int64_t ky = rows.first; ky < rows.last; ++ky) {
      for (std::int64_t kx = columns.first; kx < columns.last; ++kx) {
        const T* source = image + ((n * w.height + y0 + ky * w.dilationY) * w.width + x0 + kx * w.dilationX) * w.channels;
        const T* weights = filter + (ky * w.kernelWidth + kx) * outChannels;
        if (multiplier == 1) {
          for (std::int64_t c = 0; c < outChannels; ++c) sums[c] += source[c] * weights[c];
        } else {
          for (std::int64_t c = 0; c < outChannels; ++c) sums[c] += source[c / multiplier] * weights[c];
        }
      }
    }
  }
}

}  // namespace texflow
