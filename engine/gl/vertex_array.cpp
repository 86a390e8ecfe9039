#include "gl/vertex_array.h"

#include <utility>

#include "gl/forget.h"
#include "gl/gl.h"

namespace texflow {

VertexArray::VertexArray() { glGenVertexArrays(1, &id_); }

VertexArray::~VertexArray() {
  if (id_ && !ForgetObjects::active()) glDeleteVertexArrays(1, &id_);
}

VertexArray::VertexArray(VertexArray&& other) noexcept : id_(std::exchange(other.id_, 0)) {}

VertexArray& VertexArray::operator=(VertexArray&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

void VertexArray::bind() const { glBindVertexArray(id_); }

void VertexArray::draw() { glDrawArrays(GL_TRIANGLES, 0, 3); }

}  // namespace texflow
