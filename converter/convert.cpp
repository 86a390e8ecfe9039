// One conversion, front to back.
#include <chrono>

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

}  // namespace

Result<ConvertReport> convert(const std::string& path, const ConvertOptions& options, Sink& sink) {
  ConvertReport report;
  const auto progress = [&](std::string_view phase, double fraction) {
    if (options.onProgress) options.onProgress(phase, fraction);
  };
  report.outputFormat = options.outputFormat == ModelFormat::kAuto ? ModelFormat::kTfjsGraph : options.outputFormat;
  if (report.outputFormat != ModelFormat::kTfjsGraph) return unsupportedPair(options.inputFormat, report.outputFormat);
  progress("read", 0);
  const Stopwatch reading;
  TEXFLOW_ASSIGN(SourceModel source, readModel(path, options));
  report.inputFormat = source.format;
  report.nodesBefore = source.graph.nodes.size();
  report.readMs = reading.milliseconds();

  progress("optimize", 0.4);
  const Stopwatch optimizing;
  TEXFLOW_ASSIGN(const Graph graph, optimize(std::move(source.graph), options, &report.passes));
  report.nodesAfter = graph.nodes.size();
  if (!options.skipOpCheck) TEXFLOW_TRY(checkOps(graph, options.target));
  report.optimizeMs = optimizing.milliseconds();

  progress("write", 0.7);
  const Stopwatch writing;
  TEXFLOW_TRY(writeGraphModel(graph, options, sink, &report));
  TEXFLOW_TRY(sink.commit());
  report.writeMs = writing.milliseconds();
  progress("write", 1);
  return report;
}

}  // namespace texflow
