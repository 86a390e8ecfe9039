// The vertex array every draw uses: no attributes, one triangle from gl_VertexID.
#pragma once

namespace texflow {

class VertexArray {
 public:
  VertexArray();
  ~VertexArray();
  VertexArray(VertexArray&& other) noexcept;
  VertexArray& operator=(VertexArray&& other) noexcept;

  unsigned id() const { return id_; }
  void bind() const;
  /// Draws the triangle that covers the viewport with the program in use. The vertex array must be bound.
  static void draw();

 private:
  unsigned id_ = 0;
};

}  // namespace texflow
