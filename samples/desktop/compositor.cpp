#include "compositor.h"

#include <glad/gl.h>

#include <iterator>

#include "overlay.h"

namespace {

constexpr const char* kVertex = R"(#version 330
out vec2 at;
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
})";

// The mask is a tensor of the engine; the address is that of shaders/tensor.glsl, with the 16 floats in `tensor`.
constexpr const char* kFragment = R"(#version 330
in vec2 at;
out vec4 color;
uniform sampler2D picture;
uniform sampler2DArray mask;
uniform vec4 tensor[4];
uniform float layers;
uniform bool masked;
float maskAt(float row, float x) {
  row = clamp(row, 0.0, tensor[3].x - 1.0);
  x = clamp(x, 0.0, tensor[3].y - 1.0);
  float s = x * tensor[0].z;
  float t = floor(s / layers);
  float g = row * tensor[0].x + x * tensor[0].y + t;
  float band = floor((g + 0.5) * tensor[2].z);
  vec2 uv = vec2(g - band * tensor[1].x + 0.5, band * tensor[1].y + tensor[1].z + 0.5) * tensor[2].xy;
  return textureLod(mask, vec3(uv, s - t * layers), 0.0).x;
}
void main() {
  vec3 base = texture(picture, at).rgb;
  float inside = 1.0;
  if (masked) {
    vec2 place = at * tensor[3].yx - 0.5;
    vec2 low = floor(place), part = place - low;
    inside = mix(mix(maskAt(low.y, low.x), maskAt(low.y, low.x + 1.0), part.x),
                 mix(maskAt(low.y + 1.0, low.x), maskAt(low.y + 1.0, low.x + 1.0), part.x), part.y);
  }
  vec3 outside = mix(vec3(dot(base, vec3(0.3, 0.59, 0.11))), vec3(0.05, 0.35, 0.45), 0.6);
  color = vec4(mix(outside, base, clamp(inside, 0.0, 1.0)), 1.0);
})";

constexpr const char* kTextVertex = R"(#version 330
layout(location = 0) in vec2 position;
uniform vec2 size;
void main() { gl_Position = vec4(position.x / size.x * 2.0 - 1.0, 1.0 - position.y / size.y * 2.0, 0.0, 1.0); })";
constexpr const char* kTextFragment = R"(#version 330
out vec4 color;
uniform vec4 ink;
void main() { color = ink; })";

texflow::Result<unsigned> linkProgram(const char* vertex, const char* fragment) {
  const unsigned program = glCreateProgram();
  for (const auto& [type, source] : {std::pair{GL_VERTEX_SHADER, vertex}, std::pair{GL_FRAGMENT_SHADER, fragment}}) {
    const unsigned shader = glCreateShader(static_cast<GLenum>(type));
    glShaderSource(shader, 1, &source, nullptr);
    glCompileShader(shader);
    glAttachShader(program, shader);
    glDeleteShader(shader);
  }
  glLinkProgram(program);
  int linked = 0;
  glGetProgramiv(program, GL_LINK_STATUS, &linked);
  if (linked) return program;
  char log[512] = "";
  glGetProgramInfoLog(program, sizeof log, nullptr, log);
  return texflow::Status::unsupported(std::string("The demo's own shaders do not link: ") + log);
}

}  // namespace

texflow::Result<Compositor> Compositor::create() {
  Compositor compositor;
  TEXFLOW_ASSIGN(compositor.program_, linkProgram(kVertex, kFragment));
  TEXFLOW_ASSIGN(compositor.textProgram_, linkProgram(kTextVertex, kTextFragment));
  glGenTextures(1, &compositor.picture_);
  glGenVertexArrays(1, &compositor.vertexArray_);
  glGenVertexArrays(1, &compositor.textArray_);
  glGenBuffers(1, &compositor.textBuffer_);
  glUseProgram(compositor.program_);
  glUniform1i(glGetUniformLocation(compositor.program_, "mask"), 1);
  return compositor;
}

void Compositor::setPicture(const Picture& picture) {
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, picture_);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, picture.width, picture.height, 0, GL_RGB, GL_UNSIGNED_BYTE, picture.rgb.data());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
}

void Compositor::draw(int width, int height, unsigned mask, const float layoutParams[16], const std::string& text) {
  glViewport(0, 0, width, height);
  glUseProgram(program_);
  glBindVertexArray(vertexArray_);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, picture_);
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_2D_ARRAY, mask);
  float layers = 1;
  if (mask) {
    int depth = 1;
    glGetTexLevelParameteriv(GL_TEXTURE_2D_ARRAY, 0, GL_TEXTURE_DEPTH, &depth);
    layers = static_cast<float>(depth);
  }
  glUniform1f(glGetUniformLocation(program_, "layers"), layers);
  glUniform4fv(glGetUniformLocation(program_, "tensor"), 4, layoutParams);
  glUniform1i(glGetUniformLocation(program_, "masked"), mask != 0);
  glDrawArrays(GL_TRIANGLES, 0, 3);

  glUseProgram(textProgram_);
  glBindVertexArray(textArray_);
  glBindBuffer(GL_ARRAY_BUFFER, textBuffer_);
  glEnableVertexAttribArray(0);
  glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, nullptr);
  glUniform2f(glGetUniformLocation(textProgram_, "size"), static_cast<float>(width), static_cast<float>(height));
  for (const float offset : {2.0f, 0.0f}) {  // A dark copy below keeps the text readable on any picture.
    const std::vector<float> triangles = textTriangles(text, 16 + offset, 16 + offset, 2);
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(triangles.size() * sizeof(float)), triangles.data(),
                 GL_STREAM_DRAW);
    const float ink = offset > 0 ? 0.0f : 1.0f;
    glUniform4f(glGetUniformLocation(textProgram_, "ink"), ink, ink, ink, 1);
    glDrawArrays(GL_TRIANGLES, 0, static_cast<GLsizei>(triangles.size() / 2));
  }
}
