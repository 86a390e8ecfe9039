// Whether the device has come to a point in the queue of commands.
#pragma once

namespace texflow {

/// The context must be current in every call.
class Fence {
 public:
  Fence() = default;
  ~Fence();
  Fence(Fence&& other) noexcept;
  Fence& operator=(Fence&& other) noexcept;

  /// Behind everything issued so far; flushes.
  static Fence issue();
  explicit operator bool() const { return sync_ != nullptr; }
  /// Does not wait. In browsers it turns true only after control went back to the event loop.
  bool reached() const;

 private:
  void* sync_ = nullptr;  // GLsync
};

}  // namespace texflow
