// Kernels under two arrangements of a tensor in texture layers, with the arithmetic and fetch ceilings of the same device.
// Results and what follows from them: docs/decisions/0001-texture-layout.md.
#include <cmath>
#include <random>
#include <vector>

#include "bench.h"
#include "gl/buffer.h"
#include "gl/framebuffer.h"
#include "gl/gl.h"
#include "gl/program.h"
#include "gl/state_guard.h"
#include "gl/texture.h"
#include "gl/vertex_array.h"
#include "kernels.h"
#include "programs/shader_source.h"

namespace texflow::bench {
namespace {

constexpr int kTextureWidth = 256;

std::string source(const Context& context, int stripes, bool flat, const std::string& body) {
  std::string text = context.caps().es ? "#version 300 es\nprecision highp float;\n" : "#version 330\n";
  text += "#define P " + std::to_string(stripes) + "\n";
  if (flat) text += "#define FLAT\n";
  std::string write = "#define WRITE(values)";
  for (int j = 0; j < stripes; ++j) {
    const std::string n = std::to_string(j);
    text += "layout(location=" + n + ") out vec4 result" + n + ";\n";
    write += " result" + n + " = (values)[" + n + "];";
  }
  return text + write + "\n" + kCommon + body;
}

std::vector<float> randomValues(std::size_t count) {
  std::mt19937 random(1);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
  return values;
}

// An H x W x (4 * blocks) tensor in one of the two arrangements.
struct Image {
  int height, width, blocks, stripes;
  bool flat;
  int pitch() const { return flat ? width : (width + stripes - 1) / stripes * stripes; }
  int groups() const { return (height * pitch() + stripes - 1) / stripes; }
  int columns() const { return std::min(groups(), kTextureWidth); }
  int lines() const { return (groups() + columns() - 1) / columns() * blocks; }
  std::size_t layerFloats() const { return std::size_t{4} * static_cast<std::size_t>(columns() * lines()); }
  // Index of the first channel of (y, x, block) in the layers, one after the other.
  std::size_t at(int y, int x, int block) const {
    const int s = y * pitch() + x, g = s / stripes;
    const int texel = (g / columns() * blocks + block) * columns() + g % columns();
    return layerFloats() * static_cast<std::size_t>(s % stripes) + std::size_t{4} * static_cast<std::size_t>(texel);
  }
};

struct Input {
  Image image;
  std::vector<float> texels;
  TextureArray texture;
  explicit Input(const Image& image)
      : image(image),
        texels(randomValues(image.layerFloats() * static_cast<std::size_t>(image.stripes))),
        texture(GL_RGBA32F, image.columns(), image.lines(), image.stripes) {
    for (int j = 0; j < image.stripes; ++j)
      texture.upload(j, 1, image.columns(), image.lines(),
                     texels.data() + image.layerFloats() * static_cast<std::size_t>(j));
  }
  float value(int y, int x, int c) const {
    if (y < 0 || y >= image.height || x < 0 || x >= image.width) return 0;
    return texels[image.at(y, x, c / 4) + static_cast<std::size_t>(c % 4)];
  }
};

struct Weights {
  int width, height;
  std::vector<float> texels;
  Texture2D texture;
  Weights(int width, int height)
      : width(width),
        height(height),
        texels(randomValues(std::size_t{4} * static_cast<std::size_t>(width * height))),
        texture(GL_RGBA32F, width, height) {
    texture.upload(0, height, texels.data());
  }
  float value(int column, int line, int lane) const {
    return texels[static_cast<std::size_t>((line * width + column) * 4 + lane)];
  }
};

// Value of output (y, x, c), in plain loops.
using Reference = std::function<float(int y, int x, int c)>;

// Draws `body` into `out`, compares 200 values with `reference` and measures.
void run(benchmark::State& state, const char* body, const Image& out, const Input& a, const Input& b, const Weights& weights,
         float split, double items, const Reference& reference) {
  Context* context = contextFor(8);
  const Shader vertex(GL_VERTEX_SHADER, vertexSource(context->caps().es));
  Program program;
  program.issueCompile("layout_bench", source(*context, out.stripes, out.flat,
                                              std::string(body == kConv3x3 || body == kDepthwise ? kWindow : "") + body));
  program.issueLink(vertex);
  if (const Status status = program.finish(vertex, 2); !status.ok()) return state.SkipWithError(status.message().c_str());
  const TextureArray target(GL_RGBA32F, out.columns(), out.lines(), out.stripes);
  const Framebuffer framebuffer(target);
  const auto f = [](int value) { return static_cast<float>(value); };
  const Image& in = a.image;
  const float block[16] = {f(out.width),
                           f(out.height),
                           f(out.pitch()),
                           f(out.blocks),
                           f(in.width),
                           f(in.pitch()),
                           f(in.columns()),
                           f(in.blocks),
                           1 / f(in.columns()),
                           1 / f(in.lines()),
                           1 / f(weights.width),
                           1 / f(weights.height),
                           f(out.columns()),
                           split,
                           0,
                           0};
  const UniformBuffer params(block, sizeof block);
  const VertexArray vertexArray;
  applyEngineState(8);
  vertexArray.bind();
  program.use();
  a.texture.bind(0);
  b.texture.bind(1);
  weights.texture.bind(2);
  params.bindRange(0, sizeof block);
  framebuffer.bind();
  Framebuffer::setArea(out.columns(), out.lines());
  const auto draw = [] {
    VertexArray::draw();
    glFinish();
  };
  draw();  // The driver generates code in the first draw.
  std::vector<float> texels(out.layerFloats() * static_cast<std::size_t>(out.stripes));
  for (int j = 0; j < out.stripes; ++j)
    framebuffer.read(j, out.columns(), out.lines(), texels.data() + out.layerFloats() * static_cast<std::size_t>(j));
  for (int i = 0; i < 200; ++i) {
    const int y = i * 31 % out.height, x = (i * 17 + i / 7) % out.width, c = i * 13 % (out.blocks * 4);
    const float want = reference(y, x, c), got = texels[out.at(y, x, c / 4) + static_cast<std::size_t>(c % 4)];
    if (!(std::abs(want - got) <= 1e-3f * (1 + std::abs(want))))
      return state.SkipWithError("The kernel's values are wrong.");
  }
  measure(state, items, draw);
}

using Kind = std::function<void(benchmark::State&, int stripes, bool flat)>;

void conv1x1(benchmark::State& state, int stripes, bool flat, int size, int channels) {
  const Image image{size, size, channels / 4, stripes, flat};
  const Input in(image);
  const Weights w(channels, channels / 4);
  run(state, kConv1x1, image, in, in, w, 0, 1.0 * size * size * channels * channels, [&](int y, int x, int c) {
    float sum = 0;
    for (int k = 0; k < channels; ++k) sum += in.value(y, x, k) * w.value(k, c / 4, c % 4);
    return sum;
  });
}

void conv3x3(benchmark::State& state, int stripes, bool flat, int size, int channels) {
  const Image image{size, size, channels / 4, stripes, flat};
  const Input in(image);
  const Weights w(channels, channels / 4 * 9);
  run(state, kConv3x3, image, in, in, w, 0, 9.0 * size * size * channels * channels, [&](int y, int x, int c) {
    float sum = 0;
    for (int tap = 0; tap < 9; ++tap)
      for (int k = 0; k < channels; ++k)
        sum += in.value(y + tap / 3 - 1, x + tap % 3 - 1, k) * w.value(k, c / 4 * 9 + tap, c % 4);
    return sum;
  });
}

void depthwise(benchmark::State& state, int stripes, bool flat, int size, int channels) {
  const Image image{size, size, channels / 4, stripes, flat};
  const Input in(image);
  const Weights w(channels / 4, 9);
  run(state, kDepthwise, image, in, in, w, 0, 9.0 * size * size * channels, [&](int y, int x, int c) {
    float sum = 0;
    for (int tap = 0; tap < 9; ++tap) sum += in.value(y + tap / 3 - 1, x + tap % 3 - 1, c) * w.value(c / 4, tap, c % 4);
    return sum;
  });
}

void add(benchmark::State& state, int stripes, bool flat) {
  const Image image{56, 56, 32, stripes, flat};
  const Input a(image), b(image);
  run(state, kAdd, image, a, b, Weights(1, 1), 0, 56.0 * 56 * 128,
      [&](int y, int x, int c) { return a.value(y, x, c) + b.value(y, x, c); });
}

// [57,55,128] to [55,57,128]. With flat stripes the texels stay where they are and the engine would draw nothing.
void reshape(benchmark::State& state, int stripes, bool flat) {
  const Input in(Image{57, 55, 32, stripes, flat});
  run(state, kReshape, Image{55, 57, 32, stripes, flat}, in, in, Weights(1, 1), 0, 55.0 * 57 * 128,
      [&](int y, int x, int c) { return in.value((y * 57 + x) / 55, (y * 57 + x) % 55, c); });
}

// Two [56,28,128] along x.
void concat(benchmark::State& state, int stripes, bool flat) {
  const Image half{56, 28, 32, stripes, flat};
  const Input a(half), b(half);
  run(state, kConcat, Image{56, 56, 32, stripes, flat}, a, b, Weights(1, 1), 28, 56.0 * 56 * 128,
      [&](int y, int x, int c) { return x < 28 ? a.value(y, x, c) : b.value(y, x - 28, c); });
}

// Rounds of a ceiling kernel over 256 x 256 fragments.
void ceiling(benchmark::State& state, const char* body, int rounds, double itemsPerRound) {
  Context* context = contextFor(8);
  const Shader vertex(GL_VERTEX_SHADER, vertexSource(context->caps().es));
  Program program;
  program.issueCompile("layout_bench", source(*context, 1, false, body));
  program.issueLink(vertex);
  if (const Status status = program.finish(vertex, 2); !status.ok()) return state.SkipWithError(status.message().c_str());
  const Input in(Image{256, 256, 1, 1, true});
  const TextureArray target(GL_RGBA32F, 256, 256, 1);
  const Framebuffer framebuffer(target);
  const float block[16] = {static_cast<float>(rounds), 0, 0, 0, 0.9f, 0.8f, 0.7f, 0.6f, 1 / 256.0f, 1 / 256.0f, 1, 1};
  const UniformBuffer params(block, sizeof block);
  const VertexArray vertexArray;
  applyEngineState(8);
  vertexArray.bind();
  program.use();
  in.texture.bind(0);
  params.bindRange(0, sizeof block);
  framebuffer.bind();
  Framebuffer::setArea(256, 256);
  measure(state, 256.0 * 256 * rounds * itemsPerRound, [] {
    VertexArray::draw();
    glFinish();
  });
}

}  // namespace

void registerLayoutBenchmarks() {
  const auto entry = [](const std::string& name, const std::function<void(benchmark::State&)>& work) {
    benchmark::RegisterBenchmark(
        name.c_str(),
        [work](benchmark::State& state) {
          if (!contextFor(8)) return state.SkipWithError("There is no headless GL context with so many draw buffers.");
          work(state);
        })
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  };
  entry("ceiling/multiply_add", [](benchmark::State& state) { ceiling(state, kPeak, 256, 32); });
  entry("ceiling/fetch", [](benchmark::State& state) { ceiling(state, kFetchRate, 32, 4); });
  const std::vector<std::pair<std::string, Kind>> kinds = {
      {"conv1x1/56x56x128", [](auto& s, int p, bool flat) { conv1x1(s, p, flat, 56, 128); }},
      {"conv1x1/28x28x256", [](auto& s, int p, bool flat) { conv1x1(s, p, flat, 28, 256); }},
      {"conv1x1/14x14x512", [](auto& s, int p, bool flat) { conv1x1(s, p, flat, 14, 512); }},
      {"conv3x3/56x56x64", [](auto& s, int p, bool flat) { conv3x3(s, p, flat, 56, 64); }},
      {"conv3x3/14x14x256", [](auto& s, int p, bool flat) { conv3x3(s, p, flat, 14, 256); }},
      {"depthwise3x3/56x56x128", [](auto& s, int p, bool flat) { depthwise(s, p, flat, 56, 128); }},
      {"depthwise3x3/14x14x512", [](auto& s, int p, bool flat) { depthwise(s, p, flat, 14, 512); }},
      {"add/56x56x128", add},
      {"reshape/57x55x128", reshape},
      {"concat/56x(28+28)x128", concat}};
  for (const auto& [name, kind] : kinds)
    for (const int stripes : {1, 4, 8})
      for (const bool flat : {false, true})
        entry(name + (flat ? "/flat" : "/lines") + "/P" + std::to_string(stripes),
              [kind = kind, stripes, flat](benchmark::State& state) { kind(state, stripes, flat); });
}

}  // namespace texflow::bench
