// Errors as values: a Status is "ok" or a full sentence that names the file, node, field and value at fault.
#pragma once
#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace texflow {

enum class StatusCode {
  kOk,
  kInvalid,        ///< The input (file, graph, shape, argument) is wrong.
  kUnsupported,    ///< Valid, but this engine or this device cannot do it.
  kDataDependent,  ///< A shape depends on a value that is only known when the graph runs.
  kCancelled,      ///< The caller asked to stop.
};

/// Result of an operation that returns nothing else. Cheap to move, never throws, thread compatible.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}
  static Status invalid(std::string message) { return {StatusCode::kInvalid, std::move(message)}; }
  static Status unsupported(std::string message) { return {StatusCode::kUnsupported, std::move(message)}; }
  static Status cancelled(std::string message) { return {StatusCode::kCancelled, std::move(message)}; }
  static Status dataDependent(std::string message) { return {StatusCode::kDataDependent, std::move(message)}; }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same status with "While CONTEXT: " in front of its message.
  Status during(const std::string& context) const {
    return ok() ? *this : Status(code_, "While " + context + ": " + message_);
  }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

/// Either a value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit on purpose, `return value;`
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace texflow

#define TEXFLOW_CONCAT_INNER(a, b) a##b
#define TEXFLOW_CONCAT(a, b) TEXFLOW_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` (a Status) is an error.
#define TEXFLOW_TRY(expression)                                                       \
  do {                                                                                \
    if (auto texflowStatus = (expression); !texflowStatus.ok()) return texflowStatus; \
  } while (false)

/// `TEXFLOW_ASSIGN(auto x, f());` binds the value of a Result or returns its status.
#define TEXFLOW_ASSIGN(target, expression) TEXFLOW_ASSIGN_IMPL(TEXFLOW_CONCAT(result_, __LINE__), target, expression)
#define TEXFLOW_ASSIGN_IMPL(temporary, target, expression) \
  auto temporary = (expression);                           \
  if (!temporary.ok()) return temporary.status();          \
  target = std::move(*temporary)
