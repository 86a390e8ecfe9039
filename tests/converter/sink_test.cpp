#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "texflow/converter.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

class SinkTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("texflow_sink_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string text(const fs::path& path) const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  fs::path folder_;
};

TEST_F(SinkTest, FolderThatIsNotCommittedLeavesNothing) {
  {
    FolderSink sink((folder_ / "out").string());
    ASSERT_TRUE(sink.write("model.json", "{}").ok());
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(SinkTest, CommitReplacesAnOldFolderAsAWhole) {
  fs::create_directories(folder_ / "out");
  std::ofstream(folder_ / "out" / "stale.bin") << "old";
  FolderSink sink((folder_ / "out").string() + "/");
  ASSERT_TRUE(sink.write("model.json", "{}").ok());
  EXPECT_TRUE(fs::exists(folder_ / "out" / "stale.bin"));
  ASSERT_TRUE(sink.commit().ok());
  EXPECT_FALSE(fs::exists(folder_ / "out" / "stale.bin"));
  EXPECT_EQ(text(folder_ / "out" / "model.json"), "{}");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(SinkTest, NamesThatLeaveTheFolderAreRefused) {
  FolderSink sink((folder_ / "out").string());
  for (const char* name : {"../x", "/x", "a/../../x", ""}) EXPECT_FALSE(sink.write(name, "x").ok()) << name;
}

TEST_F(SinkTest, FileIsThereOnlyAfterCommit) {
  const fs::path target = folder_ / "model.h5";
  {
    FileSink sink(target.string());
    ASSERT_TRUE(sink.write("", "abc").ok());
  }
  EXPECT_EQ(entries(), 0u);
  FileSink sink(target.string());
  ASSERT_TRUE(sink.write("", "abc").ok());
  ASSERT_TRUE(sink.commit().ok());
  EXPECT_EQ(text(target), "abc");
}

TEST_F(SinkTest, FormatsAreToldByContent) {
  const auto formatOf = [&](const char* name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    const auto format = detectFormat((folder_ / name).string());
    return format.ok() ? std::string(formatName(*format)) : format.status().message();
  };
  EXPECT_EQ(formatOf("a", std::string_view("\x89HDF\r\n\x1a\n....", 12)), "keras");
  EXPECT_EQ(formatOf("b", std::string_view("PK\x03\x04....", 8)), "keras_keras");
  EXPECT_EQ(formatOf("c", R"({"format":"layers-model"})"), "tfjs_layers_model");
  EXPECT_EQ(formatOf("d", R"({"modelTopology":{"node":[]}})"), "tfjs_graph_model");
  EXPECT_EQ(formatOf("e", "\x0a\x10name"), "tf_frozen_model");
  EXPECT_NE(formatOf("f", "hello there").find("is none of HDF5"), std::string::npos);
  EXPECT_NE(formatOf("g", "").find("is empty"), std::string::npos);
  EXPECT_NE(detectFormat("https://tfhub.dev/x").status().message().find("download"), std::string::npos);
  EXPECT_NE(detectFormat(folder_.string()).status().message().find("holds neither"), std::string::npos);
}

TEST(MemorySource, ModelsInMemoryAreConvertedAndErrorsNameTheirFiles) {
  const std::string graph =
      "node { name: \"x\" op: \"Placeholder\" attr { key: \"dtype\" value { type: DT_FLOAT } } }"
      "node { name: \"y\" op: \"Relu\" input: \"x\" attr { key: \"T\" value { type: DT_FLOAT } } }";
  MemorySink sink;
  const auto report = convert({{"graph.pbtxt", graph}}, {}, sink);
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_TRUE(sink.files().count("model.json"));
  MemorySink again;
  const auto second = convert(sink.files(), {}, again);
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_EQ(second->inputFormat, ModelFormat::kTfjsGraph);
  MemorySink nothing;
  const auto wrong = convert({{"model.h5", std::string("no HDF5 file")}}, {}, nothing);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.status().message().find("'model.h5'"), std::string::npos) << wrong.status().message();
  EXPECT_TRUE(nothing.files().empty());
  EXPECT_FALSE(convert(std::map<std::string, std::string>(), {}, nothing).ok());
  EXPECT_FALSE(convert({{"../model.h5", graph}}, {}, nothing).ok());
}

}  // namespace
}  // namespace texflow
