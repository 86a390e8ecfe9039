#include "picture.h"

#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

texflow::Result<Picture> Picture::load(const std::string& file) {
  Picture picture;
  int channels = 0;
  stbi_uc* pixels = stbi_load(file.c_str(), &picture.width, &picture.height, &channels, 3);
  if (!pixels) return texflow::Status::invalid("The picture '" + file + "' cannot be read: " + stbi_failure_reason() + ".");
  picture.rgb.assign(pixels,
                     pixels + static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3);
  stbi_image_free(pixels);
  return picture;
}

texflow::Status Picture::save(const std::string& file) const {
  if (!stbi_write_png(file.c_str(), width, height, 3, rgb.data(), width * 3))
    return texflow::Status::invalid("The picture '" + file + "' cannot be written.");
  return {};
}

texflow::Tensor Picture::toTensor(int toHeight, int toWidth) const {
  std::vector<std::uint8_t> resized(static_cast<std::size_t>(toHeight) * static_cast<std::size_t>(toWidth) * 3);
  stbir_resize_uint8(rgb.data(), width, height, 0, resized.data(), toWidth, toHeight, 0, 3);
  texflow::Tensor tensor(texflow::DType::kFloat32, {1, toHeight, toWidth, 3});
  for (std::size_t i = 0; i < resized.size(); ++i) tensor.mutableData<float>()[i] = static_cast<float>(resized[i]) / 255.0f;
  return tensor;
}
