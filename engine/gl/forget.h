// What becomes of GL objects whose context is gone.
#pragma once

namespace texflow {

/// While one lives, destructors in this thread leave GL objects alone: their context is gone and they with it, and their
/// names may be those of somebody else's objects in the context that is current now.
class ForgetObjects {
 public:
  ForgetObjects() { ++depth(); }
  ~ForgetObjects() { --depth(); }
  ForgetObjects(const ForgetObjects&) = delete;
  ForgetObjects& operator=(const ForgetObjects&) = delete;

  static bool active() { return depth() > 0; }

 private:
  static int& depth() {
    static thread_local int count = 0;
    return count;
  }
};

}  // namespace texflow
