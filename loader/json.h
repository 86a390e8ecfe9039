// The few JSON helpers of the loader. nlohmann/json is used without exceptions: every access is checked first.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "texflow/status.h"

namespace texflow {

/// Ordered, because the order of a signature's outputs is the order of the file.
using Json = nlohmann::ordered_json;

/// Deepest nesting of a file that is parsed; the parser and the destructor of the document recurse.
inline constexpr int kMaxJsonDepth = 200;

/// Parses, or says at what the text is not JSON. `what` names the text in messages.
Result<Json> parseJson(std::string_view text, const std::string& what);

/// The member of an object, null when `object` is no object or has no such member.
const Json* member(const Json& object, const char* name);
/// The string, or an empty view for anything else.
std::string_view textOf(const Json* value);
/// proto3-JSON integers come as numbers or as decimal strings.
std::optional<std::int64_t> integerOf(const Json& value);
/// proto3-JSON reals come as numbers or as "NaN", "Infinity", "-Infinity".
std::optional<double> realOf(const Json& value);
/// A short excerpt for error messages.
std::string excerpt(const Json& value);
/// Standard or URL-safe base64 with or without padding.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace texflow
