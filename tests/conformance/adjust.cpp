// Kernel attributes as node attributes.
#include "conformance/adjust.h"

#include <algorithm>
#include <cctype>

namespace texflow::conformance {

const Json& attr(const VectorCase& v, const char* name) {
  static const Json null;
  const auto it = v.attrs.find(name);
  return it == v.attrs.end() ? null : *it;
}

Attr attrOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && !value.empty() && value[0].is_string()) return value.get<std::vector<std::string>>();
  return value.get<Ints>();
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  return text;
}

// A number stands for all spatial dimensions.
Ints spatial(const Json& value, std::size_t count, std::int64_t fallback) {
  if (value.is_number()) return Ints(count, value.get<std::int64_t>());
  if (value.is_array()) return value.get<Ints>();
  return Ints(count, fallback);
}

}  // namespace texflow::conformance
