// Counts GL object creations, status queries and draws by standing between the engine and glad's function pointers.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace texflow {

/// Counts while it lives; one at a time. The GL functions must have been loaded.
class GlCounters {
 public:
  GlCounters();
  ~GlCounters();
  GlCounters(const GlCounters&) = delete;
  GlCounters& operator=(const GlCounters&) = delete;

  void reset();
  /// Calls that make objects or allocate their storage, and calls that ask the driver, by name.
  const std::map<std::string, int>& creations() const;
  const std::map<std::string, int>& queries() const;
  int draws() const;
  /// Times that a call was made, by its name.
  int count(const std::string& call) const;
  /// Objects made and not deleted since the last reset: textures, buffers, framebuffers, vertex arrays, shaders, programs,
  /// fences.
  int live() const;
};

/// "glGenTextures 2, glTexImage2D 2", for messages.
std::string text(const std::map<std::string, int>& calls);

/// Calls of operator new in this thread since the last reset.
void resetAllocations();
int allocations();
/// The most bytes from operator new that were held at once since the last reset, beyond those held at the reset. This
/// thread.
std::int64_t peakBytes();

}  // namespace texflow
