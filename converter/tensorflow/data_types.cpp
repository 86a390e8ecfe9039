#include <cstring>

#include "tensorflow/attr_value.h"

namespace texflow::tf {

const DataTypeInfo* dataType(std::int64_t number) {
  if (number > 100) number -= 100;
  for (const DataTypeInfo& type : dataTypes())
    if (type.number == number) return &type;
  return nullptr;
}

std::vector<std::int64_t> wideElements(const DataTypeInfo& type, std::string_view bytes) {
  if (type.number != 9 && type.number != 23) return {};
  const auto fits = [&](std::size_t i) {
    std::int64_t value;
    std::memcpy(&value, bytes.data() + 8 * i, 8);
    return value == static_cast<std::int32_t>(value);
  };
  const std::size_t count = bytes.size() / 8;
  std::size_t fitting = 0;
  while (fitting < count && fits(fitting)) ++fitting;
  if (fitting == count) return {};
  std::vector<std::int64_t> values(count);
  std::memcpy(values.data(), bytes.data(), values.size() * 8);
  return values;
}

}  // namespace texflow::tf
