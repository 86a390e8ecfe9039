// Linked programs on disk: what goes in comes out, and anything else is a miss.
#include "programs/binary_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace texflow {
namespace {

namespace fs = std::filesystem;

class BinaryStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  fs::path folder_;
};

const ProgramBinary kBinary = {7, {std::byte{1}, std::byte{2}, std::byte{3}}};

TEST_F(BinaryStoreTest, GivesBackWhatWasSaved) {
  const BinaryStore store(folder_.string(), "driver");
  EXPECT_FALSE(store.load("source").has_value());
  store.save("source", kBinary);
  const auto loaded = store.load("source");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->format, kBinary.format);
  EXPECT_EQ(loaded->bytes, kBinary.bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "a temporary file was left";
}

TEST_F(BinaryStoreTest, AnotherDriverOrSourceMisses) {
  const BinaryStore store(folder_.string(), "driver");
  store.save("source", kBinary);
  EXPECT_FALSE(BinaryStore(folder_.string(), "driver 2").load("source").has_value());
  EXPECT_FALSE(store.load("other").has_value());
  fs::copy_file(store.path("source"), store.path("other"));
  EXPECT_FALSE(store.load("other").has_value()) << "an entry under another's name was taken";
}

TEST_F(BinaryStoreTest, EveryTruncationAndEveryFlippedByteMisses) {
  const BinaryStore store(folder_.string(), "driver");
  store.save("source", kBinary);
  const std::string good = read(store.path("source"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    write(store.path("source"), good.substr(0, size));
    EXPECT_FALSE(store.load("source").has_value()) << size;
  }
  write(store.path("source"), good + "x");
  EXPECT_FALSE(store.load("source").has_value());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    write(store.path("source"), bad);
    EXPECT_FALSE(store.load("source").has_value()) << at;
  }
}

TEST_F(BinaryStoreTest, AMissingFolderIsAMissAndASaveThatDoesNothing) {
  const BinaryStore store((folder_ / "missing").string(), "driver");
  store.save("source", kBinary);
  EXPECT_FALSE(store.load("source").has_value());
}

}  // namespace
}  // namespace texflow
