#include "npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "files.h"

namespace texflow::cli {
namespace {

/// A .npy file of that version.
std::string npy(const std::string& header, const std::string& values, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), '\0'};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return bytes + header + values;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }  \n";
}

template <class T>
std::string bytesOf(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

TEST(Npy, ReadsEveryVersionAndDType) {
  for (int version = 1; version <= 3; ++version) {
    const auto tensor = parseNpy(npy(header("<f4", "(2, 1)"), bytesOf({1.5f, -2.0f}), version), "a");
    ASSERT_TRUE(tensor.ok()) << tensor.status().message();
    EXPECT_EQ(tensor->shape(), (Shape{2, 1}));
    EXPECT_EQ(tensor->data<float>()[1], -2.0f);
  }
  const auto wide = parseNpy(npy(header("<f8", "(1,)"), bytesOf({0.5})), "a");
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(wide->dtype(), DType::kFloat32);
  EXPECT_EQ(wide->data<float>()[0], 0.5f);
  EXPECT_EQ(parseNpy(npy(header("<i4", "()"), bytesOf<std::int32_t>({-3})), "a")->data<std::int32_t>()[0], -3);
  EXPECT_EQ(parseNpy(npy(header("<i8", "(1L,)"), bytesOf<std::int64_t>({-4})), "a")->data<std::int32_t>()[0], -4);
  EXPECT_EQ(parseNpy(npy(header("|u1", "(1,)"), "\xC8"), "a")->data<std::int32_t>()[0], 200);
  const auto half = parseNpy(npy(header("<f2", "(3,)"), bytesOf<std::uint16_t>({0x3C00, 0xC100, 0x0001})), "a");
  ASSERT_TRUE(half.ok()) << half.status().message();
  EXPECT_EQ(half->dtype(), DType::kFloat32);
  EXPECT_EQ(half->data<float>()[1], -2.5f);
  EXPECT_EQ(half->data<float>()[2], 0x1p-24f);
  EXPECT_EQ(parseNpy(npy(header("|i1", "(1,)"), "\xC8"), "a")->data<std::int32_t>()[0], -56);
  EXPECT_EQ(parseNpy(npy(header("<i2", "()"), bytesOf<std::int16_t>({-300})), "a")->data<std::int32_t>()[0], -300);
  EXPECT_EQ(parseNpy(npy(header("<u2", "()"), bytesOf<std::uint16_t>({60000})), "a")->data<std::int32_t>()[0], 60000);
  EXPECT_EQ(parseNpy(npy(header("|b1", "(1,)"), "\x01"), "a")->dtype(), DType::kBool);
  EXPECT_EQ(parseNpy(npy(header("<f4", "(0, 3)"), ""), "a")->size(), 0);
}

TEST(Npy, ReadsFortranOrder) {
  const auto tensor = parseNpy(npy(header("<i4", "(2, 3)", "True"), bytesOf<std::int32_t>({1, 4, 2, 5, 3, 6})), "a");
  ASSERT_TRUE(tensor.ok());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(tensor->data<std::int32_t>()[i], i + 1);
  EXPECT_EQ(parseNpy(npy(header("<i4", "(0, 3)", "True"), ""), "a")->size(), 0);
}

TEST(Npy, RoundTrips) {
  const Tensor tensors[] = {Tensor(DType::kFloat32, {2, 3}), Tensor::scalar(7.0f), Tensor::scalar(-7),
                            Tensor(DType::kBool, {2}, std::vector<std::uint8_t>{1, 0})};
  for (const Tensor& tensor : tensors) {
    const auto bytes = formatNpy(tensor);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ((bytes->size() - tensor.bytes()) % 64, 0u);
    const auto again = parseNpy(*bytes, "a");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(again->dtype(), tensor.dtype());
    EXPECT_EQ(again->shape(), tensor.shape());
    EXPECT_EQ(std::memcmp(again->data<char>(), tensor.data<char>(), tensor.bytes()), 0);
  }
  const auto texts = formatNpy({DType::kString, {3}, std::vector<std::string>{"a", "", "caf\xC3\xA9"}});
  ASSERT_TRUE(texts.ok());
  EXPECT_NE(texts->find("'|S5'"), std::string::npos);
  const auto read = parseNpy(*texts, "a");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->data<std::string>()[1], "");
  EXPECT_EQ(read->data<std::string>()[2], "caf\xC3\xA9");
}

TEST(Npy, RefusesHostileFiles) {
  const std::string one = bytesOf({1.0f});
  const std::string bad[] = {
      npy(header("|S0", "(1000000000,)"), ""),
      npy(header("|S", "(1,)"), one),
      npy(header("|S3", "(1,)"), one),
      "",
      "\x93NUMPY",
      "not a numpy file at all",
      npy(header("<f4", "(1,)"), one, 4),
      npy(header("<f4", "(2,)"), one),
      npy(header("<f4", "(1,)"), one + "x"),
      npy(header("<f4", "(-1,)"), one),
      npy(header("<f4", "(9223372036854775807, 2)"), one),
      npy(header("<f4", "(99999999999999999999,)"), one),
      npy(header("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), one),
      npy(header("<f4", "(1"), one),
      npy(header(">f4", "(1,)"), one),
      npy(header("|O", "(1,)"), one),
      npy(header("", "(1,)"), one),
      npy(header("<i8", "(1,)"), bytesOf<std::int64_t>({std::int64_t{1} << 40})),
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", one),
      npy("{'descr': '<f4', 'shape': (1,)}", one),
      npy("{'descr': '<f4", one),
      npy("{", one),
      npy(header("<f4", "(1,)"), one).substr(0, 30),
  };
  for (const std::string& bytes : bad) EXPECT_FALSE(parseNpy(bytes, "a").ok()) << bytes;
  std::string lying = npy(header("<f4", "(1,)"), one, 2);
  lying[11] = '\x7F';
  EXPECT_FALSE(parseNpy(lying, "a").ok());
}

TEST(Files, NamesAreMadeSafe) {
  EXPECT_EQ(safeFileName("Identity:0"), "Identity_0");
  EXPECT_EQ(safeFileName("../a b/c-d.e_f"), ".._a_b_c-d.e_f");
}

TEST(Files, WritingIntoAMissingFolderIsAnError) {
  EXPECT_FALSE(writeFile(testing::TempDir() + "/no/such/folder/x.npy", "x").ok());
  EXPECT_FALSE(readFile(testing::TempDir() + "/no/such/file").ok());
}

}  // namespace
}  // namespace texflow::cli
