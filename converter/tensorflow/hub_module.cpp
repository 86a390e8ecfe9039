#include <filesystem>

#include "tensorflow/meta_graph.h"
#include "tensorflow/saved_model.h"
#include "tensorflow/tar_gz.h"

namespace texflow::tf {
namespace {

namespace fs = std::filesystem;

/// The folder of the module inside an unpacked archive: at its top or one level below.
std::string moduleFolder(const std::string& folder) {
  std::error_code error;
  if (fs::exists(fs::path(folder) / "saved_model.pb", error)) return folder;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_directory() && fs::exists(entry.path() / "saved_model.pb", error)) return entry.path().string();
  return folder;
}

/// A TF1 module has one MetaGraph a use and no tag for inference.
Result<Graph> readFolder(const std::string& folder, const ConvertOptions& options) {
  ConvertOptions own = options;
  std::error_code error;
  const bool first = fs::exists(fs::path(folder) / "tfhub_module.pb", error);
  if (first && own.tags == std::vector<std::string>{"serve"}) own.tags.clear();
  if (first && own.signatureName.empty()) own.signatureName = "default";
  return readSavedModel(folder, own);
}

}  // namespace

Result<Graph> readHubModule(const std::string& path, const ConvertOptions& options) {
  if (path.starts_with("http://") || path.starts_with("https://"))
    return Status::unsupported("The module '" + path + "' is an address; download it first (its .tar.gz, '" + path +
                               "?tf-hub-format=compressed' at most hubs) and give the file or the unpacked folder.");
  std::error_code error;
  if (fs::is_directory(path, error)) return readFolder(path, options);
  if (!fs::exists(path, error)) return Status::invalid("There is no file or folder '" + path + "'.");
  TEXFLOW_ASSIGN(const TemporaryFolder temporary, TemporaryFolder::make());
  TEXFLOW_TRY(unpackTarGz(path, temporary.path()));
  auto graph = readFolder(moduleFolder(temporary.path()), options);
  if (graph.ok()) return graph;
  return graph.status().during("reading the archive '" + path + "'");
}

}  // namespace texflow::tf
