// GL state around a run: what the engine needs, and giving a foreign context back as it was.
#pragma once
#include <array>
#include <vector>

namespace texflow {

/// Texture units that draws use, from 0; every OpenGL ES 3 device has 16.
inline constexpr int kEngineUnits = 8;
/// That of parameters in a texture.
inline constexpr int kParamsUnit = kEngineUnits - 1;

/// Sets everything a run depends on besides what every draw binds: no blend, depth, scissor, stencil or cull; full colour
/// mask; no sampler objects on the first `units` units; tight pixel storage; no pixel buffers bound.
void applyEngineState(int units);

/// Saves the state the engine touches and restores it in the destructor. Queries are slow: for contexts shared with others.
/// Not saved, and to be left at their defaults by the owner: polygon mode, per-buffer blend and masks, clip distances,
/// primitive restart, transform feedback, queries and conditional rendering in progress.
class StateGuard {
 public:
  /// `units`: texture units the engine uses, from 0.
  explicit StateGuard(int units);
  ~StateGuard();
  StateGuard(const StateGuard&) = delete;
  StateGuard& operator=(const StateGuard&) = delete;

 private:
  struct Unit {
    int texture2D = 0, textureArray = 0, sampler = 0;
  };
  std::array<int, 4> viewport_{};
  std::array<bool, 7> enabled_{};
  std::array<unsigned char, 4> colorMask_{};
  std::array<int, 10> pixelStore_{};
  int program_ = 0, vertexArray_ = 0, drawFramebuffer_ = 0, readFramebuffer_ = 0, activeTexture_ = 0;
  int uniformBuffer_ = 0, uniformBuffer0_ = 0, packBuffer_ = 0, unpackBuffer_ = 0;
  long long uniformOffset0_ = 0, uniformSize0_ = 0;
  std::vector<Unit> units_;
};

}  // namespace texflow
