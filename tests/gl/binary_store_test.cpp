// Linked programs on disk: what goes in comes out, and anything else is a miss.
#include "programs/binary_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "texflow/cache.h"

namespace texflow {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPlenty = 1 << 20;
const ProgramBinary kBinary = {7, {std::byte{1}, std::byte{2}, std::byte{3}}};

class BinaryStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  BinaryStore store(const std::string& driver = "driver", std::int64_t maxBytes = kPlenty) const {
    return {folder_.string(), driver, maxBytes};
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_), {}); }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  static void age(const fs::path& path, int hours) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  }

  fs::path folder_;
};

TEST_F(BinaryStoreTest, GivesBackWhatWasSavedAndKeepsOthersOut) {
  EXPECT_FALSE(store().load("source").has_value());
  store().save("source", kBinary);
  const auto loaded = store().load("source");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->format, kBinary.format);
  EXPECT_EQ(loaded->bytes, kBinary.bytes);
  EXPECT_EQ(files(), 1) << "a temporary file was left";
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
}

TEST_F(BinaryStoreTest, AnotherDriverEngineOrSourceMisses) {
  store().save("source", kBinary);
  EXPECT_FALSE(store("driver 2").load("source").has_value());
  EXPECT_FALSE(store().load("other").has_value());
  for (const auto& [driver, source] : {std::pair("driver", "other"), std::pair("driver 2", "source")}) {
    fs::copy_file(store().path("source"), store(driver).path(source));
    EXPECT_FALSE(store(driver).load(source).has_value()) << "an entry under another's name was taken";
  }
  const ProgramIdentity older = {"driver", "0.0.1", "source"};
  write(store().path("source"), encodeProgramFile(older, kBinary));
  EXPECT_FALSE(store().load("source").has_value());
  EXPECT_TRUE(decodeProgramFile(read(store().path("source")), older).has_value());
}

TEST_F(BinaryStoreTest, EveryTruncationEveryDamagedByteAndAnyTailMisses) {
  store().save("source", kBinary);
  const fs::path path = store().path("source");
  const std::string good = read(path);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write(path, good.substr(0, size));
    EXPECT_FALSE(store().load("source").has_value()) << size;
  }
  for (const std::string& tail : {std::string(1, '\0'), std::string("x"), good}) {
    write(path, good + tail);
    EXPECT_FALSE(store().load("source").has_value());
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    write(path, bad);
    EXPECT_FALSE(store().load("source").has_value()) << "byte " << at;
  }
  write(path, good);
  EXPECT_TRUE(store().load("source").has_value());
}

TEST_F(BinaryStoreTest, LengthsThatPromiseMoreThanThereIsMiss) {
  store().save("source", kBinary);
  const fs::path path = store().path("source");
  const std::string good = read(path);
  for (std::size_t at = 12; at < 28; at += 4) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string bad = good;
      bad.replace(at, 4, 4, byte);
      write(path, bad);
      EXPECT_FALSE(store().load("source").has_value()) << at;
    }
  }
}

TEST_F(BinaryStoreTest, ThingsThatAreNoFilesMiss) {
  const fs::path path = store().path("source");
  fs::create_directory(path);
  EXPECT_FALSE(store().load("source").has_value());
  store().save("source", kBinary);
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(store().load("source").has_value()) << "and did not wait for a writer";
  EXPECT_EQ(files(), 1);
}

TEST_F(BinaryStoreTest, FolderThatOthersMayWriteToIsNotUsed) {
  store().save("source", kBinary);
  fs::permissions(folder_, fs::perms::all);
  EXPECT_FALSE(store().enabled());
  EXPECT_NE(openCacheFolder(folder_.string()).message().find("by others"), std::string::npos);
  write(folder_ / "file", "x");
  EXPECT_FALSE(openCacheFolder((folder_ / "file").string()).ok());
  EXPECT_FALSE(openCacheFolder((folder_ / "file" / "below").string()).ok());
}

TEST_F(BinaryStoreTest, FolderThatCannotBeWrittenToIsOnlyRead) {
  store().save("source", kBinary);
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(store().load("source").has_value());
  store().save("other", kBinary);  // For root, whom modes do not stop, this succeeds.
  fs::permissions(folder_, fs::perms::owner_all);
  // A folder that disappears behind a store's back.
  const BinaryStore open = store();
  fs::remove_all(folder_);
  open.save("source", kBinary);
  open.drop("source");
  EXPECT_FALSE(open.load("source").has_value());
}

TEST_F(BinaryStoreTest, FullDiskLeavesNothingBehind) {
  const BinaryStore open = store();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // Then writes beyond the limit fail.
  const rlimit small = {100, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  open.save("source", {1, std::vector<std::byte>(10000)});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(files(), 0);
  EXPECT_FALSE(open.load("source").has_value());
}

TEST_F(BinaryStoreTest, WhatWasNotUsedForLongestGoesFirst) {
  store().save("a", kBinary);
  const auto bytes = static_cast<std::int64_t>(fs::file_size(store().path("a")));
  store().save("b", kBinary);
  store().save("c", kBinary);
  age(store().path("a"), 30);
  age(store().path("b"), 20);
  age(store().path("c"), 10);
  ASSERT_TRUE(store().load("a").has_value());  // Now b is the oldest.
  store("driver", 3 * bytes).save("d", kBinary);
  EXPECT_FALSE(fs::exists(store().path("b")));
  for (const char* kept : {"a", "c", "d"}) EXPECT_TRUE(fs::exists(store().path(kept))) << kept;
  // An entry that is larger than the limit is not stored at the price of all others.
  store("driver", bytes / 2).save("e", kBinary);
  EXPECT_EQ(files(), 3);
}

TEST_F(BinaryStoreTest, PruneAndClearLeaveFilesOfOthers) {
  store().save("old", kBinary);
  store().save("new", kBinary);
  age(store().path("old"), 50);
  write(folder_ / "letter.txt", "x");
  write(folder_ / "left.txp.1-2.tmp", "x");
  age(folder_ / "left.txp.1-2.tmp", 2);
  write(folder_ / "writing.txp.1-3.tmp", "x");
  write(folder_ / "damaged.txp", "x");
  const auto entries = cacheEntries(folder_.string());
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 3u);
  int whole = 0;
  for (const CacheEntry& entry : *entries) whole += entry.driver == "driver" ? 1 : 0;
  EXPECT_EQ(whole, 2);
  EXPECT_EQ(*pruneCache(folder_.string(), kPlenty, std::chrono::hours(49)), 1);
  EXPECT_FALSE(fs::exists(store().path("old")) || fs::exists(folder_ / "left.txp.1-2.tmp"));
  EXPECT_TRUE(clearCache(folder_.string()).ok());
  EXPECT_TRUE(fs::exists(folder_ / "letter.txt") && fs::exists(folder_ / "writing.txp.1-3.tmp"));
  EXPECT_EQ(files(), 2);
  EXPECT_TRUE(cacheEntries((folder_ / "missing").string())->empty());
}

}  // namespace
}  // namespace texflow
