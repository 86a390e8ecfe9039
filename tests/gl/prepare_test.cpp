// Preparing in pieces: progress, budget, cancelling, sharing of programs, runs in between.
#include <random>
#include <thread>

#include "gl/gl_counters.h"
#include "gl/op_test.h"
#include "gl/own_context_test.h"

namespace texflow {
namespace {

std::map<std::string, Tensor> smallInputs() { return {{"x", smallValues({1, 12, 12, 5})}}; }

using Prepare = OwnContextTest;

// The pieces of a prepare until it is done. Gives the processor away after each: the driver's threads need it, too.
int pollToEnd(Session& session) {
  for (int calls = 1;; ++calls) {
    const auto done = session.poll(0);
    EXPECT_TRUE(done.ok()) << done.status().message();
    if (!done.ok() || *done) return calls;
    std::this_thread::yield();
  }
}

TEST_F(Prepare, FractionNeverGoesBackAndEndsAtOne) {
  const auto session = this->session();
  std::vector<PrepareEvent> events;
  PrepareOptions options;
  options.moreShapes = {{{"x", {1, 12, 12, 5}}}, {}};
  options.onProgress = [&](const PrepareEvent& event) { events.push_back(event); };
  ASSERT_TRUE(session->prepare(options).ok());
  ASSERT_FALSE(events.empty());
  std::set<std::string> phases;
  for (std::size_t i = 0; i < events.size(); ++i) {
    phases.insert(events[i].phase);
    EXPECT_LE(events[i].done, events[i].total);
    if (i > 0) {
      EXPECT_GE(events[i].fraction, events[i - 1].fraction);
    }
    EXPECT_LT(i + 1 < events.size() ? events[i].fraction : 0, 1);
    EXPECT_EQ(events[i].program.empty(), events[i].phase == "plan" || events[i].phase == "upload" ||
                                             events[i].phase == "textures" || events[i].phase == "warm-up" ||
                                             events[i].phase == "dry run" || events[i].phase == "done");
  }
  EXPECT_EQ(events.back().fraction, 1);
  EXPECT_EQ(events.back().phase, "done");
  for (const char* phase : {"plan", "compile", "link", "upload", "textures", "finish", "first draw", "done"})
    EXPECT_TRUE(phases.count(phase)) << phase;
}

TEST_F(Prepare, PollWithoutTimeMakesAtMostOneLongCall) {
  const auto session = this->session();
  ASSERT_FALSE(session->poll().ok()) << "nothing has been started";
  ASSERT_TRUE(session->startPrepare({}).ok());
  const GlCounters counters;
  int before = 0, calls = 0;
  for (bool done = false; !done; ++calls) {
    std::this_thread::yield();
    const auto polled = session->poll(0);
    ASSERT_TRUE(polled.ok()) << polled.status().message();
    done = *polled;
    int now = counters.draws();
    for (const char* call : {"glCompileShader", "glLinkProgram", "glTexSubImage2D", "glTexSubImage3D", "glTexImage3D"})
      now += counters.count(call);
    // The first compile brings the vertex shader, and a texture comes with its first texels.
    EXPECT_LE(now - before, 2);
    before = now;
  }
  EXPECT_GT(calls, 10);
  EXPECT_TRUE(*session->poll()) << "stays done";
  const int queries = counters.count("glGetProgramiv");
  EXPECT_TRUE(session->run(smallInputs()).ok());
  EXPECT_EQ(counters.count("glGetProgramiv"), queries);
  EXPECT_TRUE(session->report().preparedBeforeRun);
}

TEST_F(Prepare, NoProgramIsAskedForItsStateBeforeAllWereIssued) {
  const auto session = this->session();
  PrepareOptions options;
  const GlCounters counters;
  int asked = 0;
  options.onProgress = [&](const PrepareEvent& event) {
    if (event.phase == "compile" || event.phase == "link") asked += counters.count("glGetProgramiv");
  };
  ASSERT_TRUE(session->prepare(options).ok());
  EXPECT_EQ(asked, 0);
}

TEST_F(Prepare, CancelAtAnyPointFreesEverythingAndTheNextPrepareWorks) {
  const auto session = this->session();
  int pieces = 0;
  PrepareOptions counting;
  // Warm-up draws and dry runs are as many as fit in their time.
  counting.onProgress = [&](const PrepareEvent& event) {
    pieces += event.phase == "warm-up" || event.phase == "dry run" ? 0 : 1;
  };
  {
    // Another context: this one's programs are not there yet.
    auto context = makeEglContext(GlApi::kGles3);
    ASSERT_TRUE(context.ok());
    auto counted = Session::create(smallNet(), context->get());
    ASSERT_TRUE(counted.ok());
    ASSERT_TRUE((*counted)->prepare(counting).ok());
  }
  ASSERT_TRUE(context_->makeCurrent().ok());
  const GlCounters counters;
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    ASSERT_TRUE(session->startPrepare({}).ok());
    const int stop = static_cast<int>(random() % static_cast<unsigned>(pieces - 1));
    for (int i = 0; i < stop; ++i) {
      const auto done = session->poll(0);
      ASSERT_TRUE(done.ok()) << done.status().message();
      ASSERT_FALSE(*done);
    }
    session->cancelPrepare();
    ASSERT_EQ(counters.live(), 0) << "after " << stop << " of " << pieces << " pieces";
    EXPECT_EQ(session->report().programsUsed, 0);
    EXPECT_FALSE(session->poll().ok());
  }
  ASSERT_TRUE(session->startPrepare({}).ok());
  pollToEnd(*session);
  const auto results = session->run(smallInputs());
  ASSERT_TRUE(results.ok()) << results.status().message();
  auto host = Session::create(smallNet(), nullptr, Backend::kHost);
  ASSERT_TRUE(host.ok());
  const auto expected = (*host)->run(smallInputs());
  ASSERT_TRUE(expected.ok());
  for (std::int64_t i = 0; i < 8; ++i) EXPECT_NEAR((*results)[0].value.number(i), (*expected)[0].value.number(i), 1e-5);
}

TEST_F(Prepare, StopTokenStopsABlockingPrepareWithItsOwnStatus) {
  const auto session = this->session();
  StopSource source;
  PrepareOptions options;
  options.stop = source.token();
  int pieces = 0;
  options.onProgress = [&](const PrepareEvent&) {
    if (++pieces == 5) source.requestStop();
  };
  const Status status = session->prepare(options);
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(pieces, 5);
  options.stop = {};
  options.onProgress = [&](const PrepareEvent& event) {
    if (event.phase == "finish") session->cancelPrepare();
  };
  EXPECT_EQ(session->prepare(options).code(), StatusCode::kCancelled);
  EXPECT_TRUE(session->prepare().ok());
}

TEST_F(Prepare, RunDuringAPrepareFinishesWhatItNeedsAndTheReportSaysSo) {
  const auto session = this->session();
  ASSERT_TRUE(session->startPrepare({}).ok());
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(session->poll(0).ok());
  ASSERT_TRUE(session->run(smallInputs()).ok());
  EXPECT_FALSE(session->report().preparedBeforeRun);
  session->cancelPrepare();
  const int compiled = session->report().programsCompiled;
  ASSERT_TRUE(session->run(smallInputs()).ok());
  EXPECT_EQ(session->report().programsCompiled, compiled) << "what a run has used stays";
  ASSERT_TRUE(session->prepare().ok());
  EXPECT_FALSE(session->report().preparedBeforeRun);
}

// Starts a run when a prepare has done so many pieces of a phase, and goes on with both.
void runAmid(Session& session, const std::string& phase, int pieces, const std::vector<float>& expected) {
  int seen = 0;
  PrepareOptions options;
  options.onProgress = [&](const PrepareEvent& event) { seen += event.phase == phase ? 1 : 0; };
  ASSERT_TRUE(session.startPrepare(options).ok());
  while (seen < pieces) {
    const auto done = session.poll(0);
    ASSERT_TRUE(done.ok() && !*done);
    std::this_thread::yield();
  }
  ASSERT_TRUE(session.start(smallInputs()).ok());
  while (!*session.advance(false)) ASSERT_TRUE(session.poll(0).ok());
  EXPECT_EQ(seen, pieces);
  std::vector<NamedTensor> outputs;
  ASSERT_TRUE(session.take(outputs).ok());
  EXPECT_EQ(valuesOf(outputs), expected) << "after " << pieces << " pieces of " << phase;
  EXPECT_EQ(session.report().runMs.size(), 1U);
}

TEST_F(Prepare, ARunAmidTheWarmUpEndsItAndKeepsItsValues) {
  const auto expected = this->session()->run(smallInputs());
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  for (int pieces = 1; pieces < 6; ++pieces) runAmid(*this->session(), "warm-up", pieces, valuesOf(*expected));
}

TEST_F(Prepare, ARunAmidADryRunEndsItAndKeepsItsValues) {
  const auto expected = this->session()->run(smallInputs());
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  for (int pieces = 1; pieces < 6; ++pieces) {
    // Dry runs are for sessions that compile something.
    auto context = makeEglContext(GlApi::kGles3);
    ASSERT_TRUE(context.ok());
    auto session = Session::create(smallNet(), context->get());
    ASSERT_TRUE(session.ok());
    runAmid(**session, "dry run", pieces, valuesOf(*expected));
  }
}

TEST_F(Prepare, DryRunsLeaveNoTrace) {
  const auto session = this->session();
  int dryRuns = 0;
  PrepareOptions options;
  options.onProgress = [&](const PrepareEvent& event) { dryRuns += event.phase == "dry run" ? 1 : 0; };
  ASSERT_TRUE(session->prepare(options).ok());
  EXPECT_GT(dryRuns, 0);
  EXPECT_TRUE(session->report().runMs.empty());
  EXPECT_LT(session->report().firstRunMs, 0);
  EXPECT_TRUE(session->report().preparedBeforeRun);
  float layout[16];
  EXPECT_EQ(session->outputTexture("sum", layout), 0U) << "nothing has run";
  std::vector<NamedTensor> outputs;
  EXPECT_FALSE(session->take(outputs).ok());
}

TEST_F(Prepare, DryRunsGoOnForTheirShareOfThePrepare) {
  const auto dryRuns = [](double share) {
    auto context = makeEglContext(GlApi::kGles3);
    EXPECT_TRUE(context.ok());
    auto session = Session::create(smallNet(), context->get());
    EXPECT_TRUE(session.ok());
    int pieces = 0;  // One begins a run, and one more each further run.
    PrepareOptions options;
    options.dryRunShare = share;
    options.onProgress = [&](const PrepareEvent& event) { pieces += event.phase == "dry run" ? 1 : 0; };
    EXPECT_TRUE((*session)->prepare(options).ok());
    return pieces;
  };
  EXPECT_EQ(dryRuns(0), 1);
  EXPECT_GT(dryRuns(1e9), 3) << "100 ms of them";
}

TEST_F(Prepare, ARunWithoutPrepareIsItsOwnRehearsal) {
  const auto session = this->session();
  const GlCounters counters;
  ASSERT_TRUE(session->run(smallInputs()).ok());
  const Report report = session->report();
  EXPECT_EQ(counters.draws(), report.programsUsed + report.drawsPerRun);
}

TEST_F(Prepare, SecondSessionSharesTheProgramsOfTheFirst) {
  const auto first = session();
  ASSERT_TRUE(first->prepare().ok());
  EXPECT_EQ(first->report().programsShared, 0);
  const auto second = session();
  const GlCounters counters;
  ASSERT_TRUE(second->prepare().ok());
  const Report report = second->report();
  EXPECT_EQ(report.programsShared, report.programsUsed);
  EXPECT_EQ(report.programsCompiled, 0);
  EXPECT_EQ(counters.count("glCompileShader"), 0);
  EXPECT_EQ(counters.draws(), report.drawsPerRun) << "first draws are done once a context, textures are touched once a plan";
  ASSERT_TRUE(second->run(smallInputs()).ok());
}

}  // namespace
}  // namespace texflow
