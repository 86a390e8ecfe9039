// Models in memory. The libraries that read them (HDF5, zip) want files, so they have a folder of their own for a while.
#include <filesystem>

#include "texflow/converter.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

/// Removed with everything in it.
class TemporaryFolder {
 public:
  Status make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "texflow-XXXXXX").string();
    if (error || !mkdtemp(name.data()))
      return Status::invalid("No folder for temporary files can be made in '" + name + "'.");
    path_ = std::move(name);
    return {};
  }
  ~TemporaryFolder() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The sentence as if the files had been read where the caller has them.
Status withoutFolder(const Status& status, const std::string& folder) {
  std::string text = status.message();
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at))
    text.erase(at, folder.size() + (text.compare(at + folder.size(), 1, "/") == 0 ? 1 : 0));
  return {status.code(), std::move(text)};
}

}  // namespace

Result<ConvertReport> convert(const std::map<std::string, std::string>& source, const ConvertOptions& options, Sink& sink) {
  if (source.empty()) return Status::invalid("The model in memory has no files.");
  TemporaryFolder folder;
  TEXFLOW_TRY(folder.make());
  FolderSink files(folder.path() + "/model");
  for (const auto& [name, bytes] : source) TEXFLOW_TRY(files.write(name, bytes));
  TEXFLOW_TRY(files.commit());
  const bool isFolder = source.size() > 1 || fs::path(source.begin()->first).has_parent_path() ||
                        source.count("model.json") || source.count("saved_model.pb");
  const std::string root = folder.path() + "/model";
  auto report = convert(isFolder ? root : root + "/" + source.begin()->first, options, sink);
  return report.ok() ? std::move(report) : withoutFolder(report.status(), root);
}

}  // namespace texflow
