// Draws the picture, the model's mask straight from the engine's output texture, and text, into the current framebuffer.
#pragma once
#include <string>

#include "picture.h"

class Compositor {
 public:
  /// Needs a current GL 3.3 context, as does every call.
  static texflow::Result<Compositor> create();
  void setPicture(const Picture& picture);
  /// `mask`: GL name and layout parameters from Session::outputTexture, values 0..1; 0 draws the picture alone.
  void draw(int width, int height, unsigned mask, const float layoutParams[16], const std::string& text);

 private:
  unsigned program_ = 0, textProgram_ = 0, picture_ = 0, vertexArray_ = 0, textArray_ = 0, textBuffer_ = 0;
};
