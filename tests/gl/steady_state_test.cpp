// What a run of a prepared model costs besides its draws: nothing.
#include <thread>

#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "gl/small_net.h"

namespace texflow {
namespace {

class SteadyState : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    context_ = testContext(GetParam());
    if (!context_) GTEST_SKIP() << "no EGL context";
    ASSERT_TRUE(context_->makeCurrent().ok());
    auto session = Session::create(smallNet(), context_);
    ASSERT_TRUE(session.ok()) << session.status().message();
    session_ = std::move(*session);
    const Status prepared = session_->prepare({});
    ASSERT_TRUE(prepared.ok()) << prepared.message();
  }
  Context* context_ = nullptr;
  std::unique_ptr<Session> session_;
  const std::map<std::string, Tensor> inputs_ = {{"x", smallValues({1, 12, 12, 5})}};
};

INSTANTIATE_TEST_SUITE_P(Stripes, SteadyState, testing::Values(1, 2, 4, 8));

TEST_P(SteadyState, TheFirstRunAfterPrepareMakesNoObjectsAndAsksTheDriverNothing) {
  GlCounters counters;
  const auto outputs = session_->run(inputs_);
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  EXPECT_EQ(session_->report().hostSteps, 0);
  EXPECT_EQ(counters.draws(), session_->report().drawsPerRun);
  EXPECT_EQ(text(counters.creations()), "");
  EXPECT_EQ(text(counters.queries()), "");
}

TEST_P(SteadyState, ARepeatedRunAllocatesNothing) {
  const std::vector<std::string> names;
  std::vector<NamedTensor> outputs;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session_->run(inputs_, names, outputs).ok());
  GlCounters counters;
  const std::vector<NamedTensor> before = {{outputs[0].name, Tensor(DType::kFloat32, {1, 8})},
                                           {outputs[1].name, Tensor(DType::kFloat32, {1, 8})}};
  for (std::size_t i = 0; i < before.size(); ++i)
    std::copy_n(outputs[i].value.data<float>(), 8, const_cast<float*>(before[i].value.data<float>()));
  resetAllocations();
  Status status;
  for (int i = 0; i < 5; ++i) status = session_->run(inputs_, names, outputs);
  const int allocated = allocations();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(allocated, 0);
  resetAllocations();
  ASSERT_TRUE(session_->run(inputs_).ok());
  EXPECT_GT(allocations(), 0) << "the counter counts";
  EXPECT_EQ(text(counters.creations()), "");
  EXPECT_EQ(text(counters.queries()), "");
  for (std::size_t i = 0; i < before.size(); ++i)
    for (int j = 0; j < 8; ++j) EXPECT_EQ(outputs[i].value.number(j), before[i].value.number(j));
}

TEST_P(SteadyState, OutputsThatTheCallerKeepsAreNotOverwritten) {
  std::vector<NamedTensor> outputs;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session_->run(inputs_, {}, outputs).ok());
  const Tensor kept = outputs[0].value;
  const double value = kept.number(3);
  const std::map<std::string, Tensor> others = {{"x", Tensor(DType::kFloat32, {1, 12, 12, 5})}};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session_->run(others, {}, outputs).ok());
  EXPECT_EQ(kept.number(3), value);
  EXPECT_NE(outputs[0].value.number(3), value);
}

TEST_P(SteadyState, ARunInPiecesGivesTheSameOutputsWithoutWaiting) {
  const auto expected = session_->run(inputs_);
  ASSERT_TRUE(expected.ok());
  std::vector<NamedTensor> outputs;
  EXPECT_FALSE(session_->advance().ok());
  for (int run = 0; run < 3; ++run) {
    ASSERT_TRUE(session_->start(inputs_).ok());
    EXPECT_FALSE(session_->take(outputs).ok());
    const std::vector<NamedInfo> pending = session_->pendingOutputs();
    for (bool done = false; !done;) {
      std::this_thread::yield();
      const auto advanced = session_->advance();
      ASSERT_TRUE(advanced.ok()) << advanced.status().message();
      done = *advanced;
    }
    ASSERT_TRUE(session_->take(outputs).ok());
    EXPECT_TRUE(session_->pendingOutputs().empty());
    ASSERT_EQ(pending.size(), outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_EQ(pending[i].name, outputs[i].name);
      EXPECT_EQ(pending[i].dtype, outputs[i].value.dtype());
      EXPECT_EQ(pending[i].shape, outputs[i].value.shape());
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
      for (int j = 0; j < 8; ++j) EXPECT_EQ(outputs[i].value.number(j), (*expected)[i].value.number(j));
  }
}

TEST_P(SteadyState, ARunThatIsGivenUpLeavesNoValuesBehind) {
  const auto expected = session_->run(inputs_);
  ASSERT_TRUE(expected.ok());
  ASSERT_TRUE(session_->start({{"x", Tensor(DType::kFloat32, {1, 12, 12, 5})}}).ok());
  ASSERT_TRUE(session_->advance().ok());
  const auto outputs = session_->run(inputs_);
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ((*outputs)[0].value.number(3), (*expected)[0].value.number(3));
}

}  // namespace
}  // namespace texflow
