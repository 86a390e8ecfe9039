#include "files/model_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace texflow {
namespace {

namespace fs = std::filesystem;

std::string readAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, Tensor> tensorsOf(const conformance::Json& json) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, value] : json.items()) {
    auto tensor = conformance::readTensor(value);
    EXPECT_TRUE(tensor.ok()) << name;
    if (tensor.ok()) tensors.emplace(name, std::move(*tensor));
  }
  return tensors;
}

std::vector<ModelFolder> readFolders() {
  std::vector<ModelFolder> folders;
  for (const auto& entry : fs::directory_iterator(TEXFLOW_SOURCE_DIR "/tests/data/models")) {
    ModelFolder folder;
    folder.name = entry.path().filename().string();
    folder.path = entry.path().string();
    for (const auto& file : fs::directory_iterator(entry.path())) {
      const std::string name = file.path().filename().string();
      if (name.ends_with(".bin")) folder.shards.emplace(name, readAll(file.path()));
    }
    folder.modelJson = readAll(entry.path() / "model.json");
    const auto recorded = conformance::Json::parse(readAll(entry.path() / "case.json"), nullptr, false);
    EXPECT_FALSE(recorded.is_discarded()) << folder.name;
    if (recorded.is_discarded()) continue;
    folder.inputs = tensorsOf(recorded["inputs"]);
    folder.outputs = tensorsOf(recorded["outputs"]);
    folders.push_back(std::move(folder));
  }
  std::sort(folders.begin(), folders.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  EXPECT_FALSE(folders.empty());
  return folders;
}

}  // namespace

const std::vector<ModelFolder>& modelFolders() {
  static const std::vector<ModelFolder> folders = readFolders();
  return folders;
}

Result<Graph> loadFromMemory(const ModelFolder& folder) {
  ModelLoader loader;
  TEXFLOW_ASSIGN(const std::vector<ShardGroup> groups, loader.begin(folder.modelJson));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const std::string& path : groups[i].paths) {
      const auto found = folder.shards.find(path);
      if (found == folder.shards.end()) return Status::invalid("The shard '" + path + "' is absent.");
      TEXFLOW_TRY(loader.feed(std::as_bytes(std::span(found->second.data(), found->second.size()))));
    }
    TEXFLOW_TRY(loader.endGroup(i));
  }
  return loader.finish();
}

}  // namespace texflow
