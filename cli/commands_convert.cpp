#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "convert_args.h"
#include "files.h"
#include "model.h"
#include "verify.h"

namespace texflow::cli {
namespace {

using Json = nlohmann::ordered_json;

Status readMetadata(ConvertArgs& args) {
  for (const auto& [key, path] : args.metadataFiles) {
    TEXFLOW_ASSIGN(std::string text, readFile(path));
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) return Status::invalid("The metadata file '" + path + "' is not valid JSON.");
    args.options.metadata.emplace_back(key, document.dump());
  }
  return {};
}

std::string sizeText(std::size_t bytes) {
  char text[32];
  if (bytes < 1024) std::snprintf(text, sizeof text, "%zu B", bytes);
  else if (bytes < 1024 * 1024) std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1024);
  else std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / (1024 * 1024));
  return text;
}

/// What a conversion is at, from the moment that it takes longer than a second: one line that changes on a terminal, a line
/// a phase elsewhere.
class ProgressLines {
 public:
  void operator()(const ConvertProgress& progress) {
    const bool ends = progress.totalBytes > 0 && progress.bytes == progress.totalBytes;
    const auto now = std::chrono::steady_clock::now();
    if (now - start_ < std::chrono::seconds(1) || (!terminal_ && progress.phase == phase_)) return;
    phase_ = progress.phase;
    std::string text(progress.phase);
    const auto size = [](std::int64_t bytes) { return sizeText(static_cast<std::size_t>(bytes)); };
    if (terminal_ && progress.totalBytes > 0) text += " " + size(progress.bytes) + " of " + size(progress.totalBytes);
    else if (progress.totalBytes > 0) text += " " + size(progress.totalBytes);
    if (terminal_) std::fprintf(stderr, "\r\033[K%s", ends ? "" : text.c_str());
    else std::fprintf(stderr, "texflow: %s\n", text.c_str());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::string phase_;
};

/// Bytes of a file, or of all files below a folder.
std::uintmax_t bytesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::filesystem::file_size(path, error);
  std::uintmax_t bytes = 0;
  for (std::filesystem::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
    if (entry->is_regular_file(error)) bytes += entry->file_size(error);
  return bytes;
}

void printPasses(const PassReport& passes) {
  for (const PassResult& pass : passes)
    std::printf("%-22s %6zu -> %6zu nodes %8.1f ms\n", pass.name.c_str(), pass.nodesBefore, pass.nodesAfter,
                pass.milliseconds);
}

std::string_view typeName(Quantization to) {
  return to == Quantization::kUint8 ? "uint8" : to == Quantization::kUint16 ? "uint16" : "float16";
}

void printReport(const ConvertArgs& args, const ConvertReport& report) {
  if (args.printPasses) printPasses(report.passes);
  for (const WeightError& weight : report.quantized)
    std::printf("%-40s %-7s largest error %.3g, relative %.3g\n", weight.name.c_str(),
                std::string(typeName(weight.to)).c_str(), weight.largest, weight.relative);
  std::size_t total = 0;
  for (const auto& [name, bytes] : report.files) {
    std::printf("%-32s %10s\n", name.c_str(), sizeText(bytes).c_str());
    total += bytes;
  }
  if (report.files.size() > 1) std::printf("%-32s %10s\n", "total", sizeText(total).c_str());
  if (report.nodesAfter) std::printf("%zu nodes became %zu.\n", report.nodesBefore, report.nodesAfter);
}

Json reportJson(const ConvertArgs& args, const ConvertReport& report, const std::vector<OutputError>& verified) {
  Json json = {{"input", args.input},
               {"inputFormat", std::string(formatName(report.inputFormat))},
               {"inputBytes", bytesOf(args.input)},
               {"output", args.output},
               {"outputFormat", std::string(formatName(report.outputFormat))},
               {"nodesBefore", report.nodesBefore},
               {"nodesAfter", report.nodesAfter},
               {"readMs", report.readMs},
               {"optimizeMs", report.optimizeMs},
               {"writeMs", report.writeMs},
               {"passes", Json::array()},
               {"quantized", Json::array()},
               {"files", Json::array()}};
  for (const PassResult& pass : report.passes)
    json["passes"].push_back({{"name", pass.name},
                              {"nodesBefore", pass.nodesBefore},
                              {"nodesAfter", pass.nodesAfter},
                              {"ms", pass.milliseconds}});
  for (const WeightError& weight : report.quantized)
    json["quantized"].push_back({{"name", weight.name},
                                 {"to", std::string(typeName(weight.to))},
                                 {"largest", weight.largest},
                                 {"relative", weight.relative}});
  for (const auto& [name, bytes] : report.files) json["files"].push_back({{"name", name}, {"bytes", bytes}});
  for (const OutputError& error : verified)
    json["verified"].push_back({{"output", error.name},
                                {"absolute", error.absolute},
                                {"relative", error.relative},
                                {"mismatch", error.mismatch},
                                {"ok", error.ok}});
  return json;
}

/// Weights pass through memory one by one. Given back to the system in between, it would be cleared page by page each time.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

/// Formats that are one file.
bool isFile(ModelFormat format) { return format == ModelFormat::kKeras || format == ModelFormat::kKerasV3; }

Status verify(const ConvertArgs& args, std::vector<OutputError>& errors) {
  auto verified = verifyConversion(args.input, args.output, args.options, args.tolerance);
  if (!verified.ok()) {
    failureCode = 2;
    return Status(verified.status().code(), "Nothing was verified: " + verified.status().message());
  }
  errors = std::move(*verified);
  for (const OutputError& error : errors) {
    if (!args.quiet && args.json != "-" && error.mismatch.empty())
      std::printf("%s: largest absolute error %.3g, relative %.3g\n", error.name.c_str(), error.absolute, error.relative);
    if (error.ok) continue;
    failureCode = 2;
    return Status::invalid("The output '" + error.name + "' of the converted model differs from its source" +
                           (error.mismatch.empty() ? " by " + std::to_string(error.absolute) : ": " + error.mismatch) + ".");
  }
  return {};
}

Status convertTokens(const std::vector<std::string>& tokens) {
  TEXFLOW_ASSIGN(ConvertArgs args, parseConvertArgs(tokens));
  if (args.version) {
    std::cout << "TexFlow converter 0.1.0, with the options of tensorflowjs_converter 4.22.0\n";
    return {};
  }
  if (args.printPasses && args.input.empty()) {
    for (const std::string& name : passNames()) std::cout << name << "\n";
    return {};
  }
  TEXFLOW_TRY(readMetadata(args));
  const bool prints = !args.quiet && args.json != "-";
  for (const std::string& note : args.notes)
    if (!args.quiet) std::cerr << "texflow: " << note << "\n";
  const bool detects = args.options.inputFormat == ModelFormat::kAuto;
  if (detects) {
    TEXFLOW_ASSIGN(args.options.inputFormat, detectFormat(args.input));
  }
  if (args.options.outputFormat == ModelFormat::kAuto) args.options.outputFormat = usualOutput(args.options.inputFormat);
  if (prints && detects)
    std::cout << args.input << ": " << formatName(args.options.inputFormat) << " to "
              << formatName(args.options.outputFormat) << "\n";
  if (!args.quiet) args.options.onProgress = ProgressLines();

  std::unique_ptr<Sink> sink;
  if (isFile(args.options.outputFormat)) sink = std::make_unique<FileSink>(args.output);
  else sink = std::make_unique<FolderSink>(args.output);
  keepFreedMemory();
  TEXFLOW_ASSIGN(const ConvertReport report, convert(args.input, args.options, *sink));
  if (prints) printReport(args, report);
  std::vector<OutputError> verified;
  Status status;
  if (args.verify) status = verify(args, verified);
  if (!args.json.empty())
    TEXFLOW_TRY(
        writeText(args.json, reportJson(args, report, verified).dump(2, ' ', false, Json::error_handler_t::replace)));
  return status;
}

Status checkModelOps(const std::string& model, const std::string& target) {
  ConvertOptions options;
  options.target = target == "texflow" ? Target::kTexflow : Target::kTfjs;
  TEXFLOW_ASSIGN(SourceModel source, readModel(model, options));
  TEXFLOW_ASSIGN(const Graph graph, optimize(std::move(source.graph), options));
  TEXFLOW_TRY(checkOps(graph, options.target));
  std::printf("All %zu nodes are of ops that %s has.\n", graph.nodes.size(),
              options.target == Target::kTfjs ? "TensorFlow.js" : "TexFlow");
  return {};
}

}  // namespace

Status runConvert(const std::vector<std::string>& tokens) { return convertTokens(tokens); }

Command addConvert(CLI::App& app) {
  // The peer's command lines are read by a parser of our own: an optional value is not how CLI11 reads one.
  app.prefix_command();
  app.set_help_flag();
  return [&app] {
    const std::vector<std::string> tokens = app.remaining();
    for (const std::string& token : tokens) {
      if (token != "--help" && token != "-h") continue;
      std::cout << convertHelp();
      return Status();
    }
    return runConvert(tokens);
  };
}

Command addCheckOps(CLI::App& app) {
  struct Options {
    std::string model, target = "tfjs";
  };
  auto options = std::make_shared<Options>();
  app.add_option("MODEL", options->model, "a model of any format")->required();
  app.add_option("--target", options->target, "tfjs or texflow")
      ->check(CLI::IsMember({"tfjs", "texflow"}))
      ->capture_default_str();
  return [options] { return checkModelOps(options->model, options->target); };
}

}  // namespace texflow::cli
