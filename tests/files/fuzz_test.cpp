// Damaged models end in a status, never in a crash: thousands of seeded mutations of the files of tests/data/models.
#include <gtest/gtest.h>

#include <random>

#include "files/model_folder.h"
#include "texflow/session.h"

namespace texflow {
namespace {

using conformance::Json;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

  /// Flips, inserts, removes or repeats bytes.
  void damageBytes(std::string& bytes) {
    for (std::size_t n = 1 + below(4); n-- > 0;) {
      const std::size_t at = below(bytes.size() + 1);
      switch (below(4)) {
        case 0:
          if (at < bytes.size()) bytes[at] = char(bytes[at] ^ (1 << below(8)));
          break;
        case 1: bytes.insert(at, 1, char(below(256))); break;
        case 2: bytes.erase(at, 1 + below(8)); break;
        default: bytes.insert(at, bytes.substr(below(bytes.size() + 1), below(16))); break;
      }
    }
  }

  /// Replaces or removes one value somewhere in the document.
  void damageValue(Json& json) {
    Json* at = &json;
    while (at->is_structured() && !at->empty() && below(8) != 0) {
      auto next = at->begin();
      std::advance(next, std::ptrdiff_t(below(at->size())));
      at = &*next;
    }
    static const char* const kValues[] = {"-1",
                                          "0",
                                          "1",
                                          "7",
                                          "2147483648",
                                          "-9223372036854775808",
                                          "1e300",
                                          "null",
                                          "true",
                                          "[]",
                                          "{}",
                                          "\"\"",
                                          "\"x\"",
                                          "\"-1\"",
                                          "\"99999999999999999999\"",
                                          "\"536870912\"",
                                          "[[]]",
                                          "\"NaN\"",
                                          "0.5",
                                          "\"../x\"",
                                          "\"float32\"",
                                          "\"DT_STRING\"",
                                          "\"DT_INT64\""};
    if (at->is_structured() && !at->empty() && below(3) == 0) {
      auto item = at->begin();
      std::advance(item, std::ptrdiff_t(below(at->size())));
      at->erase(item);
    } else {
      *at = Json::parse(kValues[below(std::size(kValues))]);
    }
  }

 private:
  std::mt19937 random_;
};

void expectSentence(const Status& status) {
  const std::string& text = status.message();
  ASSERT_FALSE(text.empty());
  EXPECT_TRUE(text.back() == '.' && std::isupper(static_cast<unsigned char>(text[0]))) << text;
}

/// Loads and runs as far as the damage allows.
void exercise(const ModelFolder& folder) {
  auto graph = loadFromMemory(folder);
  if (!graph.ok()) return expectSentence(graph.status());
  auto session = Session::create(std::move(*graph), nullptr, Backend::kHost);
  if (!session.ok()) return expectSentence(session.status());
  if (const Status prepared = (*session)->prepare({}); !prepared.ok()) expectSentence(prepared);
  if (const auto outputs = (*session)->run(folder.inputs); !outputs.ok()) expectSentence(outputs.status());
}

TEST(Fuzz, DamagedBytesOfTheTopologyEndInASentence) {
  for (const ModelFolder& folder : modelFolders()) {
    Mutator mutator(1);
    for (int i = 0; i < 1000; ++i) {
      ModelFolder damaged = folder;
      mutator.damageBytes(damaged.modelJson);
      exercise(damaged);
    }
  }
}

TEST(Fuzz, DamagedValuesOfTheTopologyEndInASentence) {
  for (const ModelFolder& folder : modelFolders()) {
    const Json whole = Json::parse(folder.modelJson);
    Mutator mutator(2);
    for (int i = 0; i < 1500; ++i) {
      ModelFolder damaged = folder;
      Json json = whole;
      for (std::size_t n = 1 + mutator.below(2); n-- > 0;) mutator.damageValue(json);
      damaged.modelJson = json.dump();
      exercise(damaged);
    }
  }
}

TEST(Fuzz, DamagedShardsEndInASentence) {
  for (const ModelFolder& folder : modelFolders()) {
    Mutator mutator(3);
    for (int i = 0; i < 300; ++i) {
      ModelFolder damaged = folder;
      auto shard = damaged.shards.begin();
      std::advance(shard, std::ptrdiff_t(mutator.below(damaged.shards.size())));
      if (shard == damaged.shards.end()) break;
      mutator.damageBytes(shard->second);
      exercise(damaged);
    }
  }
}

}  // namespace
}  // namespace texflow
