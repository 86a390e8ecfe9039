#include <algorithm>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "model.h"
#include "texflow/cache.h"

namespace texflow::cli {
namespace {

struct CacheOptions {
  std::string folder, api = "gles";
  std::int64_t maxBytes = kDefaultCacheBytes, olderThan = -1;
  std::vector<std::string> models, shapes;
};

std::string folderOf(const CacheOptions& options) { return options.folder.empty() ? defaultCacheFolder() : options.folder; }

std::string sizeText(std::int64_t bytes) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f KB", static_cast<double>(bytes) / 1e3);
  return text;
}

Status info(const CacheOptions& options) {
  const std::string folder = folderOf(options);
  TEXFLOW_ASSIGN(const auto entries, cacheEntries(folder));
  struct Group {
    int count = 0;
    std::int64_t bytes = 0;
  };
  std::map<std::string, Group> groups;
  Group all;
  for (const CacheEntry& entry : entries) {
    const std::string name = entry.driver.empty() ? "damaged" : "engine " + entry.engine + " on " + entry.driver;
    for (Group* group : {&groups[name], &all}) {
      ++group->count;
      group->bytes += entry.bytes;
    }
  }
  std::printf("folder:   %s\nprograms: %d, %lld bytes\n", folder.c_str(), all.count, static_cast<long long>(all.bytes));
  for (const auto& [name, group] : groups)
    std::printf("  %4d, %10s  %s\n", group.count, sizeText(group.bytes).c_str(), name.c_str());
  std::printf("kept by the driver: %lld bytes\n", static_cast<long long>(driverCacheBytes(folder)));
  return {};
}

Status prune(const CacheOptions& options) {
  const auto age = options.olderThan < 0 ? std::chrono::seconds::max() : std::chrono::seconds(options.olderThan);
  TEXFLOW_ASSIGN(const int removed, pruneCache(folderOf(options), options.maxBytes, age));
  std::printf("%d programs removed\n", removed);
  return {};
}

Status warm(const CacheOptions& options) {
  ModelOptions modelOptions;
  modelOptions.cacheFolder = folderOf(options);
  modelOptions.api = options.api;
  PrepareOptions prepare;
  TEXFLOW_ASSIGN(prepare.inputShapes, readShapes(options.shapes));
  TEXFLOW_TRY(openCacheFolder(modelOptions.cacheFolder));
  for (const std::string& path : options.models) {
    TEXFLOW_ASSIGN(Graph graph, loadModel(path));
    TEXFLOW_ASSIGN(OpenModel model, openModel(modelOptions, std::move(graph), Backend::kGl));
    TEXFLOW_TRY(model.session->prepare(prepare).during("preparing '" + path + "'"));
    const Report report = model.session->report();
    std::printf("%s: %d programs, %d compiled\n", path.c_str(), report.programsUsed, report.programsCompiled);
  }
  return {};
}

}  // namespace

Command addCache(CLI::App& app) {
  auto options = std::make_shared<CacheOptions>();
  app.require_subcommand(1);
  app.add_option("--dir", options->folder, "the folder; default: the one that run and check use");
  const auto add = [&](const char* name, const char* what) {
    CLI::App* command = app.add_subcommand(name, what);
    command->fallthrough();
    return command;
  };
  CLI::App* const infoApp = add("info", "Prints the folder and what it holds, by driver");
  CLI::App* const clearApp = add("clear", "Removes every program");
  CLI::App* const pruneApp = add("prune", "Removes programs that are old, and the ones used longest ago");
  pruneApp->add_option("--max-bytes", options->maxBytes, "what may stay, e.g. 20MB")
      ->transform(CLI::AsSizeValue(true))
      ->capture_default_str();
  const std::map<std::string, std::int64_t> units = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  pruneApp->add_option("--older-than", options->olderThan, "also what was not used for that time, e.g. 30d")
      ->transform(CLI::AsNumberWithUnit(units));
  CLI::App* const warmApp = add("warm", "Compiles the programs of models, for example when they are installed");
  warmApp->add_option("MODEL", options->models, "model.json or its folder")->required();
  addShapeOption(*warmApp, options->shapes);
  warmApp->add_option("--api", options->api, "gles (OpenGL ES 3.0) or gl (OpenGL 3.3)")
      ->check(CLI::IsMember({"gles", "gl"}))
      ->capture_default_str();
  return [=]() -> Status {
    if (infoApp->parsed()) return info(*options);
    if (clearApp->parsed()) return clearCache(folderOf(*options));
    return pruneApp->parsed() ? prune(*options) : warm(*options);
  };
}

}  // namespace texflow::cli
