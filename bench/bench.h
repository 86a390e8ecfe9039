// What the benchmarks share: GL contexts, timing and registration.
#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>

#include "texflow/context.h"

namespace texflow::bench {

/// The headless context with `stripes` layers per tensor, current in this thread; null when the machine has none.
Context* contextFor(int stripes);

/// Processor time of all threads of this process, in seconds: on a software rasterizer the work itself, whatever else the
/// machine does meanwhile.
inline double processorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Calls `work` many times and reports the shortest as the benchmark's time: other load on the machine only ever adds.
/// `items`: multiply-adds (or elements, fetches) of one call. Counters: cpu_ms is the mean processor time of a call over
/// all threads, items_per_cpu its rate.
template <class Work>
void measure(benchmark::State& state, double items, Work work) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
  double processor = 0;
  for (auto _ : state) {
    double best = 1e9;
    const auto begin = Clock::now();
    const double processorBegin = processorSeconds();
    int calls = 0;
    for (; calls < 10 || seconds(Clock::now() - begin) < 0.3; ++calls) {
      const auto start = Clock::now();
      work();
      best = std::min(best, seconds(Clock::now() - start));
    }
    processor = (processorSeconds() - processorBegin) / calls;
    state.SetIterationTime(best);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(items) * state.iterations());
  state.counters["cpu_ms"] = processor * 1000;
  state.counters["items_per_cpu"] = items / processor;
}

void registerLayoutBenchmarks();
void registerSessionBenchmarks();

}  // namespace texflow::bench
