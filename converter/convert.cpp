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
  const Stopwatch reading;
  TEXFLOW_ASSIGN(SourceModel source, readModel(path, options));
  report.nodesBefore = source.graph.nodes.size();
  report.readMs = reading.milliseconds();

  if (options.onProgress) options.onProgress({"optimizing"});
  const Stopwatch optimizing;
  TEXFLOW_ASSIGN(Graph graph, optimize(std::move(source.graph), options, &report.passes));
  report.nodesAfter = graph.nodes.size();
  if (!options.skipOpCheck) TEXFLOW_TRY(checkOps(graph, options.target));
  report.optimizeMs = optimizing.milliseconds();

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
  if (options.onProgress) options.onProgress({"reading"});
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
  return report;
}

}  // namespace texflow
