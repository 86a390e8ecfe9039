#include "overlay.h"

#include <stb/stb_easy_font.h>

std::vector<float> textTriangles(const std::string& text, float x, float y, float scale) {
  struct Vertex {
    float x, y, z;
    unsigned char color[4];
  };
  std::vector<Vertex> vertices(text.size() * 4 * 16 + 64);
  std::string copy = text;  // stb takes a mutable string.
  const int quads =
      stb_easy_font_print(0, 0, copy.data(), nullptr, vertices.data(), static_cast<int>(vertices.size() * sizeof(Vertex)));
  std::vector<float> triangles;
  for (int quad = 0; quad < quads; ++quad)
    for (int corner : {0, 1, 2, 0, 2, 3}) {
      const Vertex& vertex = vertices[static_cast<std::size_t>(quad * 4 + corner)];
      triangles.push_back(x + vertex.x * scale);
      triangles.push_back(y + vertex.y * scale);
    }
  return triangles;
}
