// Pictures on the host: 8-bit RGB, rows from the top.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "texflow/tensor.h"

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  static texflow::Result<Picture> load(const std::string& file);
  /// Writes a PNG.
  texflow::Status save(const std::string& file) const;
  /// [1, height, width, 3] float32, resized, values scaled from 0..255 to 0..1.
  texflow::Tensor toTensor(int height, int width) const;
};
