#include "programs/unroll.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace texflow {
namespace {

TEST(Unroll, WritesOutALoopOverANumber) {
  EXPECT_EQ(unrollLoops("for (int j = 0; j < 2; ++j) a[j] = float(j);", {}), "{ { a[0] = float(0);} { a[1] = float(1);} }");
}

TEST(Unroll, TakesBoundsFromConstantsAndDefines) {
  EXPECT_EQ(unrollLoops("for (int i = 0; i < P; ++i) f(i);", {{"P", 1}}), "{ { f(0);} }");
  const std::string text = "\n#define P 2\n#define N (P + 2 - 1)\nfor (int i = 0; i < N; ++i) f(i);";
  EXPECT_TRUE(unrollLoops(text, {}).ends_with("{ { f(0);} { f(1);} { f(2);} }"));
}

TEST(Unroll, ComputesBounds) {
  const auto turns = [](const std::string& bound) {
    const std::string text =
        unrollLoops("\n#define N " + bound + "\nfor (int i = 0; i < N; ++i) f();", {{"P", 4}, {"SX", 2}});
    return std::count(text.begin(), text.end(), ';');
  };
  EXPECT_EQ(turns("((P - 1) * SX + 3)"), 9);
  EXPECT_EQ(turns("P * 2 + SX*3 - 1"), 13);
  for (const char* bound : {"(P", "P)", "P +", "P / 2", "9999999", "P * P * P * P * P * P * P * P", "UNKNOWN", "2x", "()"})
    EXPECT_EQ(turns(bound), 3) << bound;  // Rolled: two in the head of the loop.
}

TEST(Unroll, WritesOutNestedLoops) {
  EXPECT_EQ(unrollLoops("for (int i = 0; i < 2; ++i) { for (int j = 0; j < 1; ++j) f(i, j); }", {}),
            "{ { { { { f(0, 0);} } }} { { { { f(1, 0);} } }} }");
}

TEST(Unroll, LeavesOtherNamesAndMembersAlone) {
  EXPECT_EQ(unrollLoops("for (int x = 0; x < 1; ++x) v.x = max(xx, x) + x1;", {}), "{ { v.x = max(xx, 0) + x1;} }");
}

TEST(Unroll, KeepsAConditionWithItsElse) {
  EXPECT_EQ(unrollLoops("for (int i = 0; i < 1; ++i) if (c) { f(i); } else g(i); h();", {}),
            "{ { if (c) { f(0); } else g(0);} } h();");
}

TEST(Unroll, LeavesLoopsThatItCannotWriteOut) {
  for (const char* text : {"for (int i = 0; i < n; ++i) f(i);", "for (int i = 1; i < 4; ++i) f(i);",
                           "for (int i = 0; i < 1000; ++i) f(i);", "for (int i = 0; i < 4; ++i) { if (c) continue; f(i); }",
                           "for (int i = 0; i < 4; ++i) { if (c) break; f(i); }", "for (int i = 0; i <", "for (int "}) {
    EXPECT_EQ(unrollLoops(text, {}), text);
  }
}

}  // namespace
}  // namespace texflow
