#include "programs/used_functions.h"

#include <gtest/gtest.h>

#include "programs/shader_source.h"

namespace texflow {
namespace {

TEST(UsedFunctions, WhatNobodyNamesGoesAndWhatAStayingFunctionNamesStays) {
  EXPECT_EQ(withUsedFunctions("float a() { return 1.0; }\n"
                              "float b() {\nif (x) { return a(); }\nreturn 2.0;\n}\n"
                              "float c() { return 3.0; }\n"
                              "void main() { b(); }\n"),
            "float a() { return 1.0; }\n"
            "float b() {\nif (x) { return a(); }\nreturn 2.0;\n}\n\n"
            "void main() { b(); }\n");
}

TEST(UsedFunctions, MacrosNameFunctionsOnEveryLineTheyHave) {
  const std::string text = "#define USE(x) { \\\nf(x) }\nfloat f(float x) { return x; }\nvoid main() { USE(1.0); }\n";
  EXPECT_EQ(withUsedFunctions(text), text);
}

TEST(UsedFunctions, AnExpressionTakesItsFunctionsAlong) {
  ProgramKey key;
  key.kernel = {"elementwise", {{"EXPR", "tangentH(a)"}, {"SAME", "1"}}};
  key.inputs = 1;
  const auto source = fragmentSource(key);
  ASSERT_TRUE(source.ok()) << source.status().message();
  for (const char* function : {"vec4 tangentH(", "vec4 expMinusOne(", "vec4 withSign("})
    EXPECT_NE(source->find(function), source->npos) << function;
  for (const char* function : {"vec4 power(", "vec4 clampTo(", "vec3 texelOffset("})
    EXPECT_EQ(source->find(function), source->npos) << function;
}

}  // namespace
}  // namespace texflow
