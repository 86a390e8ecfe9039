#include "conformance/graph_def.h"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

namespace texflow::conformance {
namespace {

using Json = nlohmann::ordered_json;

/// How a field of a message is written in proto3-JSON.
enum class Kind { kText, kBytes, kInt, kEnum, kBool, kFloat, kDouble, kMessage, kAttrs };

struct Field {
  std::uint32_t number;
  const char* name;
  Kind kind;
  bool repeated = false;
  const struct Message* message = nullptr;
};

struct Message {
  std::vector<Field> fields;
};

/// The messages of TensorFlow's protos that a graph is made of; what is not named here is skipped.
const Message* messageNamed(std::string_view name) {
  static Message dim{{{1, "size", Kind::kInt}}};
  static Message shape{{{2, "dim", Kind::kMessage, true, &dim}, {3, "unknownRank", Kind::kBool}}};
  static Message tensor{{{1, "dtype", Kind::kEnum},
                         {2, "tensorShape", Kind::kMessage, false, &shape},
                         {4, "tensorContent", Kind::kBytes},
                         {5, "floatVal", Kind::kFloat, true},
                         {6, "doubleVal", Kind::kDouble, true},
                         {7, "intVal", Kind::kInt, true},
                         {8, "stringVal", Kind::kBytes, true},
                         {9, "scomplexVal", Kind::kFloat, true},
                         {10, "int64Val", Kind::kInt, true},
                         {11, "boolVal", Kind::kBool, true},
                         {12, "dcomplexVal", Kind::kDouble, true},
                         {13, "halfVal", Kind::kInt, true},
                         {16, "uint32Val", Kind::kInt, true},
                         {17, "uint64Val", Kind::kInt, true}}};
  static Message list{{{2, "s", Kind::kBytes, true},
                       {3, "i", Kind::kInt, true},
                       {4, "f", Kind::kFloat, true},
                       {5, "b", Kind::kBool, true},
                       {6, "type", Kind::kEnum, true},
                       {7, "shape", Kind::kMessage, true, &shape},
                       {8, "tensor", Kind::kMessage, true, &tensor}}};
  static Message function{{{1, "name", Kind::kText}}};
  static Message value{{{1, "list", Kind::kMessage, false, &list},
                        {2, "s", Kind::kBytes},
                        {3, "i", Kind::kInt},
                        {4, "f", Kind::kFloat},
                        {5, "b", Kind::kBool},
                        {6, "type", Kind::kEnum},
                        {7, "shape", Kind::kMessage, false, &shape},
                        {8, "tensor", Kind::kMessage, false, &tensor},
                        {10, "func", Kind::kMessage, false, &function}}};
  static Message entry{{{1, "key", Kind::kText}, {2, "value", Kind::kMessage, false, &value}}};
  static Message node{{{1, "name", Kind::kText},
                       {2, "op", Kind::kText},
                       {3, "input", Kind::kText, true},
                       {5, "attr", Kind::kAttrs, true, &entry}}};
  static Message argument{{{1, "name", Kind::kText}, {3, "type", Kind::kEnum}}};
  static Message signature{{{1, "name", Kind::kText},
                            {2, "inputArg", Kind::kMessage, true, &argument},
                            {3, "outputArg", Kind::kMessage, true, &argument}}};
  static Message text{{{1, "key", Kind::kText}, {2, "value", Kind::kText}}};
  static Message body{{{1, "signature", Kind::kMessage, false, &signature},
                       {3, "nodeDef", Kind::kMessage, true, &node},
                       {4, "ret", Kind::kAttrs, true, &text}}};
  static Message library{{{1, "function", Kind::kMessage, true, &body}}};
  static Message graph{{{1, "node", Kind::kMessage, true, &node}, {2, "library", Kind::kMessage, false, &library}}};
  return name == "tensor" ? &tensor : &graph;
}

/// Protocol buffer wire format, read forwards.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty() || failed_; }
  bool failed() const { return failed_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(bytes_[0]);
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    failed_ = true;
    return 0;
  }
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T fixed() {
    T value{};
    const std::string_view raw = take(sizeof(T));
    if (!failed_) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

Json real(double value) {
  if (value != value) return "NaN";
  if (value == HUGE_VAL) return "Infinity";
  if (value == -HUGE_VAL) return "-Infinity";
  return value;
}

Json scalar(Kind kind, Reader& from) {
  if (kind == Kind::kFloat) return real(from.fixed<float>());
  if (kind == Kind::kDouble) return real(from.fixed<double>());
  const std::uint64_t value = from.varint();
  if (kind == Kind::kBool) return value != 0;
  if (kind == Kind::kEnum) return value;
  return std::to_string(static_cast<std::int64_t>(value));
}

/// Bytes as a list of numbers, which the loader takes for base64.
Json byteList(std::string_view bytes) {
  Json list = Json::array();
  for (char c : bytes) list.push_back(static_cast<std::uint8_t>(c));
  return list;
}

bool readMessage(const Message& message, std::string_view bytes, Json& to, int depth = 0);

bool readField(const Field& field, std::uint64_t wire, Reader& from, Json& to, int depth) {
  const auto put = [&](Json value) {
    if (field.repeated) to[field.name].push_back(std::move(value));
    else to[field.name] = std::move(value);
  };
  if (wire != 2) {
    put(scalar(field.kind, from));
    return !from.failed();
  }
  const std::string_view bytes = from.take(from.varint());
  if (from.failed()) return false;
  if (field.kind == Kind::kText) put(std::string(bytes));
  else if (field.kind == Kind::kBytes) put(byteList(bytes));
  else if (field.message) {
    Json inner = Json::object();
    if (!readMessage(*field.message, bytes, inner, depth + 1)) return false;
    if (field.kind == Kind::kMessage) put(std::move(inner));
    else to[field.name][inner.value("key", "")] = inner.contains("value") ? inner["value"] : Json::object();
  } else {
    for (Reader packed(bytes); !packed.done();) {
      put(scalar(field.kind, packed));
      if (packed.failed()) return false;
    }
  }
  return true;
}

bool readMessage(const Message& message, std::string_view bytes, Json& to, int depth) {
  if (depth > 32) return false;
  for (Reader reader(bytes); !reader.done();) {
    const std::uint64_t tag = reader.varint();
    const Field* known = nullptr;
    for (const Field& field : message.fields)
      if (field.number == tag >> 3) known = &field;
    if (known) {
      if (!readField(*known, tag & 7, reader, to, depth)) return false;
      continue;
    }
    switch (tag & 7) {
      case 0: reader.varint(); break;
      case 1: reader.take(8); break;
      case 2: reader.take(reader.varint()); break;
      case 5: reader.take(4); break;
      default: return false;
    }
    if (reader.failed()) return false;
  }
  // A tensor without values is zero in a GraphDef; in a model.json its values are among the weights.
  if (&message == messageNamed("tensor") && to.size() <= (to.contains("tensorShape") ? 2U : 1U)) {
    const char* lists[] = {"intVal", "floatVal",  "doubleVal",   "",         "",       "",
                           "",       "stringVal", "scomplexVal", "int64Val", "boolVal"};
    const int number = to.value("dtype", 0);
    const char* name = number >= 1 && number <= 10 && *lists[number] ? lists[number] : number == 19 ? "halfVal" : "intVal";
    if (number == 7) to[name].push_back(Json::array());
    else if (number == 10) to[name].push_back(false);
    else to[name] = number == 8 ? Json{0, 0} : Json::array({0});
  }
  return true;
}

}  // namespace

Result<std::string> modelJsonOf(std::string_view graphDef) {
  Json topology = Json::object();
  topology["node"] = Json::array();
  if (!readMessage(*messageNamed("graph"), graphDef, topology)) return Status::invalid("The bytes are no GraphDef.");
  const Json model{{"format", "graph-model"}, {"modelTopology", topology}, {"weightsManifest", Json::array()}};
  return model.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace texflow::conformance
