// Sessions with two tiers: the host computes until the programs are ready, and after that whoever is asked for or faster.
#include <gtest/gtest.h>

#include <thread>

#include "gl/small_net.h"
#include "texflow/context.h"
#include "texflow/session.h"

namespace texflow {
namespace {

using Inputs = std::map<std::string, Tensor>;

class TiersTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = makeEglContext(GlApi::kGles3);
    ASSERT_TRUE(made.ok()) << made.status().message();
    context_ = std::move(*made);
    ASSERT_TRUE(context_->makeCurrent().ok());
  }

  std::unique_ptr<Session> session(SessionOptions options) {
    auto made = Session::create(smallNet(), context_.get(), options);
    EXPECT_TRUE(made.ok());
    return std::move(*made);
  }

  static std::vector<NamedTensor> run(Session& session, const Shape& shape = {1, 12, 12, 5}) {
    auto outputs = session.run(Inputs{{"x", smallValues(shape)}});
    EXPECT_TRUE(outputs.ok()) << outputs.status().message();
    return outputs.ok() ? *outputs : std::vector<NamedTensor>();
  }

  static void expectNear(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].name, b[i].name);
      ASSERT_EQ(a[i].value.shape(), b[i].value.shape());
      for (std::int64_t k = 0; k < a[i].value.size(); ++k) ASSERT_NEAR(a[i].value.number(k), b[i].value.number(k), 1e-5);
    }
  }

  /// "hhg": what computed each run.
  static std::string tiers(const Session& session) {
    std::string text;
    for (const Tier tier : session.report().runTiers) text += tierName(tier)[0];
    return text;
  }

  std::unique_ptr<Context> context_;
};

TEST_F(TiersTest, RunsBeforeThePrepareIsDoneAreComputedByTheHostAndAgree) {
  const auto tiered = session({.tieredStart = true, .backgroundMs = 0});
  const auto first = run(*tiered);
  EXPECT_EQ(tiered->report().programsCompiled, 0);
  ASSERT_TRUE(tiered->startPrepare({}).ok());
  run(*tiered);
  EXPECT_EQ(tiers(*tiered), "hh");
  ASSERT_TRUE(tiered->prepare({}).ok());
  const int compiled = tiered->report().programsCompiled;
  EXPECT_GT(compiled, 0);
  const auto second = run(*tiered);
  EXPECT_EQ(tiers(*tiered), "hhg");
  EXPECT_EQ(tiered->report().programsCompiled, compiled);
  expectNear(first, second);
  run(*tiered);
  EXPECT_EQ(tiers(*tiered), "hhgg");
}

TEST_F(TiersTest, RunsAloneCarryThePrepareToItsEnd) {
  const auto tiered = session({.tieredStart = true, .backgroundMs = 1});
  while (tiers(*tiered).find('g') == std::string::npos) {
    std::this_thread::yield();
    run(*tiered);
    ASSERT_TRUE(tiered->report().prepareError.empty()) << tiered->report().prepareError;
  }
  EXPECT_EQ(tiers(*tiered).back(), 'g');
  EXPECT_TRUE(tiered->report().prepareError.empty());
}

TEST_F(TiersTest, APrepareBeforeTheFirstRunLeavesTheHostNothingToDo) {
  const auto tiered = session({.tieredStart = true});
  ASSERT_TRUE(tiered->prepare({}).ok());
  run(*tiered);
  EXPECT_EQ(tiers(*tiered), "g");
  EXPECT_TRUE(tiered->report().preparedBeforeRun);
}

TEST_F(TiersTest, AutoTriesBothTiersAndSettles) {
  const auto either = session({.backend = Backend::kAuto});
  EXPECT_EQ(either->report().backend, "auto");
  ASSERT_TRUE(either->prepare({}).ok());
  std::vector<NamedTensor> first = run(*either), last;
  for (int i = 0; i < 30; ++i) last = run(*either);
  expectNear(first, last);
  const std::string text = tiers(*either);
  EXPECT_EQ(text.substr(0, 8), "hhhhgggg");
  EXPECT_EQ(text.find_first_not_of(text.back(), 8), std::string::npos) << text;
}

TEST_F(TiersTest, AnotherInputSizeAfterTheSwitchStaysOnTheGpu) {
  Graph graph = smallNet();
  graph.inputs[0].shape = {1, -1, -1, 5};
  auto made = Session::create(std::move(graph), context_.get(), SessionOptions{.tieredStart = true, .backgroundMs = 0});
  ASSERT_TRUE(made.ok());
  run(**made);
  PrepareOptions options;
  options.inputShapes["x"] = {1, 12, 12, 5};
  ASSERT_TRUE((*made)->prepare(options).ok());
  run(**made);
  const int compiled = (*made)->report().programsCompiled;
  run(**made, {1, 20, 16, 5});
  EXPECT_EQ(tiers(**made), "hgg");
  EXPECT_EQ((*made)->report().programsCompiled, compiled);
}

TEST_F(TiersTest, ACancelledPrepareLeavesTheHostAtWork) {
  const auto tiered = session({.tieredStart = true, .backgroundMs = 0});
  ASSERT_TRUE(tiered->startPrepare({}).ok());
  ASSERT_TRUE(tiered->poll(0).ok());
  tiered->cancelPrepare();
  run(*tiered);
  EXPECT_EQ(tiers(*tiered), "h");
  ASSERT_TRUE(tiered->prepare({}).ok());
  run(*tiered);
  EXPECT_EQ(tiers(*tiered), "hg");
}

TEST_F(TiersTest, PiecesOfARunGoToTheTierThatStartedIt) {
  const auto tiered = session({.tieredStart = true, .backgroundMs = 0});
  ASSERT_TRUE(tiered->start(Inputs{{"x", smallValues({1, 12, 12, 5})}}).ok());
  const auto pending = tiered->pendingOutputs();
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[1].shape, (Shape{1, 8}));
  ASSERT_TRUE(tiered->prepare({}).ok());  // The run goes on where it was started.
  const auto done = tiered->advance(true);
  ASSERT_TRUE(done.ok() && *done);
  std::vector<NamedTensor> outputs;
  ASSERT_TRUE(tiered->take(outputs).ok());
  EXPECT_EQ(tiers(*tiered), "h");
  expectNear(outputs, run(*tiered));
  EXPECT_EQ(tiers(*tiered), "hg");
}

}  // namespace
}  // namespace texflow
