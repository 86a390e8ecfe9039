// Entry point, and the contexts that all benchmarks share.
#include <map>

#include "bench.h"

namespace texflow::bench {

Context* contextFor(int stripes) {
  static std::map<int, std::unique_ptr<Context>> contexts;
  auto& context = contexts[stripes];
  if (!context) {
    ContextOptions options;
    options.stripes = stripes;
    auto made = makeEglContext(GlApi::kGles3, options);
    if (!made.ok()) return nullptr;
    context = std::move(*made);
  }
  if (!context->makeCurrent().ok()) return nullptr;
  return context.get();
}

}  // namespace texflow::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  texflow::Context* context = texflow::bench::contextFor(8);
  benchmark::AddCustomContext("renderer", context ? context->caps().renderer : "none");
  texflow::bench::registerLayoutBenchmarks();
  texflow::bench::registerSessionBenchmarks();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
