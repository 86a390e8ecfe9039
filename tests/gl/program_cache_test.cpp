// The program cache: one program per key, batches, and programs from disk.
#include "programs/program_cache.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "gl/context.h"
#include "gl/gl.h"
#include "programs/shader_source.h"

namespace texflow {
namespace {

ProgramKey moveKey(const Context& context, bool elements) {
  ProgramKey key;
  key.kernel.name = "move";
  if (elements) key.kernel.defines.emplace_back("ELEMENTS", "1");
  key.stripes = context.stripes();
  key.inputs = 1;
  key.params = 32;
  key.es = context.caps().es;
  return key;
}

class ProgramCacheTest : public testing::TestWithParam<GlApi> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "texflow_program_cache";
    std::filesystem::remove_all(folder_);
    ContextOptions options;
    options.cacheFolder = folder_.string();
    auto context = makeEglContext(GetParam(), options);
    ASSERT_TRUE(context.ok()) << context.status().message();
    context_ = std::move(*context);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Context> context_;
  std::filesystem::path folder_;
};

INSTANTIATE_TEST_SUITE_P(Apis, ProgramCacheTest, testing::Values(GlApi::kGles3, GlApi::kGl33),
                         [](const auto& info) { return info.param == GlApi::kGles3 ? "Gles3" : "Gl33"; });

TEST_P(ProgramCacheTest, BatchCompilesEveryKeyOnce) {
  ProgramCache cache(*context_);
  const ProgramKey texels = moveKey(*context_, false), elements = moveKey(*context_, true);
  EXPECT_NE(texels.text(), elements.text());
  ASSERT_TRUE(cache.issue(texels).ok());
  ASSERT_TRUE(cache.issue(elements).ok());
  ASSERT_TRUE(cache.issue(texels).ok());
  cache.issueLinks();
  const Status finished = cache.finishAll();
  ASSERT_TRUE(finished.ok()) << finished.message();
  EXPECT_TRUE(cache.complete());
  EXPECT_EQ(cache.compiled(), 2);
  const auto first = cache.get(texels), second = cache.get(texels);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  ASSERT_EQ(cache.size(), 2);
  EXPECT_EQ(cache.programs()[1]->key.label(), "move ELEMENTS=1");
  cache.evict(cache.programs());
  EXPECT_EQ(cache.size(), 0);
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_P(ProgramCacheTest, SecondProcessTakesProgramsFromDisk) {
  if (!context_->caps().programBinaries) GTEST_SKIP() << "This driver gives no program binaries.";
  const ProgramKey key = moveKey(*context_, false);
  {
    ProgramCache cache(*context_);
    ASSERT_TRUE(cache.get(key).ok());
    EXPECT_EQ(cache.compiled(), 1);
  }
  ProgramCache cache(*context_);
  ASSERT_TRUE(cache.get(key).ok());
  EXPECT_EQ(cache.fromBinary(), 1);
  EXPECT_EQ(cache.compiled(), 0);
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

TEST_P(ProgramCacheTest, BinaryThatTheDriverRefusesIsCompiledFromSource) {
  if (!context_->caps().programBinaries) GTEST_SKIP() << "This driver gives no program binaries.";
  const ProgramKey key = moveKey(*context_, false);
  const auto source = fragmentSource(key);
  ASSERT_TRUE(source.ok());
  const Caps& caps = context_->caps();
  const BinaryStore store(folder_.string(), caps.vendor + '\n' + caps.renderer + '\n' + caps.version, 1 << 20);
  GLint format = 0;
  glGetIntegerv(GL_PROGRAM_BINARY_FORMATS, &format);
  for (const unsigned stored : {static_cast<unsigned>(format), 0u}) {
    store.save(*source, {stored, std::vector<std::byte>(100, std::byte{42})});
    ASSERT_TRUE(store.load(*source).has_value());
    ProgramCache cache(*context_);
    const auto program = cache.get(key);
    ASSERT_TRUE(program.ok()) << program.status().message();
    EXPECT_EQ(cache.fromBinary(), 0);
    EXPECT_EQ(cache.compiled(), 1);
    // The refused entry has been replaced.
    ProgramCache next(*context_);
    ASSERT_TRUE(next.get(key).ok());
    EXPECT_EQ(next.fromBinary(), 1);
  }
  EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
}

}  // namespace
}  // namespace texflow
