#include "json_writer.h"

#include <charconv>
#include <cmath>

namespace texflow {
namespace {

template <class T>
void appendNumber(std::string& out, T value) {
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Bytes of the valid UTF-8 sequence at `at`, 0 where there is none.
std::size_t sequenceBytes(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  return length;
}

/// Bytes from `at` on that stand for themselves in a JSON text.
std::size_t plainBytes(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && static_cast<signed char>(text[end]) >= 0x20 && text[end] != '"' && text[end] != '\\') ++end;
  return end - at;
}

}  // namespace

void JsonWriter::separate() {
  if (needsComma_) out_ += ',';
  needsComma_ = true;
}

void JsonWriter::quoted(std::string_view value) {
  static const char* const kHex = "0123456789abcdef";
  out_ += '"';
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t plain = plainBytes(value, i);
    out_.append(value.substr(i, plain));
    i += plain;
    if (i == value.size()) break;
    const char c = value[i];
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out_ += "\\u00";
      out_ += kHex[c >> 4];
      out_ += kHex[c & 15];
      ++i;
    } else if (const std::size_t length = sequenceBytes(value, i)) {
      out_.append(value.substr(i, length));
      i += length;
    } else {  // Not UTF-8: the replacement character.
      out_ += "\xEF\xBF\xBD";
      ++i;
    }
  }
  out_ += '"';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needsComma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needsComma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quoted(name);
  out_ += ':';
  needsComma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  quoted(value);
  return *this;
}

JsonWriter& JsonWriter::bytes(std::string_view value) {
  static const char* const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  separate();
  out_ += '"';
  for (std::size_t i = 0; i < value.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < value.size() ? static_cast<unsigned char>(value[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out_ += i + j > value.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
  }
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  appendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::quotedInteger(std::int64_t value) {
  separate();
  out_ += '"';
  appendNumber(out_, value);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (std::isnan(value)) return text("NaN");
  if (std::isinf(value)) return text(value > 0 ? "Infinity" : "-Infinity");
  separate();
  appendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::single(float value) {
  if (!std::isfinite(value)) return real(value);
  separate();
  appendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::value(const Json& json) {
  if (json.is_object()) {
    open('{');
    for (auto it = json.begin(); it != json.end(); ++it) key(it.key()).value(it.value());
    return close('}');
  }
  if (json.is_array()) {
    open('[');
    for (const Json& item : json) value(item);
    return close(']');
  }
  if (json.is_string()) return text(textOf(&json));
  if (json.is_boolean()) return boolean(json.get<bool>());
  if (json.is_number_unsigned()) {
    separate();
    appendNumber(out_, json.get<std::uint64_t>());
    return *this;
  }
  if (json.is_number_integer()) return integer(json.get<std::int64_t>());
  if (!json.is_number_float()) return raw("null");
  const auto number = json.get<double>();
  if (!std::isfinite(number)) return real(number);
  separate();
  const std::size_t begin = out_.size();
  appendNumber(out_, number);
  if (out_.find_first_of(".e", begin) == std::string::npos) out_ += ".0";  // What is a float to Python stays one.
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace texflow
