// Contexts, textures, framebuffers and programs on the drivers of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "gl/buffer.h"
#include "gl/context.h"
#include "gl/framebuffer.h"
#include "gl/gl.h"
#include "gl/program.h"
#include "gl/readback.h"
#include "gl/state_guard.h"
#include "gl/texture.h"
#include "gl/vertex_array.h"
#include "programs/program_cache.h"
#include "programs/shader_source.h"

namespace texflow {
namespace {

class GlObjects : public testing::TestWithParam<GlApi> {
 protected:
  std::unique_ptr<Context> make(int stripes = 0) {
    ContextOptions options;
    options.stripes = stripes;
    auto context = makeEglContext(GetParam(), options);
    if (!context.ok()) {
      ADD_FAILURE() << context.status().message();
      return nullptr;
    }
    return std::move(*context);
  }
};

INSTANTIATE_TEST_SUITE_P(Apis, GlObjects, testing::Values(GlApi::kGles3, GlApi::kGl33),
                         [](const auto& info) { return info.param == GlApi::kGles3 ? "Gles3" : "Gl33"; });

TEST_P(GlObjects, ContextReadsItsCaps) {
  const auto context = make();
  ASSERT_TRUE(context);
  EXPECT_EQ(context->caps().es, GetParam() == GlApi::kGles3);
  EXPECT_FALSE(context->caps().renderer.empty());
  EXPECT_GE(context->caps().maxTextureSize, 2048);
  EXPECT_GE(context->caps().maxUniformBlockBytes, 16384);
  EXPECT_GE(context->caps().maxDrawBuffers, 4);
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_P(GlObjects, StripesOtherThanPowersOfTwoUpToEightAreRefused) {
  ContextOptions options;
  options.stripes = 3;
  const auto context = makeEglContext(GetParam(), options);
  ASSERT_FALSE(context.ok());
  EXPECT_NE(context.status().message().find("stripes is 3"), std::string::npos);
}

TEST_P(GlObjects, TwoContextsLiveSideBySide) {
  const auto first = make(), second = make();
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->makeCurrent().ok());
  EXPECT_TRUE(second->makeCurrent().ok());
}

TEST_P(GlObjects, CurrentContextCanBeWrapped) {
  const auto owner = make();
  ASSERT_TRUE(owner);
  const auto wrapped = wrapCurrentContext(GetParam() == GlApi::kGles3);
  ASSERT_TRUE(wrapped.ok()) << wrapped.status().message();
  EXPECT_EQ((*wrapped)->caps().renderer, owner->caps().renderer);
  EXPECT_EQ((*wrapped)->stripes(), owner->stripes());
}

TEST_P(GlObjects, LayersReadBackWhatWasUploaded) {
  for (const int stripes : {1, 4, 8}) {
    const auto context = make(stripes);
    ASSERT_TRUE(context);
    applyEngineState(4);
    const int width = 5, height = 3;
    TextureArray texture(context->storageFormat(), width, height, stripes);
    std::vector<std::vector<float>> layers;
    for (int layer = 0; layer < stripes; ++layer) {
      std::vector<float> texels(static_cast<std::size_t>(width * height * 4));
      std::iota(texels.begin(), texels.end(), static_cast<float>(layer * 100));
      texture.upload(layer, 1, width, height, texels.data());
      layers.push_back(std::move(texels));
    }
    const Framebuffer framebuffer(texture);
    ASSERT_TRUE(framebuffer.complete());
    for (int layer = 0; layer < stripes; ++layer) {
      std::vector<float> texels(static_cast<std::size_t>(width * height * 4), -1.0f);
      framebuffer.read(layer, width, height, texels.data());
      EXPECT_EQ(texels, layers[static_cast<std::size_t>(layer)]) << "layer " << layer << " of " << stripes;
    }
    EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
  }
}

TEST_P(GlObjects, ReadbackGivesAllLayersAfterItsFence) {
  const int stripes = 4, width = 3, height = 2;
  const auto context = make(stripes);
  ASSERT_TRUE(context);
  applyEngineState(4);
  TextureArray texture(context->storageFormat(), width + 1, height + 1, stripes);
  std::vector<float> expected(static_cast<std::size_t>(width * height * 4 * stripes));
  std::iota(expected.begin(), expected.end(), 0.0f);
  for (int layer = 0; layer < stripes; ++layer) {
    texture.upload(layer, 1, width, height, expected.data() + layer * width * height * 4);
  }
  const Framebuffer framebuffer(texture);
  Readback readback;
  std::vector<float> texels(expected.size());
  EXPECT_FALSE(readback.ready());
  EXPECT_FALSE(readback.data(texels.data()).ok());
  for (int run = 0; run < 2; ++run) {
    readback.start(framebuffer, stripes, width, height);
    ASSERT_EQ(readback.floats(), expected.size());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!readback.ready() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(readback.ready());
    std::fill(texels.begin(), texels.end(), -1.0f);
    ASSERT_TRUE(readback.data(texels.data()).ok());
    EXPECT_EQ(texels, expected);
  }
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_P(GlObjects, ProgramWritesEveryLayerFromUniformsTexturesAndWeights) {
  for (const int stripes : {1, 2, 4, 8}) {
    const auto context = make(stripes);
    ASSERT_TRUE(context);
    applyEngineState(4);
    ProgramKey key;
    key.stripes = stripes;
    key.inputs = 1;
    key.params = 8;  // The layouts of output and input.
    key.hasWeights = true;
    key.es = context->caps().es;
    // The head of a real program with a body of its own.
    key.kernel.name = "tensor";
    const auto head = fragmentSource(key);
    ASSERT_TRUE(head.ok()) << head.status().message();
    const std::string source = *head +
                               "void main() {\n"
                               "  vec4 sums[P];\n"
                               "  vec4 weight = fetchTexel(weights, vec2(0.5));\n"
                               "  for (int j = 0; j < P; ++j)\n"
                               "    sums[j] = fetchTexel(in0, vec3(0.5, 0.5, float(j))) + p[0] + weight;\n"
                               "  WRITE(sums)\n"
                               "}\n";
    const Shader vertex(GL_VERTEX_SHADER, vertexSource(key.es));
    Program program;
    program.issueCompile("test", source);
    program.issueLink(vertex);
    const Status finished = program.finish(vertex, key.inputs);
    ASSERT_TRUE(finished.ok()) << finished.message();

    TextureArray input(context->storageFormat(), 1, 1, stripes), output(context->storageFormat(), 7, 4, stripes);
    for (int j = 0; j < stripes; ++j) {
      const float texel[4] = {static_cast<float>(j), 0, 0, 0};
      input.upload(j, 1, 1, 1, texel);
    }
    Texture2D weights(context->storageFormat(), 1, 1);
    const float weight[4] = {0.5f, 0, 0, 0.25f};
    weights.upload(0, 1, weight);
    const float params[32] = {10, 20, 30, 40};
    const UniformBuffer block(params, sizeof params);
    block.bindRange(0, sizeof params);
    input.bind(0);
    weights.bind(1);
    const Framebuffer framebuffer(output);
    framebuffer.bind();
    Framebuffer::setArea(7, 4);
    const VertexArray triangle;
    triangle.bind();
    VertexArray::draw();
    ASSERT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
    for (int j = 0; j < stripes; ++j) {
      std::vector<float> texels(7 * 4 * 4);
      framebuffer.read(j, 7, 4, texels.data());
      for (std::size_t i = 0; i < texels.size(); i += 4) {
        ASSERT_EQ(texels[i], 10.5f + static_cast<float>(j));
        ASSERT_EQ(texels[i + 3], 40.25f);
      }
    }
  }
}

TEST_P(GlObjects, ProgramErrorsCarryTheDriversLog) {
  const auto context = make();
  ASSERT_TRUE(context);
  const bool es = context->caps().es;
  const Shader vertex(GL_VERTEX_SHADER, vertexSource(es));
  Program program;
  program.issueCompile("broken", std::string(es ? "#version 300 es\n" : "#version 330\n") + "void main() { nonsense; }\n");
  program.issueLink(vertex);
  const Status status = program.finish(vertex, 0);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("'broken'"), std::string::npos);
  EXPECT_NE(status.message().find("nonsense"), std::string::npos) << status.message();
}

TEST_P(GlObjects, CacheNamesAMissingShader) {
  const auto context = make();
  ASSERT_TRUE(context);
  ProgramCache cache(*context);
  ProgramKey key;
  key.kernel.name = "no_such_kernel";
  const auto program = cache.get(key);
  ASSERT_FALSE(program.ok());
  EXPECT_NE(program.status().message().find("'no_such_kernel.glsl'"), std::string::npos);
  EXPECT_EQ(cache.compiled(), 0);
}

TEST_P(GlObjects, StateGuardGivesAForeignContextBack) {
  const auto context = make();
  ASSERT_TRUE(context);
  glEnable(GL_BLEND);
  glViewport(1, 2, 3, 4);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glColorMask(GL_TRUE, GL_FALSE, GL_TRUE, GL_FALSE);
  const Texture2D foreign(GL_RGBA32F, 1, 1);
  foreign.bind(2);
  {
    const StateGuard guard(4);
    applyEngineState(4);
    EXPECT_FALSE(glIsEnabled(GL_BLEND));
    const Texture2D other(GL_RGBA32F, 1, 1);
    other.bind(2);
    glViewport(0, 0, 8, 8);
  }
  EXPECT_TRUE(glIsEnabled(GL_BLEND));
  GLint viewport[4], value = 0;
  glGetIntegerv(GL_VIEWPORT, viewport);
  EXPECT_EQ(viewport[2], 3);
  glGetIntegerv(GL_UNPACK_ALIGNMENT, &value);
  EXPECT_EQ(value, 1);
  glGetIntegerv(GL_ACTIVE_TEXTURE, &value);
  EXPECT_EQ(value, GL_TEXTURE2);
  glGetIntegerv(GL_TEXTURE_BINDING_2D, &value);
  EXPECT_EQ(static_cast<GLuint>(value), foreign.id());
  GLboolean mask[4];
  glGetBooleanv(GL_COLOR_WRITEMASK, mask);
  EXPECT_EQ(mask[1], GL_FALSE);
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

}  // namespace
}  // namespace texflow
