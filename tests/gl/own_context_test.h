// Tests with a context of their own, so that no other test has compiled its programs.
#pragma once
#include <gtest/gtest.h>

#include "gl/small_net.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow {

/// The floats of all outputs, one after the other.
inline std::vector<float> valuesOf(const std::vector<NamedTensor>& outputs) {
  std::vector<float> values;
  for (const NamedTensor& output : outputs)
    values.insert(values.end(), output.value.data<float>(), output.value.data<float>() + output.value.size());
  return values;
}

class OwnContextTest : public testing::Test {
 protected:
  void SetUp() override { open({}); }
  void open(const ContextOptions& options) {
    auto context = makeEglContext(GlApi::kGles3, options);
    if (!context.ok()) GTEST_SKIP() << "no EGL context";
    context_ = std::move(*context);
    ASSERT_TRUE(context_->makeCurrent().ok());
  }
  std::unique_ptr<Session> session(Graph graph = smallNet()) {
    auto made = Session::create(std::move(graph), context_.get());
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? std::move(*made) : nullptr;
  }
  std::unique_ptr<Context> context_;
};

}  // namespace texflow
