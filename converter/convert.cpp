// One conversion, front to back.
#include <chrono>

#include "routes.h"
#include "texflow/converter.h"

namespace texflow {
namespace {

class Stopwatch {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Status unsupportedPair(ModelFormat from, ModelFormat to) {
  return Status::unsupported("The input format " + std::string(formatName(from)) + " cannot be converted to " +
                             std::string(formatName(to)) + ".");
}

Status convertGraph(const std::string& path, const ConvertOptions& options, Sink& sink, ConvertReport& report) {
  const auto progress = [&](std::string_view phase, double fraction) {
    if (options.onProgress) options.onProgress(phase, fraction);
  };
  progress("read", 0);
  const Stopwatch reading;
  TEXFLOW_ASSIGN(SourceModel source, readModel(path, options));
  report.nodesBefore = source.graph.nodes.size();
  report.readMs = reading.milliseconds();

  progress("optimize", 0.4);
  const Stopwatch optimizing;
  TEXFLOW_ASSIGN(Graph graph, optimize(std::move(source.graph), options, &report.passes));
  report.nodesAfter = graph.nodes.size();
  if (!options.skipOpCheck) TEXFLOW_TRY(checkOps(graph, options.target));
  report.optimizeMs = optimizing.milliseconds();

  progress("write", 0.7);
  const Stopwatch writing;
  TEXFLOW_TRY(writeGraphModel(std::move(graph), options, sink, &report));
  report.writeMs = writing.milliseconds();
  return {};
}

}  // namespace

Result<ConvertReport> convert(const std::string& path, const ConvertOptions& options, Sink& sink) {
  ConvertReport report;
  ConvertOptions chosen = options;
  if (chosen.inputFormat == ModelFormat::kAuto) {
    TEXFLOW_ASSIGN(chosen.inputFormat, detectFormat(path));
  }
  if (chosen.outputFormat == ModelFormat::kAuto) chosen.outputFormat = usualOutput(chosen.inputFormat);
  report.inputFormat = chosen.inputFormat;
  report.outputFormat = chosen.outputFormat;
  if (const Route route = routeBetween(chosen.inputFormat, chosen.outputFormat)) {
    const Stopwatch whole;
    TEXFLOW_TRY(route(path, chosen, sink, report));
    report.writeMs = whole.milliseconds();
  } else if (chosen.outputFormat == ModelFormat::kTfjsGraph) {
    TEXFLOW_TRY(convertGraph(path, chosen, sink, report));
  } else {
    return unsupportedPair(chosen.inputFormat, chosen.outputFormat);
  }
  TEXFLOW_TRY(sink.commit());
  if (options.onProgress) options.onProgress("write", 1);
  return report;
}

}  // namespace texflow
