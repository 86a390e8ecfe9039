// Strings and regular expressions on the host: values that TensorFlow computes.
#include "ops/regex.h"
#include "unit/host_op.h"

namespace texflow {
namespace {

TEST(StringSplit, CutsAtEveryDelimiter) {
  const std::vector<Tensor> inputs{strings({2}, {"a,b", ",c"}), strings({}, {","})};
  EXPECT_EQ(run(nodeOf("StringSplit"), inputs), "[3,2] 0 0 0 1 1 0");
  EXPECT_EQ(run(nodeOf("StringSplit"), inputs, 1), "[3] a b c");
  EXPECT_EQ(run(nodeOf("StringSplit"), inputs, 2), "[2] 2 2");
  EXPECT_EQ(run(nodeOf("StringSplit", {{"skip_empty", false}}), inputs, 1), "[4] a b  c");
  EXPECT_EQ(run(nodeOf("StringSplit"), {strings({1}, {"xyz"}), strings({}, {""})}, 1), "[3] x y z");
}

TEST(StringNGrams, JoinsNeighboursAndPads) {
  const Node plain = nodeOf("StringNGrams", {{"separator", std::string("|")}, {"ngram_widths", Ints{2}}});
  const std::vector<Tensor> inputs{strings({4}, {"a", "b", "c", "d"}), vec({0, 3, 4})};
  EXPECT_EQ(run(plain, inputs), "[2] a|b b|c");
  EXPECT_EQ(run(plain, inputs, 1), "[3] 0 2 2");
  Node padded = plain;
  padded.attrs.set("pad_width", std::int64_t{-1});
  padded.attrs.set("left_pad", std::string("<"));
  padded.attrs.set("right_pad", std::string(">"));
  EXPECT_EQ(run(padded, inputs), "[6] <|a a|b b|c c|> <|d d|>");
  Node kept = plain;
  kept.attrs.set("preserve_short_sequences", true);
  EXPECT_EQ(run(kept, inputs), "[3] a|b b|c d");
  EXPECT_TRUE(fails(plain, {strings({1}, {"a"}), vec({0, 5})}));
}

TEST(StringMaps, ChangeEveryString) {
  const Tensor text = strings({2}, {" aB\n", "\xc3\xa9"});
  EXPECT_EQ(run(nodeOf("StringStrip"), {text}), "[2] aB \xc3\xa9");
  EXPECT_EQ(run(nodeOf("StringLower"), {strings({1}, {"aBC"})}), "[1] abc");
  EXPECT_EQ(run(nodeOf("StringUpper"), {strings({1}, {"aBc"})}), "[1] ABC");
  EXPECT_EQ(run(nodeOf("StringLength"), {text}), "[2] 4 2");
  EXPECT_EQ(run(nodeOf("StringLength", {{"unit", std::string("UTF8_CHAR")}}), {text}), "[2] 4 1");
  EXPECT_EQ(run(nodeOf("StringJoin", {{"separator", std::string("-")}}), {strings({2}, {"a", "b"}), strings({}, {"c"})}),
            "[2] a-c b-c");
  EXPECT_TRUE(fails(nodeOf("StringJoin"), {strings({2}, {"a", "b"}), strings({3}, {"a", "b", "c"})}));
}

TEST(StringToHashBucketFast, SpreadsByFingerprint) {
  EXPECT_EQ(run(nodeOf("StringToHashBucketFast", {{"num_buckets", std::int64_t{10}}}), {strings({4}, {"a", "b", "c", "d"})}),
            "[4] 9 2 2 5");
  EXPECT_TRUE(fails(nodeOf("StringToHashBucketFast"), {strings({1}, {"a"})}));
}

std::string replaced(const char* pattern, const char* text, const char* rewrite, bool all = true) {
  const Node node = nodeOf("StaticRegexReplace",
                           {{"pattern", std::string(pattern)}, {"rewrite", std::string(rewrite)}, {"replace_global", all}});
  return run(node, {strings({1}, {text})});
}

TEST(Regex, FindsTheLeftmostPreferredMatch) {
  EXPECT_EQ(replaced("a+", "baac aa", "<\\0>"), "[1] b<aa>c <aa>");
  EXPECT_EQ(replaced("a+?", "baac", "x"), "[1] bxxc");
  EXPECT_EQ(replaced("(\\w+) (\\w+)", "ab cd", "\\2 \\1"), "[1] cd ab");
  EXPECT_EQ(replaced("a|ab", "abab", "x", false), "[1] xbab");
  EXPECT_EQ(replaced("[^a-c\\s]", "ax b-", "_"), "[1] a_ b_");
  EXPECT_EQ(replaced("[[:punct:]]", "a.b!", ""), "[1] ab");
  EXPECT_EQ(replaced("^.|.$", "abc", "-"), "[1] -b-");
  EXPECT_EQ(replaced("(?i)HELLO\\b", "hello hellos", "x"), "[1] x hellos");
  EXPECT_EQ(replaced("x{2,3}", "x xx xxxx", "y"), "[1] x y yx");
  EXPECT_EQ(replaced("b*", "abc", "-"), "[1] -a-c-");
  EXPECT_EQ(replaced("\xc3\xa9.", "caf\xc3\xa9\xe6\x97\xa5", "E"), "[1] cafE");
}

TEST(Regex, MatchesWholeStrings) {
  const Node node = nodeOf("StaticRegexFullMatch", {{"pattern", std::string("a(b|bc)d?")}});
  EXPECT_EQ(run(node, {strings({4}, {"abc", "abcd", "ab", "abcdd"})}), "[4] 1 1 1 0");
}

TEST(Regex, RefusesWhatItCannotDo) {
  for (const char* pattern : {"(", ")", "[a", "*", "a{2000}", "(?=a)", "\\", "[b-a]", "\\q", "((((a{900}){900}){900}))"})
    EXPECT_FALSE(Regex::compile(pattern).ok()) << pattern;
  EXPECT_EQ(replaced("a", "a", "\\3").substr(0, 3), "Whi");
}

TEST(Regex, TakesLinearTime) {
  const auto regex = Regex::compile("(a*)*b");
  ASSERT_TRUE(regex.ok());
  EXPECT_FALSE(regex->matchesWhole(std::string(2000, 'a')));
}

}  // namespace
}  // namespace texflow
