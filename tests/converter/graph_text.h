// Graphs of a test in TensorFlow's text format, as SavedModel folders and frozen files.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "tensorflow/crc32c.h"
#include "tensorflow/graph_def.h"

namespace texflow::testing {

inline void appendVarint(std::string& to, std::uint64_t value) {
  for (; value >= 128; value >>= 7) to.push_back(static_cast<char>(value | 128));
  to.push_back(static_cast<char>(value));
}

/// A length-delimited field of a message.
inline std::string field(int number, std::string_view bytes) {
  std::string text;
  appendVarint(text, static_cast<std::uint64_t>(number) << 3 | 2);
  appendVarint(text, bytes.size());
  return text.append(bytes);
}

inline std::string number(int field, std::uint64_t value) {
  std::string text;
  appendVarint(text, static_cast<std::uint64_t>(field) << 3);
  appendVarint(text, value);
  return text;
}

/// A file of sorted keys as TensorFlow's checkpoints have it.
inline std::string sortedTable(const std::map<std::string, std::string>& entries) {
  std::string file;
  const auto addBlock = [&](const std::string& content) {
    std::string handle;
    appendVarint(handle, file.size());
    appendVarint(handle, content.size());
    file += content;
    file.push_back('\0');
    const std::uint32_t crc = tf::maskedCrc32c(tf::crc32c(std::string_view(file).substr(file.size() - content.size() - 1)));
    file.append(reinterpret_cast<const char*>(&crc), 4);
    return handle;
  };
  const auto block = [](const std::map<std::string, std::string>& all) {
    std::string content;
    for (const auto& [key, value] : all) {
      appendVarint(content, 0);
      appendVarint(content, key.size());
      appendVarint(content, value.size());
      content += key + value;
    }
    return content + std::string("\0\0\0\0\1\0\0\0", 8);
  };
  const std::string data = addBlock(block(entries)), meta = addBlock(block({}));
  const std::string index = addBlock(block({{"~", data}}));
  std::string footer = meta + index;
  footer.resize(40);
  const std::uint64_t magic = 0xdb4775248b80fb57ULL;
  footer.append(reinterpret_cast<const char*>(&magic), 8);
  return file + footer;
}

/// A vector of floats in a checkpoint: its entry, and its bytes appended to `data`.
inline std::string floatEntry(const std::vector<float>& values, std::string& data) {
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  std::string entry =
      number(1, 1) + field(2, field(2, number(1, values.size()))) + number(4, data.size()) + number(5, bytes.size());
  appendVarint(entry, 6 << 3 | 5);
  const std::uint32_t crc = tf::maskedCrc32c(tf::crc32c(bytes));
  entry.append(reinterpret_cast<const char*>(&crc), 4);
  data += bytes;
  return entry;
}

class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("texflow_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
               std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view bytes) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }
  /// saved_model.pb with one MetaGraph of the tag "serve" whose signature "serving_default" has these tensors.
  void writeSavedModel(const std::string& graphText, const std::map<std::string, std::string>& inputs,
                       const std::map<std::string, std::string>& outputs, const std::string& more = {}) {
    const auto graph = tf::binaryOfText(graphText, "The graph");
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    std::string signature;
    const auto entries = [&](int number, const std::map<std::string, std::string>& all) {
      for (const auto& [key, tensor] : all)
        signature += field(number, field(1, key) + field(2, field(1, tensor) + texflow::testing::number(2, 1) +
                                                                field(3, texflow::testing::number(3, 1))));
    };
    entries(1, inputs);
    entries(2, outputs);
    const std::string meta =
        field(1, field(4, "serve")) + field(2, *graph) + field(5, field(1, "serving_default") + field(2, signature)) + more;
    write("saved_model.pb", number(1, 1) + field(2, meta));
  }
  std::filesystem::path folder_;
};

}  // namespace texflow::testing
