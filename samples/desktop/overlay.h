// Text as triangles, for the figures over the picture.
#pragma once
#include <string>
#include <vector>

/// x, y pairs in pixels from the top left, three vertices a triangle; `scale` pixels a font pixel.
std::vector<float> textTriangles(const std::string& text, float x, float y, float scale);
