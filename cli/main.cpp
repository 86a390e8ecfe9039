// texflow run | bench | inspect | check | cache
#include <iostream>

#include "commands.h"
#include "model.h"

namespace texflow::cli {

void addModelOptions(CLI::App& command, ModelOptions& options, bool withBackend) {
  command.add_option("MODEL", options.model, "model.json or its folder")->required();
  command.add_option("--input", options.inputs, "NAME=FILE: a .npy, .jpg or .png for an input")->take_all();
  command.add_option("--scale", options.scale, "LO,HI: what an image's 0..255 is mapped to (0,1)");
  if (withBackend) {
    command.add_option("--backend", options.backend, "gl, host, or auto: the one that is measured faster")
        ->check(CLI::IsMember({"gl", "host", "auto"}))
        ->capture_default_str();
    command.add_option("--start", options.start, "prepared, or tiered: the host computes until the programs are ready")
        ->check(CLI::IsMember({"prepared", "tiered"}))
        ->capture_default_str();
  }
  command.add_option("--api", options.api, "gles (OpenGL ES 3.0) or gl (OpenGL 3.3)")
      ->check(CLI::IsMember({"gles", "gl"}))
      ->capture_default_str();
  command.add_option("--storage", options.storage, "texels: float32, float16, or host for no textures at all")
      ->check(CLI::IsMember({"float32", "float16", "host"}))
      ->capture_default_str();
  command.add_option("--stripes", options.stripes, "draw buffers of a draw: 1, 2, 4 or 8; 0 lets the device decide")
      ->check(CLI::IsMember({0, 1, 2, 4, 8}));
  const std::string unset = options.cacheByDefault ? "the user's cache folder" : "none";
  command.add_option("--cache-dir", options.cacheFolder, "folder of programs compiled before (" + unset + ")");
  if (options.cacheByDefault) command.add_flag("--no-cache", options.noCache, "compile every program");
}

void addShapeOption(CLI::App& command, std::vector<std::string>& shapes) {
  command.add_option("--shape", shapes, "NAME=SIZES of an input of unknown size, such as image=1,64,64,3")->take_all();
}

}  // namespace texflow::cli

int main(int argc, char** argv) {
  using namespace texflow;
  CLI::App app("Runs TensorFlow.js graph-models with OpenGL fragment shaders.", "texflow");
  app.require_subcommand(1);
  cli::Command chosen;
  const auto add = [&](const char* name, const char* what, cli::Command (*addCommand)(CLI::App&)) {
    CLI::App* command = app.add_subcommand(name, what);
    command->callback([&chosen, run = addCommand(*command)] { chosen = run; });
  };
  add("run", "Runs a model on files", cli::addRun);
  add("bench", "Measures first and steady runs on random inputs", cli::addBench);
  add("inspect", "Prints what a model consists of and what this engine makes of it", cli::addInspect);
  add("check", "Compares every node on the GPU with its host kernel", cli::addCheck);
  add("convert", "Converts a TensorFlow or Keras model for TensorFlow.js", cli::addConvert);
  add("wizard", "Asks what to convert and how, then converts", cli::addWizard);
  add("check-ops", "Says which ops of a model TensorFlow.js lacks", cli::addCheckOps);

  add("cache", "Shows, empties or fills the folder of compiled programs", cli::addCache);

  try {  // CLI11 reports by exceptions.
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "texflow: " << error.what() << ". See texflow --help.\n";
    return 1;
  }
  const Status status = chosen();
  if (status.ok()) return 0;
  std::cerr << "texflow: " << status.message() << "\n";
  return cli::failureCode;
}
