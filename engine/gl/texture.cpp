#include "gl/texture.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"

namespace texflow {
namespace {

std::size_t bytesPerTexel(unsigned format) { return format == GL_RGBA32F ? 16 : 8; }

GLuint makeTexture(GLenum target) {
  GLuint id = 0;
  glGenTextures(1, &id);
  glBindTexture(target, id);
  glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexParameteri(target, GL_TEXTURE_MAX_LEVEL, 0);
  return id;
}

// GL 3.3 has no glTexStorage. 16-bit storage is declared with half floats there: some drivers keep the upload type.
GLenum uploadType(unsigned format) { return format == GL_RGBA32F ? GL_FLOAT : GL_HALF_FLOAT; }

}  // namespace

Texture2D::Texture2D(unsigned format, int width, int height)
    : id_(makeTexture(GL_TEXTURE_2D)), format_(format), width_(width), height_(height) {
  glTexImage2D(GL_TEXTURE_2D, 0, static_cast<GLint>(format), width, height, 0, GL_RGBA, uploadType(format), nullptr);
}

Texture2D::~Texture2D() {
  if (id_ && !ForgetObjects::active()) glDeleteTextures(1, &id_);
}

Texture2D::Texture2D(Texture2D&& other) noexcept
    : id_(std::exchange(other.id_, 0)), format_(other.format_), width_(other.width_), height_(other.height_) {}

Texture2D& Texture2D::operator=(Texture2D&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(format_, other.format_);
  std::swap(width_, other.width_);
  std::swap(height_, other.height_);
  return *this;
}

std::size_t Texture2D::bytes() const { return bytesPerTexel(format_) * static_cast<std::size_t>(width_) * height_; }

void Texture2D::upload(int firstRow, int rows, const float* rgba) {
  glBindTexture(GL_TEXTURE_2D, id_);
  glTexSubImage2D(GL_TEXTURE_2D, 0, 0, firstRow, width_, rows, GL_RGBA, GL_FLOAT, rgba);
}

void Texture2D::bind(int unit) const {
  glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  glBindTexture(GL_TEXTURE_2D, id_);
}

TextureArray::TextureArray(unsigned format, int width, int height, int layers)
    : id_(makeTexture(GL_TEXTURE_2D_ARRAY)), format_(format), width_(width), height_(height), layers_(layers) {
  glTexImage3D(GL_TEXTURE_2D_ARRAY, 0, static_cast<GLint>(format), width, height, layers, 0, GL_RGBA, uploadType(format),
               nullptr);
}

TextureArray::~TextureArray() {
  if (id_ && !ForgetObjects::active()) glDeleteTextures(1, &id_);
}

TextureArray::TextureArray(TextureArray&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
      format_(other.format_),
      width_(other.width_),
      height_(other.height_),
      layers_(other.layers_) {}

TextureArray& TextureArray::operator=(TextureArray&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(format_, other.format_);
  std::swap(width_, other.width_);
  std::swap(height_, other.height_);
  std::swap(layers_, other.layers_);
  return *this;
}

std::size_t TextureArray::bytes() const {
  return bytesPerTexel(format_) * static_cast<std::size_t>(width_) * height_ * layers_;
}

void TextureArray::upload(int firstLayer, int layers, int width, int height, const float* rgba, int firstLine) {
  glBindTexture(GL_TEXTURE_2D_ARRAY, id_);
  glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, firstLine, firstLayer, width, height, layers, GL_RGBA, GL_FLOAT, rgba);
}

void TextureArray::bind(int unit) const {
  glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  glBindTexture(GL_TEXTURE_2D_ARRAY, id_);
}

}  // namespace texflow
