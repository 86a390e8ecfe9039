// Asks what to convert and how, shows the command, runs it.
#include <filesystem>
#include <iostream>
#include <memory>

#include "commands.h"
#include "convert_args.h"

namespace texflow::cli {
namespace {

/// The line that the user types; the default for an empty one, an error at the end of input.
Result<std::string> ask(const std::string& question, const std::string& usual) {
  std::cout << question << (usual.empty() ? "" : " [" + usual + "]") << ": " << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) return Status::invalid("The input ended before the wizard had its answers.");
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
  return line.empty() ? usual : line;
}

/// One of a few words.
Result<std::string> choose(const std::string& question, const std::vector<std::string>& words, const std::string& usual) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  while (true) {
    TEXFLOW_ASSIGN(const std::string answer, ask(question + " (" + list + ")", usual));
    for (const std::string& word : words)
      if (answer == word) return answer;
    std::cout << "Please answer one of " << list << ".\n";
  }
}

std::vector<std::string> outputsFor(ModelFormat input) {
  switch (input) {
    case ModelFormat::kKeras:
    case ModelFormat::kKerasV3: return {"tfjs_layers_model", "tfjs_graph_model"};
    case ModelFormat::kTfjsLayers:
      return {"keras", "keras_keras", "keras_saved_model", "tfjs_layers_model", "tfjs_graph_model"};
    default: return {"tfjs_graph_model"};
  }
}

Status wizard(std::string path, bool dryRun) {
  std::vector<std::string> tokens;
  ModelFormat format = ModelFormat::kAuto;
  while (true) {
    if (path.empty()) {
      TEXFLOW_ASSIGN(path, ask("Model to convert (file or folder)", ""));
    }
    const auto detected = detectFormat(path);
    if (detected.ok()) {
      format = *detected;
      break;
    }
    std::cout << detected.status().message() << "\n";
    path.clear();
  }
  std::cout << path << " is a " << formatName(format) << ".\n";
  tokens.push_back("--input_format=" + std::string(formatName(format)));
  const auto outputs = outputsFor(format);
  std::string output = outputs[0];
  if (outputs.size() > 1) {
    TEXFLOW_ASSIGN(output, choose("Output format", outputs, outputs[0]));
  }
  tokens.push_back("--output_format=" + output);
  if (format == ModelFormat::kSavedModel || format == ModelFormat::kHub) {
    TEXFLOW_ASSIGN(const std::string tags, ask("Tags of the MetaGraph", "serve"));
    if (tags != "serve") tokens.push_back("--saved_model_tags=" + tags);
    TEXFLOW_ASSIGN(const std::string signature, ask("Signature, empty for the default", ""));
    if (!signature.empty()) tokens.push_back("--signature_name=" + signature);
  }
  if (format == ModelFormat::kFrozen) {
    TEXFLOW_ASSIGN(const std::string nodes, ask("Output nodes, with commas", ""));
    tokens.push_back("--output_node_names=" + nodes);
  }
  if (output.starts_with("tfjs_")) {
    TEXFLOW_ASSIGN(const std::string to, choose("Compression", {"none", "float16", "uint16", "uint8"}, "none"));
    if (to != "none") {
      TEXFLOW_ASSIGN(const std::string pattern, ask("Weights to compress", "*"));
      tokens.push_back("--quantize_" + to + "=" + pattern);
    }
    TEXFLOW_ASSIGN(const std::string bytes, ask("Largest weight file in bytes", "4194304"));
    if (bytes != "4194304") tokens.push_back("--weight_shard_size_bytes=" + bytes);
  }
  if (output == "tfjs_graph_model") {
    TEXFLOW_ASSIGN(const std::string check, choose("Check that TensorFlow.js has every op", {"yes", "no"}, "yes"));
    if (check == "no") tokens.push_back("--skip_op_check");
    TEXFLOW_ASSIGN(const std::string strip, choose("Leave out debug ops", {"yes", "no"}, "yes"));
    if (strip == "no") tokens.push_back("--strip_debug_ops=False");
  }
  std::string target;
  while (target.empty()) {
    TEXFLOW_ASSIGN(target, ask("Output path", ""));
    std::error_code error;
    if (target.empty() || !std::filesystem::exists(target, error)) continue;
    TEXFLOW_ASSIGN(const std::string replace, choose("'" + target + "' exists. Replace it", {"yes", "no"}, "no"));
    if (replace == "no") target.clear();
  }
  tokens.push_back(path);
  tokens.push_back(target);
  std::cout << "\ntexflow convert";
  for (const std::string& token : tokens) std::cout << " " << shellQuoted(token);
  std::cout << "\n\n" << std::flush;
  return dryRun ? Status() : runConvert(tokens);
}

}  // namespace

Command addWizard(CLI::App& app) {
  struct Options {
    std::string path;
    bool dryRun = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("PATH", options->path, "the model");
  app.add_flag("--dryrun", options->dryRun, "only print the command");
  return [options] { return wizard(options->path, options->dryRun); };
}

}  // namespace texflow::cli
