// Contexts that go before the sessions in them.
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include "gl/gl.h"
#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "gl/small_net.h"

namespace texflow {
namespace {

const std::map<std::string, Tensor>& inputs() {
  static const std::map<std::string, Tensor> values = {{"x", smallValues({1, 12, 12, 5})}};
  return values;
}

std::unique_ptr<Context> newContext() {
  auto context = makeEglContext(GlApi::kGles3);
  return context.ok() ? std::move(*context) : nullptr;
}

std::unique_ptr<Session> runningSession(Context& context) {
  auto session = Session::create(smallNet(), &context);
  EXPECT_TRUE(session.ok() && (*session)->run(inputs()).ok());
  return std::move(*session);
}

void expectStatus(const Status& status, const char* part) {
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

// Every call that needs the context says what happened, and a new context takes the model.
void expectLost(Session& session, const char* part) {
  expectStatus(session.run(inputs()).status(), part);
  expectStatus(session.prepare(), part);
  ASSERT_TRUE(session.startPrepare({}).ok());
  expectStatus(session.poll().status(), part);
  session.cancelPrepare();
  expectStatus(session.start(inputs()), part);
  expectStatus(session.profile(inputs()).status(), part);
  EXPECT_GT(session.report().programsUsed, 0);
  const auto next = newContext();
  ASSERT_TRUE(next && next->makeCurrent().ok());
  runningSession(*next);
}

TEST(ContextLoss, AContextDestroyedUnderItsSessionsIsAnErrorOfTheirCalls) {
  auto context = newContext();
  if (!context) GTEST_SKIP() << "no EGL context";
  const auto prepared = runningSession(*context);
  const auto during = runningSession(*context), preparing = runningSession(*context);
  ASSERT_TRUE(during->start(inputs()).ok());
  ASSERT_TRUE(preparing->startPrepare({}).ok());
  ASSERT_TRUE(preparing->poll(0).ok());
  context.reset();
  expectStatus(during->advance().status(), "destroyed");
  for (Session* session : {prepared.get(), during.get(), preparing.get()}) expectLost(*session, "destroyed");
}

// The application's own context, wrapped.
class ForeignLoss : public testing::Test {
 protected:
  void SetUp() override {
    const auto first = newContext();  // Initializes EGL's display.
    if (!first) GTEST_SKIP() << "no EGL context";
    display_ = eglGetCurrentDisplay();
    eglBindAPI(EGL_OPENGL_ES_API);
  }
  void TearDown() override {
    if (display_ != EGL_NO_DISPLAY) eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  }
  EGLContext makeForeign() const {
    const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_NONE};
    const EGLContext context = eglCreateContext(display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
    EXPECT_TRUE(eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context));
    return context;
  }
  void destroy(EGLContext context) const {
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(display_, context);
  }
  EGLDisplay display_ = EGL_NO_DISPLAY;
};

TEST_F(ForeignLoss, ADestroyedContextIsAnErrorAndObjectsOfTheNextOneAreLeftAlone) {
  const EGLContext foreign = makeForeign();
  auto wrapped = wrapCurrentContext(true);
  ASSERT_TRUE(wrapped.ok()) << wrapped.status().message();
  auto session = runningSession(**wrapped);
  destroy(foreign);
  expectStatus(session->run(inputs()).status(), "not current");

  const EGLContext next = makeForeign();
  GLuint textures[64], buffers[64];
  glGenTextures(64, textures);
  glGenBuffers(64, buffers);
  for (int i = 0; i < 64; ++i) glBindTexture(GL_TEXTURE_2D, textures[i]), glBindBuffer(GL_UNIFORM_BUFFER, buffers[i]);
  expectStatus(session->run(inputs()).status(), "not current");
  expectStatus(session->prepare(), "load the model again");
  session.reset();
  wrapped->reset();
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(glIsTexture(textures[i]) && glIsBuffer(buffers[i])) << i;

  auto again = wrapCurrentContext(true);
  ASSERT_TRUE(again.ok()) << again.status().message();
  const GlCounters counters;
  runningSession(**again).reset();
  again->reset();
  EXPECT_EQ(counters.live(), 0) << "with their context current, session and context free what they made";
  destroy(next);
}

TEST_F(ForeignLoss, WithAnotherContextCurrentASessionOfOursFreesItsOwnObjects) {
  auto first = newContext(), second = newContext();
  ASSERT_TRUE(first->makeCurrent().ok());
  auto session = runningSession(*first);
  ASSERT_TRUE(second->makeCurrent().ok());
  GLuint texture = 0;
  glGenTextures(1, &texture);
  glBindTexture(GL_TEXTURE_2D, texture);
  session.reset();
  first.reset();
  ASSERT_TRUE(second->makeCurrent().ok());
  EXPECT_TRUE(glIsTexture(texture));
  runningSession(*second);
}

}  // namespace
}  // namespace texflow
