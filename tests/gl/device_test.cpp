// Poorer devices than this one: half floats, no float textures, small limits; and contexts that belong to others.
#include "gl/gl.h"
#include "gl/op_test.h"
#include "gl/small_net.h"
#include "unit/graph_nodes.h"

namespace texflow {
namespace {

const std::map<std::string, Tensor>& smallInputs() {
  static const std::map<std::string, Tensor> inputs = {{"x", smallValues({1, 12, 12, 5})}};
  return inputs;
}

std::vector<NamedTensor> expectedOutputs() {
  auto session = Session::create(smallNet(), nullptr, Backend::kHost);
  return *(*session)->run(smallInputs());
}

void expectNear(const std::vector<NamedTensor>& got, double tolerance) {
  const auto want = expectedOutputs();
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    for (std::int64_t j = 0; j < got[i].value.size(); ++j)
      ASSERT_NEAR(got[i].value.number(j), want[i].value.number(j), tolerance) << want[i].name << ", element " << j;
}

std::unique_ptr<Context> contextWith(const ContextOptions& options, GlApi api = GlApi::kGles3) {
  auto context = makeEglContext(api, options);
  return context.ok() ? std::move(*context) : nullptr;
}

TEST(HalfFloats, ModelsRunWithThreeDigitsForEveryStripeCount) {
  for (const GlApi api : {GlApi::kGles3, GlApi::kGl33})
    for (const int stripes : {1, 2, 4, 8}) {
      ContextOptions options;
      options.storage = Storage::kFloat16;
      options.stripes = stripes;
      const auto context = contextWith(options, api);
      if (!context) GTEST_SKIP() << "no EGL context";
      testing::internal::CaptureStderr();
      auto session = Session::create(smallNet(), context.get());
      const std::string log = testing::internal::GetCapturedStderr();
      ASSERT_TRUE(session.ok());
      EXPECT_NE(log.find("half floats"), std::string::npos) << log;
      EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
      const auto outputs = (*session)->run(smallInputs());
      ASSERT_TRUE(outputs.ok()) << outputs.status().message();
      expectNear(*outputs, 2e-3);
      const Report report = (*session)->report();
      EXPECT_EQ(report.storage, "float16");
      EXPECT_EQ(report.backend, "gl");
      EXPECT_GT(report.drawsPerRun, 0);
      EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
    }
}

TEST(HalfFloats, IntegersStayExactBecauseTheyStayOnTheHost) {
  ContextOptions options;
  options.storage = Storage::kFloat16;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  Node node;
  node.op = "AddV2";
  Tensor a(DType::kInt32, {3000}), b(DType::kInt32, {3000});
  for (int i = 0; i < 3000; ++i) a.mutableData<std::int32_t>()[i] = i * 7, b.mutableData<std::int32_t>()[i] = 1;
  auto session = Session::create(oneNodeGraph(node, {a, b}, {false, true}, 1), context.get());
  ASSERT_TRUE(session.ok());
  const auto outputs = (*session)->run({{"input0", a}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(outputs->front().value.number(i), i * 7 + 1);
}

TEST(HalfFloats, FiniteInputsStayFinite) {
  ContextOptions options;
  options.storage = Storage::kFloat16;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  Node node;
  node.op = "Mul";
  const Tensor huge(DType::kFloat32, {1, 2, 2, 1}, std::vector<float>{-1e9f, 1e9f, 3, INFINITY});
  const Tensor factors(DType::kFloat32, {1, 2, 2, 1}, std::vector<float>{0, 0.5f, 2, 1});
  auto session = Session::create(oneNodeGraph(node, {huge, factors}, {}, 1), context.get());
  ASSERT_TRUE(session.ok());
  const auto outputs = (*session)->run({{"input0", huge}, {"input1", factors}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  const Tensor& got = outputs->front().value;
  EXPECT_EQ(got.number(0), 0);
  EXPECT_EQ(got.number(1), 32752);
  EXPECT_EQ(got.number(2), 6);
  EXPECT_EQ(got.number(3), INFINITY);
}

TEST(NoFloatTextures, TheHostComputesEverythingAndSaysSo) {
  ContextOptions options;
  options.storage = Storage::kHost;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  testing::internal::CaptureStderr();
  auto session = Session::create(smallNet(), context.get());
  EXPECT_NE(testing::internal::GetCapturedStderr().find("the host computes everything"), std::string::npos);
  ASSERT_TRUE(session.ok());
  const auto outputs = (*session)->run(smallInputs());
  ASSERT_TRUE(outputs.ok());
  expectNear(*outputs, 0);
  EXPECT_EQ((*session)->report().storage, "host");
  EXPECT_EQ((*session)->report().backend, "host");
  EXPECT_EQ((*session)->report().drawsPerRun, 0);
}

TEST(SmallLimits, FewDrawBuffersGiveFewStripes) {
  for (const int buffers : {1, 2, 4, 7}) {
    ContextOptions options;
    options.maxDrawBuffers = buffers;
    const auto context = contextWith(options);
    if (!context) GTEST_SKIP() << "no EGL context";
    EXPECT_LE(context->stripes(), buffers);
    auto session = Session::create(smallNet(), context.get());
    const auto outputs = (*session)->run(smallInputs());
    ASSERT_TRUE(outputs.ok()) << outputs.status().message();
    expectNear(*outputs, 1e-5);
  }
  ContextOptions options;
  options.maxDrawBuffers = 4;
  options.stripes = 8;
  const auto context = makeEglContext(GlApi::kGles3, options);
  ASSERT_FALSE(context.ok());
  EXPECT_NE(context.status().message().find("stripes is 8"), std::string::npos) << context.status().message();
}

TEST(SmallLimits, TensorsThatNoTextureHoldsAreComputedOnTheHost) {
  ContextOptions options;
  options.maxTextureSize = 64;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  Node node;
  node.op = "Relu";
  const Tensor large = smallValues({1, 300, 300, 8});
  auto session = Session::create(oneNodeGraph(node, {large}, {}, 1), context.get());
  ASSERT_TRUE(session.ok());
  const auto outputs = (*session)->run({{"input0", large}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  EXPECT_EQ((*session)->report().hostSteps, 1);
  for (std::int64_t i = 0; i < large.size(); i += 997)
    EXPECT_EQ(outputs->front().value.number(i), std::max(0.0, large.number(i)));
}

TEST(SmallLimits, ModelsRunWithTexturesOf256Texels) {
  ContextOptions options;
  options.maxTextureSize = 256;
  for (const int stripes : {1, 8}) {
    options.stripes = stripes;
    const auto context = contextWith(options);
    if (!context) GTEST_SKIP() << "no EGL context";
    auto session = Session::create(smallNet(), context.get());
    const auto outputs = (*session)->run(smallInputs());
    ASSERT_TRUE(outputs.ok()) << outputs.status().message();
    expectNear(*outputs, 1e-5);
  }
}

// Lines of parameters (Caps::paramLines) are lines of a texture.
TEST(SmallLimits, PlansOfMoreDrawsThanATextureHasLinesRun) {
  ContextOptions options;
  options.maxTextureSize = 64;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  Graph graph;
  const Port x = add(graph, "x", "Placeholder", {});
  Port last = x;
  for (int i = 0; i < 80; ++i) last = add(graph, "mean" + std::to_string(i), "AvgPool", {last});
  for (Node& node : graph.nodes) node.attrs.set("ksize", std::vector<std::int64_t>{1, 3, 3, 1});
  const Shape shape{1, 20, 20, 8};
  graph.inputs.push_back({"x", x, DType::kFloat32, shape, true});
  graph.outputs.push_back({"last", last, DType::kFloat32, shape, true});
  const std::map<std::string, Tensor> inputs{{"x", smallValues(shape)}};
  auto host = Session::create(graph, nullptr, Backend::kHost);
  auto session = Session::create(graph, context.get());
  ASSERT_TRUE(host.ok() && session.ok());
  const auto expected = (*host)->run(inputs), outputs = (*session)->run(inputs);
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  EXPECT_EQ((*session)->report().drawsPerRun, 80);
  for (std::int64_t i = 0; i < outputs->front().value.size(); ++i)
    ASSERT_NEAR(outputs->front().value.number(i), expected->front().value.number(i), 1e-5) << i;
}

TEST(SmallLimits, UniformBlocksThatAreTooSmallAreAnErrorThatNamesTheNode) {
  ContextOptions options;
  options.maxUniformBlockBytes = 64;
  const auto context = contextWith(options);
  if (!context) GTEST_SKIP() << "no EGL context";
  auto session = Session::create(smallNet(), context.get());
  const auto outputs = (*session)->run(smallInputs());
  ASSERT_FALSE(outputs.ok());
  const std::string message = outputs.status().message();
  EXPECT_NE(message.find("node '"), std::string::npos) << message;
  EXPECT_NE(message.find("this device's limit is 64."), std::string::npos) << message;
}

// State that applications set and that a run would change.
std::vector<GLint> readState() {
  std::vector<GLint> values;
  for (const GLenum name : {GL_VIEWPORT,
                            GL_ACTIVE_TEXTURE,
                            GL_CURRENT_PROGRAM,
                            GL_VERTEX_ARRAY_BINDING,
                            GL_DRAW_FRAMEBUFFER_BINDING,
                            GL_READ_FRAMEBUFFER_BINDING,
                            GL_UNIFORM_BUFFER_BINDING,
                            GL_PIXEL_PACK_BUFFER_BINDING,
                            GL_PIXEL_UNPACK_BUFFER_BINDING,
                            GL_UNPACK_ALIGNMENT,
                            GL_UNPACK_ROW_LENGTH,
                            GL_UNPACK_SKIP_PIXELS,
                            GL_PACK_ALIGNMENT,
                            GL_PACK_SKIP_ROWS,
                            GL_BLEND,
                            GL_DEPTH_TEST,
                            GL_SCISSOR_TEST,
                            GL_STENCIL_TEST,
                            GL_CULL_FACE,
                            GL_COLOR_WRITEMASK}) {
    GLint got[4] = {};
    glGetIntegerv(name, got);
    values.insert(values.end(), got, got + 4);
  }
  GLint active = 0, buffer0 = 0;
  glGetIntegeri_v(GL_UNIFORM_BUFFER_BINDING, 0, &buffer0);
  values.push_back(buffer0);
  glGetIntegerv(GL_ACTIVE_TEXTURE, &active);
  for (GLenum unit = 0; unit < 16; ++unit) {
    glActiveTexture(GL_TEXTURE0 + unit);
    for (const GLenum name : {GL_TEXTURE_BINDING_2D, GL_TEXTURE_BINDING_2D_ARRAY, GL_SAMPLER_BINDING}) {
      GLint got = 0;
      glGetIntegerv(name, &got);
      values.push_back(got);
    }
  }
  glActiveTexture(static_cast<GLenum>(active));
  return values;
}

TEST(ForeignContext, PrepareAndRunGiveTheStateOfTheApplicationBack) {
  const auto owner = contextWith({});
  if (!owner) GTEST_SKIP() << "no EGL context";
  ASSERT_TRUE(owner->makeCurrent().ok());
  auto wrapped = wrapCurrentContext(true);
  ASSERT_TRUE(wrapped.ok()) << wrapped.status().message();
  EXPECT_TRUE((*wrapped)->restoresState());

  GLuint textures[2], buffers[3], framebuffer = 0, array = 0, sampler = 0;
  glGenTextures(2, textures);
  glGenBuffers(3, buffers);
  glGenFramebuffers(1, &framebuffer);
  glGenVertexArrays(1, &array);
  glGenSamplers(1, &sampler);
  for (const GLenum unit : {1U, 5U, 11U}) {
    glActiveTexture(GL_TEXTURE0 + unit);
    glBindTexture(GL_TEXTURE_2D, textures[0]);
    glBindTexture(GL_TEXTURE_2D_ARRAY, textures[1]);
    glBindSampler(unit, sampler);
  }
  glBindBufferBase(GL_UNIFORM_BUFFER, 0, buffers[0]);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffers[1]);
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers[2]);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  glBindVertexArray(array);
  glViewport(3, 4, 50, 60);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glPixelStorei(GL_UNPACK_ROW_LENGTH, 7);
  glPixelStorei(GL_PACK_ALIGNMENT, 8);
  glPixelStorei(GL_PACK_SKIP_ROWS, 2);
  for (const GLenum capability : {GL_BLEND, GL_DEPTH_TEST, GL_SCISSOR_TEST, GL_STENCIL_TEST, GL_CULL_FACE})
    glEnable(capability);
  glScissor(1, 1, 2, 2);
  glColorMask(GL_TRUE, GL_FALSE, GL_FALSE, GL_TRUE);

  const std::vector<GLint> before = readState();
  auto session = Session::create(smallNet(), wrapped->get());
  ASSERT_TRUE(session.ok()) << session.status().message();
  ASSERT_TRUE((*session)->prepare({}).ok());
  EXPECT_EQ(readState(), before) << "after prepare()";
  const auto outputs = (*session)->run(smallInputs());
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  EXPECT_EQ(readState(), before) << "after run()";
  expectNear(*outputs, 1e-5);
  ASSERT_TRUE((*session)->start(smallInputs()).ok());
  ASSERT_TRUE((*session)->advance().ok());
  EXPECT_EQ(readState(), before) << "during a run in pieces";
  session->reset();
  EXPECT_EQ(readState(), before) << "after the session is gone";
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

}  // namespace
}  // namespace texflow
