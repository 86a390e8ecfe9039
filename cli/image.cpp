#include "image.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "files.h"

namespace texflow::cli {

Result<Tensor> readImage(const std::string& path, const Endpoint& input, const ImageScale& scale) {
  const std::string where = "The image '" + path + "'";
  const std::size_t rank = input.shape.size();
  if (!input.knownRank || (rank != 3 && rank != 4) || (rank == 4 && input.shape[0] != 1 && input.shape[0] != -1))
    return Status::invalid(where + " cannot feed the input '" + input.name + "' of shape " +
                           (input.knownRank ? shapeText(input.shape) : "unknown") +
                           "; an image needs [1,height,width,channels].");
  const std::int64_t* wanted = input.shape.data() + (rank - 3);
  const int channels = wanted[2] == -1 ? 3 : static_cast<int>(wanted[2]);
  if (channels != 1 && channels != 3 && channels != 4)
    return Status::invalid(where + " cannot feed the input '" + input.name + "' of shape " + shapeText(input.shape) +
                           "; an image has 1, 3 or 4 channels in the last dimension.");
  if (input.dtype != DType::kFloat32 && input.dtype != DType::kInt32)
    return Status::invalid(where + " cannot feed the input '" + input.name + "' of dtype " +
                           std::string(dtypeName(input.dtype)) + ".");

  TEXFLOW_ASSIGN(const std::string bytes, readFile(path));
  if (bytes.size() > (std::size_t{1} << 30)) return Status::invalid(where + " has more than 2^30 bytes.");
  int width = 0, height = 0, ignored = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()), &width, &height,
                            &ignored, channels),
      stbi_image_free);
  if (!pixels) return Status::invalid(where + " cannot be decoded as JPEG or PNG: " + stbi_failure_reason() + ".");

  const std::int64_t outHeight = wanted[0] == -1 ? height : wanted[0], outWidth = wanted[1] == -1 ? width : wanted[1];
  if (outHeight < 1 || outHeight > 16384 || outWidth < 1 || outWidth > 16384)
    return Status::invalid(where + " cannot be resized to " + std::to_string(outWidth) + "x" + std::to_string(outHeight) +
                           ".");
  const auto count = [&](std::int64_t h, std::int64_t w) { return static_cast<std::size_t>(h * w * channels); };
  std::vector<float> source(pixels.get(), pixels.get() + count(height, width)), resized;
  if (outHeight != height || outWidth != width) {
    resized.resize(count(outHeight, outWidth));
    if (!stbir_resize_float(source.data(), width, height, 0, resized.data(), static_cast<int>(outWidth),
                            static_cast<int>(outHeight), 0, channels))
      return Status::invalid(where + " cannot be resized.");
  } else {
    resized = std::move(source);
  }

  Shape shape{outHeight, outWidth, channels};
  if (rank == 4) shape.insert(shape.begin(), 1);
  Tensor tensor(input.dtype, shape);
  for (std::size_t i = 0; i < resized.size(); ++i) {
    const double unit = std::clamp(static_cast<double>(resized[i]), 0.0, 255.0) / 255.0;
    const double value = scale.low + unit * (scale.high - scale.low);
    if (input.dtype == DType::kFloat32) tensor.mutableData<float>()[i] = static_cast<float>(value);
    else tensor.mutableData<std::int32_t>()[i] = static_cast<std::int32_t>(std::clamp(std::round(value), -2e9, 2e9));
  }
  return tensor;
}

}  // namespace texflow::cli
