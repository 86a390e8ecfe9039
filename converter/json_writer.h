// Writes JSON front to back into a string.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "json.h"

namespace texflow {

/// The caller opens and closes; commas come by themselves. Proto3-JSON's ways to write int64 and bytes are included.
class JsonWriter {
 public:
  JsonWriter& open(char bracket);  ///< '{' or '['
  JsonWriter& close(char bracket);
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& bytes(std::string_view value);  ///< Base64.
  JsonWriter& integer(std::int64_t value);
  JsonWriter& quotedInteger(std::int64_t value);  ///< As proto3-JSON has int64.
  JsonWriter& real(double value);                 ///< Shortest form that reads back the same; "NaN" and "Infinity" as text.
  JsonWriter& single(float value);                ///< The same for a float32.
  JsonWriter& boolean(bool value);
  JsonWriter& raw(std::string_view json);  ///< A value that is JSON already.
  JsonWriter& value(const Json& json);     ///< Of a document that was parsed, which is not deeper than kMaxJsonDepth.
  std::string take() { return std::move(out_); }

 private:
  void separate();
  void quoted(std::string_view value);

  std::string out_;
  bool needsComma_ = false;
};

}  // namespace texflow
